package io.thalweg.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.ledger.CreateTransferStatus;
import io.thalweg.ledger.LedgerOptions;
import io.thalweg.ledger.LedgerReply;
import io.thalweg.ledger.LedgerRequest;
import io.thalweg.ledger.LedgerRequest.Caller;
import io.thalweg.ledger.LedgerRequest.Format;
import io.thalweg.ledger.layout.AccountLayout;
import io.thalweg.ledger.layout.TransferLayout;
import io.thalweg.ledger.store.block.BlockCache;
import io.thalweg.model.LedgerId;
import io.thalweg.model.TenantId;
import io.thalweg.model.request.Operation;
import io.thalweg.model.request.Reply;
import io.thalweg.model.request.Request;
import io.thalweg.shard.ShardOptions;
import io.thalweg.shard.ledger.Damage;
import io.thalweg.shard.ledger.ExpiryPulse;
import io.thalweg.shard.ledger.LedgerMachine;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Ledgers under the whole path of a request, on a simulated disk that loses power. */
final class LedgerInShardTest {
    private static final TenantId TENANT = new TenantId(new UUID(1, 1));
    private static final LedgerId LEDGER = new LedgerId(new UUID(2, 2));
    private static final int SESSIONS_MAX = 3;

    private final BlockCache cache = new BlockCache(1 << 20);
    private LedgerMachine machine = machine(new SimulatedDisk());
    private final SimulatedShard shard = start();

    private LedgerMachine machine(SimulatedDisk disk) {
        return new LedgerMachine(
                disk,
                Path.of("/shard/ledgers"),
                LedgerOptions.DEFAULT,
                cache,
                Runnable::run,
                SESSIONS_MAX,
                Damage.Policy.FREEZE);
    }

    private SimulatedShard start() {
        return new SimulatedShard(
                disk -> {
                    machine = machine(disk);
                    return List.of(machine);
                },
                7,
                ShardOptions.in(Path.of("/shard")),
                true);
    }

