package io.thalweg.server.routing;

import io.thalweg.directory.NamedLedger;
import io.thalweg.ledger.Ledger;
import io.thalweg.ledger.LedgerReply;
import io.thalweg.ledger.LedgerRequest;
import io.thalweg.ledger.query.LedgerQueries;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.request.Operation;
import io.thalweg.model.request.Request;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;

/**
 * Bookings in and reads of a ledger, in the shard that holds it. A write that is not known to have taken effect, or not to, is {@code OUTCOME_UNKNOWN} and nothing else; it is never tried again here. Thread-safe.
 */
public final class Ledgers {
    private final List<HostedShard> hosted;

    /** @param hosted all shards that this node has, as of each look */
    public Ledgers(List<HostedShard> hosted) {
        this.hosted = hosted;
    }

    /** Which request of which client this is, so that a repetition is answered and not booked; see {@link Request}. */
    public record Attempt(UUID session, long number) {
        public static final Attempt SINGLE = new Attempt(Request.NO_SESSION, 0);
    }

    /**
     * Creates accounts or transfers and waits until they are durable.
     *
     * @param operation {@link Operation#LEDGER_ACCOUNTS} or {@link Operation#LEDGER_TRANSFERS}
     * @param events 128 bytes each
     * @param full whether the tenant may not store them: then only a repetition is answered, and all else is {@code
     *     QUOTA_EXCEEDED}
     * @return a result for each event
     */
    public LedgerReply.Batch create(
            TenantId tenant,
            NamedLedger ledger,
            Operation operation,
            ByteBuffer events,
            Attempt attempt,
            boolean full,
            Duration timeout) {
        ByteBuffer body = LedgerRequest.encode(ledger.id(), events);
        LedgerRequest.putFull(body, 0, full);
        Request request = new Request(tenant, attempt.session, attempt.number, operation, body);
        ByteBuffer result =
                Await.outcome(home(ledger).shard().submit(request), timeout).orThrow();
        if (LedgerReply.parse(result) instanceof LedgerReply.Executed executed
                && executed.batches().size() == 1) {
            return executed.batches().getFirst();
        }
        throw new ThalwegException(
                ErrorCode.IDEMPOTENCY_KEY_REUSED,
                "request " + attempt.number + " of session " + attempt.session + " was one of another kind");
    }

    /**
     * Reads on the thread that changes the ledger, after everything that was acknowledged before the call. The function must
     * be short, and what it returns must hold nothing of the ledger.
     */
    public <T> T read(TenantId tenant, NamedLedger ledger, Function<Ledger, T> function, Duration timeout)
            throws InterruptedException {
        HostedShard shard = home(ledger);
        return Await.read(
                        shard.shard()
                                .read(() -> shard.ledgers()
                                        .ledger(tenant, ledger.id())
                                        .map(function)),
                        timeout)
                .orElseThrow(Ledgers::gone);
    }

    /** Queries of what is published, on any thread. */
    public LedgerQueries queries(TenantId tenant, NamedLedger ledger) {
        return home(ledger).ledgers().queries(tenant, ledger.id()).orElseThrow(Ledgers::gone);
    }

    /** Counts what was published in the ledger's shard; see {@link #awaitPublication}. */
    public long publications(NamedLedger ledger) {
        return home(ledger).ledgers().publications();
    }

    /** Waits until more was published than {@code seen} says, in any ledger of the shard, or until the time is over. */
    public void awaitPublication(NamedLedger ledger, long seen, Duration timeout) throws InterruptedException {
        home(ledger).ledgers().awaitPublication(seen, timeout);
    }

    private HostedShard home(NamedLedger ledger) {
        return HostedShard.numbered(hosted, ledger.shard());
    }

    private static ThalwegException gone() {
        return new ThalwegException(ErrorCode.NOT_FOUND, "the ledger was deleted meanwhile");
    }
}
