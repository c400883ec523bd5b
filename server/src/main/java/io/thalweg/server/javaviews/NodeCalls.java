package io.thalweg.server.javaviews;

import io.thalweg.directory.Tenant;
import io.thalweg.ledger.CreateTransferStatus;
import io.thalweg.ledger.LedgerReply;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.request.Operation;
import io.thalweg.server.form.LedgerJson;
import io.thalweg.server.routing.Administration;
import io.thalweg.server.routing.Ledgers;
import io.thalweg.server.routing.Shards;
import io.thalweg.view.java.Scene;
import io.thalweg.view.java.run.CallRunner;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * Makes calls of views to the outside, each on a virtual thread, which is interrupted when its time is over; what does not hear that holds
 * nothing but itself. Transfers go to the tenant's ledgers in this process. Thread-safe.
 */
final class NodeCalls implements CallRunner {
    private static final Duration BOOKING = Duration.ofSeconds(10);

    private final Administration administration;
    private final Shards shards;
    private final Ledgers ledgers;
    private final TenantId tenant;

    NodeCalls(Administration administration, Shards shards, TenantId tenant) {
        this.administration = administration;
        this.shards = shards;
        this.ledgers = new Ledgers(shards.hosted());
        this.tenant = tenant;
    }

    @Override
    public void run(Duration delay, Duration timeout, Work work, Consumer<Result> done) {
        CompletableFuture<Result> result = new CompletableFuture<>();
        Thread thread = Thread.ofVirtual().name("view-call").unstarted(() -> result.complete(Result.of(work)));
        CompletableFuture.delayedExecutor(delay.toNanos(), TimeUnit.NANOSECONDS, Runnable::run)
                .execute(() -> {
                    thread.start();
                    var _ = result.orTimeout(timeout.toNanos(), TimeUnit.NANOSECONDS)
                            .handle((came, failure) -> {
                                if (failure != null) {
                                    thread.interrupt();
                                }
                                done.accept(failure == null ? came : new Result(null, text(failure, timeout)));
                                return null;
                            });
                });
    }

    private static String text(Throwable failure, Duration timeout) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof TimeoutException ? "it did not end within " + timeout : cause.toString();
    }

    @Override
    public String transfer(UUID id, String ledger, Scene.Money money) throws InterruptedException {
        Tenant its = administration
                .directory()
                .tenant(tenant)
                .orElseThrow(() -> new ThalwegException(ErrorCode.NOT_FOUND, "the tenant is gone"));
        var named = its.ledger(ledger)
                .orElseThrow(() -> new ThalwegException(ErrorCode.NOT_FOUND, "the tenant has no ledger " + ledger));
        ByteBuffer events = LedgerJson.transfers(("{\"id\":\"" + number(id) + "\",\"debit_account_id\":\""
                        + money.debitAccount() + "\",\"credit_account_id\":\"" + money.creditAccount()
                        + "\",\"amount\":\"" + money.amount() + "\",\"ledger\":" + money.unit() + ",\"code\":"
                        + money.code() + "}")
                .getBytes(StandardCharsets.UTF_8));
        boolean full = !shards.hasRoom(its, events.remaining());
        LedgerReply.Batch results = ledgers.create(
                tenant, named, Operation.LEDGER_TRANSFERS, events, Ledgers.Attempt.SINGLE, full, BOOKING);
        String[] status = {"created"};
        results.forEach((index, code, timestamp) ->
                status[0] = CreateTransferStatus.ofCode(code).text());
        // The same identifier with the same fields is this call's earlier try.
        return status[0].equals("exists") ? "created" : status[0];
    }

    private static BigInteger number(UUID id) {
        return new BigInteger(
                1,
                ByteBuffer.allocate(16)
                        .putLong(id.getMostSignificantBits())
                        .putLong(id.getLeastSignificantBits())
                        .array());
    }
}