    private static ByteBuffer bytes(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static Request request(Operation operation, @Nullable Caller caller, ByteBuffer events) {
        ByteBuffer body = bytes(LedgerRequest.HEAD_BYTES + events.remaining());
        LedgerRequest.putHead(body, 0, LEDGER, Format.PLAIN, caller);
        body.put(LedgerRequest.HEAD_BYTES, events, 0, events.remaining());
        return Request.of(TENANT, operation, body);
    }

    private static Caller caller(long client, long session, int number) {
        return new Caller(client, 0, session, number, 0x101E, 77 * client + number, 5);
    }

    private LedgerReply reply(Request request) {
        return LedgerReply.parse(shard.call(request).orThrow());
    }

    private static ByteBuffer accounts(int count) {
        ByteBuffer events = bytes(count * AccountLayout.BYTES);
        for (int i = 0; i < count; i++) {
            events.putLong(i * 128 + AccountLayout.ID, 1 + i)
                    .putInt(i * 128 + AccountLayout.LEDGER, 1)
                    .putShort(i * 128 + AccountLayout.CODE, (short) 1);
        }
        return events;
    }

    private static ByteBuffer transfer(long id, long amount, int flags, int timeout) {
        ByteBuffer event = bytes(TransferLayout.BYTES);
        event.putLong(TransferLayout.ID, id)
                .putLong(TransferLayout.DEBIT_ACCOUNT_ID, 1)
                .putLong(TransferLayout.CREDIT_ACCOUNT_ID, 2)
                .putLong(TransferLayout.AMOUNT, amount)
                .putInt(TransferLayout.TIMEOUT, timeout)
                .putInt(TransferLayout.LEDGER, 1)
                .putShort(TransferLayout.CODE, (short) 1)
                .putShort(TransferLayout.FLAGS, (short) flags);
        return event;
    }

    private void create() {
        var _ = shard.call(request(Operation.LEDGER_CREATE, null, bytes(0))).orThrow();
    }

    private long register(long client) {
        return ((LedgerReply.Executed) reply(request(Operation.LEDGER_REGISTER, caller(client, 0, 0), bytes(256))))
                .op();
    }

    private long applied() {
        var read = shard.shard().read(() -> machine.appliedNs());
        shard.settle();
        return read.join();
    }

    /** Debits posted and pending of the first account, read at its place in the order. */
    private List<Long> balance() {
        var read = shard.shard().read(() -> {
            ByteBuffer row = bytes(128);
            var _ = machine.ledger(TENANT, LEDGER)
                    .orElseThrow()
                    .lookupAccounts(bytes(16).putLong(0, 1), row);
            return List.of(row.getLong(AccountLayout.DEBITS_POSTED), row.getLong(AccountLayout.DEBITS_PENDING));
        });
        shard.settle();
        return read.join();
    }

    @Test
    void aRetryGetsTheSameBytesAlsoAfterACrashAndWithAndWithoutASnapshot() {
        create();
        long session = register(9);
        var _ = shard.call(request(Operation.LEDGER_ACCOUNTS, caller(9, session, 1), accounts(2)));
        Request first = request(Operation.LEDGER_TRANSFERS, caller(9, session, 3), transfer(5, 10, 0, 0));
        ByteBuffer answer = shard.call(first).orThrow();
        for (int round = 0; round < 4; round++) {
            assertThat(shard.call(first).orThrow()).isEqualTo(answer);
            assertThat(balance()).containsExactly(10L, 0L);
            if (round == 1) {
                shard.snapshot();
            }
            long applied = applied();
            byte[] digest = shard.shard().digest();
            shard.crash();
            assertThat(shard.shard().digest()).isEqualTo(digest);
            assertThat(applied()).as("no reply is older than what it brings").isGreaterThanOrEqualTo(applied);
        }
        Request other = request(Operation.LEDGER_TRANSFERS, caller(9, session, 2), transfer(6, 10, 0, 0));
        assertThat(reply(other)).as("an older number").isInstanceOf(LedgerReply.Dropped.class);
        Request again =
                request(Operation.LEDGER_TRANSFERS, new Caller(9, 0, session, 3, 0x101E, 1, 1), transfer(6, 10, 0, 0));
        assertThat(reply(again)).as("the same number of another request").isInstanceOf(LedgerReply.Dropped.class);
        assertThat(balance()).containsExactly(10L, 0L);
    }

    @Test
    void aRegistrationIsAnsweredAgainAndItsSessionIsTheOpOfTheLedger() {
        create();
        assertThat(register(1)).isEqualTo(1);
        assertThat(register(1)).as("a retry").isEqualTo(1);
        assertThat(register(2)).isEqualTo(2);
        shard.crash();
        assertThat(register(2)).isEqualTo(2);
        assertThat(register(3)).isEqualTo(3);
    }

    @Test
    void theSessionWhoseLastCommitIsOldestIsEvicted() {
        create();
        for (long client = 1; client <= SESSIONS_MAX; client++) {
            assertThat(register(client)).isEqualTo(client);
        }
        assertThat(reply(request(Operation.LEDGER_ACCOUNTS, caller(1, 1, 1), accounts(2))))
                .isInstanceOf(LedgerReply.Executed.class);
        assertThat(register(4)).isEqualTo(5);
        shard.snapshot();
        shard.crash();
        assertThat(reply(request(Operation.LEDGER_ACCOUNTS, caller(2, 2, 1), accounts(2))))
                .isEqualTo(new LedgerReply.Evicted(LedgerReply.Reason.NO_SESSION));
        assertThat(reply(request(Operation.LEDGER_ACCOUNTS, caller(1, 1, 2), accounts(2))))
                .isInstanceOf(LedgerReply.Executed.class);
        assertThat(reply(request(Operation.LEDGER_ACCOUNTS, caller(1, 0, 3), accounts(2))))
                .isEqualTo(new LedgerReply.Evicted(LedgerReply.Reason.SESSION_TOO_LOW));
        assertThat(reply(request(Operation.LEDGER_ACCOUNTS, caller(1, 99, 3), accounts(2))))
                .isInstanceOf(LedgerReply.Dropped.class);
        assertThat(reply(request(Operation.LEDGER_ACCOUNTS, new Caller(1, 0, 1, 3, 0x1042, 1, 1), accounts(2))))
                .isEqualTo(new LedgerReply.Evicted(LedgerReply.Reason.RELEASE_MISMATCH));
    }

    @Test
    void whatIsPendingTooLongExpiresByAPulseAndStaysExpired() {
        create();
        var _ = shard.call(request(Operation.LEDGER_ACCOUNTS, null, accounts(2)));
        assertThat(reply(request(Operation.LEDGER_TRANSFERS, null, transfer(5, 10, TransferLayout.FLAG_PENDING, 2))))
                .isInstanceOf(LedgerReply.Executed.class);
        assertThat(balance()).containsExactly(0L, 10L);
        pulse();
        assertThat(balance()).as("before its time").containsExactly(0L, 10L);
        shard.clock().jump(3_000_000_000L);
        pulse();
        assertThat(balance()).containsExactly(0L, 0L);
        assertThat(machine.due(Long.MAX_VALUE - 1)).isEmpty();
        shard.crash();
        assertThat(balance()).containsExactly(0L, 0L);
        ByteBuffer post = transfer(6, 0, TransferLayout.FLAG_POST_PENDING, 0).putLong(TransferLayout.PENDING_ID, 5);
        var executed = (LedgerReply.Executed) reply(request(Operation.LEDGER_TRANSFERS, null, post));
        executed.batches()
                .getFirst()
                .forEach((_, status, _) ->
                        assertThat(status).isEqualTo(CreateTransferStatus.PENDING_TRANSFER_EXPIRED.code()));
    }

    @Test
    void nothingExpiresByTheClockOfANodeThatIsADayAheadOfItsGroup() {
        create();
        var _ = shard.call(request(Operation.LEDGER_ACCOUNTS, null, accounts(2)));
        var _ = reply(request(Operation.LEDGER_TRANSFERS, null, transfer(5, 10, TransferLayout.FLAG_PENDING, 2)));
        shard.setAhead(Duration.ofDays(1).toNanos());
        long proposed = shard.shard().requestsProposed();
        pulse();
        assertThat(shard.shard().requestsProposed()).as("pulses for nothing").isEqualTo(proposed);
        assertThat(balance()).containsExactly(0L, 10L);
        shard.clock().advance(3_000_000_000L);
        pulse();
        assertThat(balance()).as("by the group's time").containsExactly(0L, 0L);
    }

    /** How early a pulse comes round may differ between replicas; what it counts for may not. */
    @Test
    void aPulseByWhichNothingExpiresIsNoRequestThatWasExecuted() {
        create();
        var _ = shard.shard().raise(Operation.VERSION_NEWEST);
        shard.settle();
        pending(900);
        Request pulse = request(Operation.LEDGER_PULSE, null, bytes(0));
        var _ = shard.call(pulse);
        assertThat(register(1)).as("accounts, a transfer, and this").isEqualTo(3);
        shard.snapshot();
        shard.crash(); // what it had looked up of the second is forgotten
        var _ = shard.call(pulse);
        assertThat(register(2)).isEqualTo(4);
        shard.clock().advance(1_000_000_000L);
        var _ = shard.call(pulse);
        assertThat(balance()).containsExactly(0L, 0L);
        assertThat(register(3)).as("what expired counts").isEqualTo(6);
    }

    /** As orders of before have it. */
    @Test
    void aPulseInTheSecondOfAnExpiryCountsUpToVersionFour() {
        create();
        var _ = shard.shard().raise(4);
        shard.settle();
        pending(900);
        var _ = shard.call(request(Operation.LEDGER_PULSE, null, bytes(0)));
        assertThat(register(1)).isEqualTo(4);
    }

    @Test
    void whatIsDueExpiresAfterTheNextEntryAndNotOnlyWhenItsTimeComesRound() {
        create();
        new ExpiryPulse(shard.shard(), machine).afterEntries();
        pending(900);
        shard.clock().advance(1_000_000_000L);
        assertThat(balance()).as("nothing was ordered since").containsExactly(0L, 10L);
        assertThat(register(1)).isPositive();
        shard.settle();
        assertThat(balance()).containsExactly(0L, 0L);
    }

    /** Two accounts and a pending transfer that expires within this second, so many milliseconds after its start. */
    private void pending(long expiresAtMs) {
        var _ = shard.call(request(Operation.LEDGER_ACCOUNTS, null, accounts(2)));
        advanceTo(expiresAtMs);
        var _ = reply(request(Operation.LEDGER_TRANSFERS, null, transfer(5, 10, TransferLayout.FLAG_PENDING, 1)));
        advanceTo(expiresAtMs / 2);
    }

    /** Lets time go by until a second is so many milliseconds old. */
    private void advanceTo(long ms) {
        long second = 1_000_000_000L;
        long now = shard.clock().wallNs() % second;
        shard.clock().advance((ms * 1_000_000 - now + second) % second);
    }

    private void pulse() {
        new ExpiryPulse(shard.shard(), machine).step();
        shard.settle();
    }

    @Test
    void aLedgerOfAnotherTenantIsNotThere() {
        create();
        Request foreign = new Request(
                new TenantId(new UUID(8, 8)),
                Request.NO_SESSION,
                0,
                Operation.LEDGER_ACCOUNTS,
                LedgerRequest.encode(LEDGER, accounts(1)));
        assertThat(shard.call(foreign)).isInstanceOf(Reply.Refused.class);
        assertThat(machine.queries(new TenantId(new UUID(8, 8)), LEDGER)).isEmpty();
    }

    @Test
    void aReadThatFailsFailsAlone() {
        create();
        var read = shard.shard().read(() -> {
            throw new IllegalArgumentException("no");
        });
        shard.settle();
        assertThat(read).isCompletedExceptionally();
        assertThat(register(1)).isEqualTo(1);
    }
}
