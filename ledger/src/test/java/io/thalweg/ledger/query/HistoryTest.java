package io.thalweg.ledger.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.ledger.CreateTransferStatus;
import io.thalweg.ledger.Ledger;
import io.thalweg.ledger.LedgerOptions;
import io.thalweg.ledger.layout.AccountBalanceLayout;
import io.thalweg.ledger.layout.AccountLayout;
import io.thalweg.ledger.layout.ChangeEventLayout;
import io.thalweg.ledger.layout.ChangeEventsFilterLayout;
import io.thalweg.ledger.layout.TransferLayout;
import io.thalweg.ledger.store.block.BlockCache;
import io.thalweg.ledger.store.schema.StoreOptions;
import io.thalweg.ports.disk.FileDisk;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A ledger is booked one transfer at a time, and looked at after each: the past that queries show later must be what was seen
 * then.
 */
final class HistoryTest {
    private static final long SEED = 3;
    private static final int ACCOUNTS = 6;
    private static final int ATTEMPTS = 4_000;
    private static final int STATEMENTS = 200;

    /** Timeouts are whole seconds: with this step transfers expire at least 30,000 ns from each other. */
    private static final long STEP_NS = 1_000_030_000L;

    /** What was seen right after an event. */
    private record Seen(ByteBuffer change, Point point, Map<Long, ByteBuffer> accounts, List<Long> pending) {}

    private final SplittableRandom random = new SplittableRandom(SEED);
    private final List<Seen> history = new ArrayList<>();

    /** Pending transfers that nothing has resolved, by id, in order of creation, as they were booked. */
    private final Map<Long, ByteBuffer> pending = new LinkedHashMap<>();

    /** All pending transfers, by id. */
    private final Map<Long, ByteBuffer> booked = new LinkedHashMap<>();

    private BlockCache cache;
    private Ledger ledger;
    private long clock = 1_700_000_000_000_000_000L;
    private long lastTick = clock;
    private long newestTransfer = clock;
    private long nextId = 1;

    @BeforeEach
    void book(@TempDir Path directory) throws Exception {
        System.out.println("seed " + SEED);
        cache = new BlockCache(4 << 20);
        StoreOptions small = StoreOptions.DEFAULT.withBarRecords(256);
        ledger = Ledger.open(new FileDisk(), directory, new LedgerOptions(small, small), cache, Runnable::run, null);
        createAccounts();
        for (int i = 0; i < ATTEMPTS; i++) {
            expire();
            attempt();
            lastTick = clock;
            clock += STEP_NS;
        }
        assertThat(history).hasSizeGreaterThan(ATTEMPTS / 4);
    }

    @AfterEach
    void close() {
        ledger.close();
        cache.close();
    }

    @Test
    void theTailShowsEveryEventInOrderOfCommitWithBothAccountsAsTheyWereThen() {
        for (int batch : new int[] {1, 7, 1000}) {
            List<ByteBuffer> tail = new ArrayList<>();
            int found = batch;
            while (found == batch) {
                ByteBuffer out = RandomRecords.bytes(batch * ChangeEventLayout.BYTES);
                found = ledger.queries().tail(ledger.queries().now(), tail.size() + 1L, batch, out);
                addRows(tail, out, found, ChangeEventLayout.BYTES);
            }
            assertThat(tail).hasSameSizeAs(history);
            for (int i = 0; i < tail.size(); i++) {
                assertThat(tail.get(i))
                        .as("event %d", i)
                        .isEqualTo(history.get(i).change());
            }
        }
        assertThat(history.stream()
                        .map(s -> s.change().get(ChangeEventLayout.TYPE))
                        .distinct())
                .as("kinds of events")
                .hasSize(5);
    }

    @Test
    void changeEventsAreTheSameInOrderOfTheirTimestamps() {
        List<ByteBuffer> all = history.stream()
                .map(Seen::change)
                .sorted(Comparator.comparingLong(c -> c.getLong(ChangeEventLayout.TIMESTAMP)))
                .toList();
        assertThat(all)
                .as("imports make the two orders differ")
                .isNotEqualTo(history.stream().map(Seen::change).toList());
        for (int i = 0; i < 300; i++) {
            long min = time(all.get(random.nextInt(all.size()))) + random.nextInt(3) - 1;
            long max = time(all.get(random.nextInt(all.size()))) + random.nextInt(3) - 1;
            int limit = 1 + random.nextInt(100);
            ByteBuffer filter = RandomRecords.bytes(ChangeEventsFilterLayout.BYTES);
            filter.putLong(ChangeEventsFilterLayout.TIMESTAMP_MIN, min);
            filter.putLong(ChangeEventsFilterLayout.TIMESTAMP_MAX, max);
            filter.putInt(ChangeEventsFilterLayout.LIMIT, limit);
            ByteBuffer out = RandomRecords.bytes(100 * ChangeEventLayout.BYTES);
            List<ByteBuffer> rows = new ArrayList<>();
            addRows(
                    rows,
                    out,
                    ledger.queries().changeEvents(ledger.queries().now(), filter, out),
                    ChangeEventLayout.BYTES);
            assertThat(rows)
                    .isEqualTo(all.stream()
                            .filter(c -> time(c) >= min && time(c) <= max)
                            .limit(limit)
                            .toList());
        }
    }

    @Test
    void anAccountsBalanceAndItsPendingTransfersAreThoseOfThePointThatIsAskedFor() {
        int pendingSeen = 0;
        for (int i = 0; i < STATEMENTS; i++) {
            Seen seen = history.get(random.nextInt(history.size()));
            for (Map.Entry<Long, ByteBuffer> account : seen.accounts().entrySet()) {
                ByteBuffer out = RandomRecords.bytes(AccountBalanceLayout.BYTES);
                assertThat(ledger.queries().balance(seen.point(), account.getKey(), 0, out))
                        .isTrue();
                assertThat(out.slice(0, 64)).isEqualTo(account.getValue().slice(AccountLayout.DEBITS_PENDING, 64));

                List<Long> expected = seen.pending().stream()
                        .filter(id -> of(id, account.getKey()))
                        .toList();
                for (Direction direction : Direction.values()) {
                    ByteBuffer rows = RandomRecords.bytes(8190 * TransferLayout.BYTES);
                    int found = ledger.queries().pending(seen.point(), account.getKey(), 0, direction, 8190, rows);
                    List<Long> ids = new ArrayList<>();
                    for (int row = 0; row < found; row++) {
                        ids.add(rows.getLong(row * TransferLayout.BYTES));
                    }
                    assertThat(ids).isEqualTo(direction == Direction.ASCENDING ? expected : expected.reversed());
                    pendingSeen += found;
                }
            }
        }
        assertThat(pendingSeen).isGreaterThan(STATEMENTS);
    }

    private static long time(ByteBuffer change) {
        return change.getLong(ChangeEventLayout.TIMESTAMP);
    }

    private static void addRows(List<ByteBuffer> to, ByteBuffer out, int found, int rowBytes) {
        for (int row = 0; row < found; row++) {
            to.add(RandomRecords.bytes(rowBytes).put(0, out, row * rowBytes, rowBytes));
        }
    }

    private boolean of(long transfer, long account) {
        ByteBuffer record = booked.get(transfer);
        return record != null
                && (record.getLong(TransferLayout.DEBIT_ACCOUNT_ID) == account
                        || record.getLong(TransferLayout.CREDIT_ACCOUNT_ID) == account);
    }

    // --- booking

    private void createAccounts() {
        ByteBuffer events = RandomRecords.bytes(ACCOUNTS * AccountLayout.BYTES);
        for (int i = 0; i < ACCOUNTS; i++) {
            ByteBuffer account =
                    events.slice(i * AccountLayout.BYTES, AccountLayout.BYTES).order(events.order());
            account.putLong(AccountLayout.ID, i + 1L);
            account.putLong(AccountLayout.USER_DATA_128, 77L + i).putLong(AccountLayout.USER_DATA_64, 88L + i);
            account.putInt(AccountLayout.USER_DATA_32, 99 + i);
            account.putInt(AccountLayout.LEDGER, 1);
            account.putShort(AccountLayout.CODE, (short) (10 + i));
            account.putShort(AccountLayout.FLAGS, (short) (AccountLayout.FLAG_HISTORY | AccountLayout.FLAG_IMPORTED));
            account.putLong(AccountLayout.TIMESTAMP, 1000L + i);
        }
        ledger.createAccounts(events, clock, RandomRecords.bytes(ACCOUNTS * Ledger.RESULT_BYTES));
        ledger.publish();
        clock += STEP_NS;
    }

    /** One random transfer; most are refused once an account is closed, until that is undone. */
    private void attempt() {
        ByteBuffer event = RandomRecords.bytes(TransferLayout.BYTES);
        event.putLong(TransferLayout.ID, nextId++);
        int kind = random.nextInt(10);
        int flags = 0;
        if (kind < 4 && !pending.isEmpty()) {
            List<Long> ids = List.copyOf(pending.keySet());
            event.putLong(TransferLayout.PENDING_ID, ids.get(random.nextInt(ids.size())));
            flags = kind < 2 ? TransferLayout.FLAG_POST_PENDING : TransferLayout.FLAG_VOID_PENDING;
            event.putLong(TransferLayout.AMOUNT, flags == TransferLayout.FLAG_VOID_PENDING ? 0 : random.nextInt(5));
        } else {
            long debit = 1L + random.nextInt(ACCOUNTS);
            long credit = 1L + random.nextInt(ACCOUNTS);
            event.putLong(TransferLayout.DEBIT_ACCOUNT_ID, debit).putLong(TransferLayout.CREDIT_ACCOUNT_ID, credit);
            event.putLong(TransferLayout.AMOUNT, random.nextInt(100));
            event.putInt(TransferLayout.LEDGER, 1).putShort(TransferLayout.CODE, (short) 5);
            event.putLong(TransferLayout.USER_DATA_128, random.nextInt(3)).putLong(TransferLayout.USER_DATA_64, 4);
            event.putInt(TransferLayout.USER_DATA_32, 6);
            if (kind < 8) {
                flags = TransferLayout.FLAG_PENDING;
                event.putInt(TransferLayout.TIMEOUT, random.nextBoolean() ? 0 : 1 + random.nextInt(40));
                flags |= random.nextInt(8) == 0 ? TransferLayout.FLAG_CLOSING_DEBIT : 0;
                flags |= random.nextInt(8) == 0 ? TransferLayout.FLAG_CLOSING_CREDIT : 0;
            } else if (kind == 8) {
                // Right after the newest transfer, and so before expiries that were committed since.
                flags = TransferLayout.FLAG_IMPORTED;
                event.putLong(TransferLayout.TIMESTAMP, newestTransfer + 1 + random.nextInt(5));
            }
        }
        event.putShort(TransferLayout.FLAGS, (short) flags);
        ByteBuffer result = RandomRecords.bytes(Ledger.RESULT_BYTES);
        ledger.createTransfers(event, clock, result);
        ledger.publish();
        if (CreateTransferStatus.ofCode(result.getInt(8)) == CreateTransferStatus.CREATED) {
            ByteBuffer transfer = transfer(event.getLong(TransferLayout.ID));
            if ((flags & TransferLayout.FLAG_PENDING) != 0) {
                pending.put(transfer.getLong(TransferLayout.ID), transfer);
                booked.put(transfer.getLong(TransferLayout.ID), transfer);
            }
            pending.remove(event.getLong(TransferLayout.PENDING_ID));
            newestTransfer = transfer.getLong(TransferLayout.TIMESTAMP);
            int type = (flags & TransferLayout.FLAG_PENDING) != 0
                    ? ChangeEventLayout.TYPE_PENDING
                    : (flags & TransferLayout.FLAG_POST_PENDING) != 0
                            ? ChangeEventLayout.TYPE_POSTED
                            : (flags & TransferLayout.FLAG_VOID_PENDING) != 0
                                    ? ChangeEventLayout.TYPE_VOIDED
                                    : ChangeEventLayout.TYPE_SINGLE;
            see(transfer, type, transfer.getLong(TransferLayout.TIMESTAMP));
        }
    }

    private static long expiresAt(ByteBuffer transfer) {
        int timeout = transfer.getInt(TransferLayout.TIMEOUT);
        return timeout == 0 ? Long.MAX_VALUE : transfer.getLong(TransferLayout.TIMESTAMP) + timeout * 1_000_000_000L;
    }

    /** Expires what is due before the next transfer, each in a pulse of its own. */
    private void expire() {
        for (long due = ledger.nextExpiry(); due < clock - 20_000; due = ledger.nextExpiry()) {
            long pulse = Math.max(due, lastTick + Ledger.EXPIRIES_MAX);
            int expired = ledger.expire(pulse);
            ledger.publish();
            if (expired != 0) {
                assertThat(expired).isOne();
                ByteBuffer transfer =
                        Collections.min(pending.values(), Comparator.comparingLong(HistoryTest::expiresAt));
                pending.remove(transfer.getLong(TransferLayout.ID));
                lastTick = pulse - Ledger.EXPIRIES_MAX + 1;
                see(transfer, ChangeEventLayout.TYPE_EXPIRED, lastTick);
            }
        }
    }

    private ByteBuffer transfer(long id) {
        ByteBuffer out = RandomRecords.bytes(TransferLayout.BYTES);
        long newest = ledger.moment().transfers();
        assertThat(ledger.lookupTransfers(RandomRecords.bytes(16).putLong(0, id), 0, out))
                .as("before there was any")
                .isZero();
        assertThat(ledger.lookupTransfers(RandomRecords.bytes(16).putLong(0, id), newest, out))
                .isOne();
        out.clear();
        assertThat(ledger.lookupTransfers(RandomRecords.bytes(16).putLong(0, id), out))
                .isOne();
        return out.clear();
    }

    private void see(ByteBuffer transfer, int type, long timestamp) {
        Map<Long, ByteBuffer> accounts = new LinkedHashMap<>();
        for (long id = 1; id <= ACCOUNTS; id++) {
            ByteBuffer out = RandomRecords.bytes(AccountLayout.BYTES);
            assertThat(ledger.lookupAccounts(RandomRecords.bytes(16).putLong(0, id), out))
                    .isOne();
            accounts.put(id, out.clear());
        }
        ByteBuffer change = RandomRecords.bytes(ChangeEventLayout.BYTES);
        change.put(ChangeEventLayout.TRANSFER_ID, transfer, TransferLayout.ID, 16);
        change.put(ChangeEventLayout.AMOUNT, transfer, TransferLayout.AMOUNT, 16);
        change.put(ChangeEventLayout.PENDING_ID, transfer, TransferLayout.PENDING_ID, 16);
        change.put(ChangeEventLayout.USER_DATA_128, transfer, TransferLayout.USER_DATA_128, 16);
        change.putLong(ChangeEventLayout.USER_DATA_64, transfer.getLong(TransferLayout.USER_DATA_64));
        change.putInt(ChangeEventLayout.USER_DATA_32, transfer.getInt(TransferLayout.USER_DATA_32));
        change.putInt(ChangeEventLayout.TIMEOUT, transfer.getInt(TransferLayout.TIMEOUT));
        change.putShort(ChangeEventLayout.CODE, transfer.getShort(TransferLayout.CODE));
        change.putShort(ChangeEventLayout.FLAGS, transfer.getShort(TransferLayout.FLAGS));
        change.putInt(ChangeEventLayout.LEDGER, transfer.getInt(TransferLayout.LEDGER));
        change.put(ChangeEventLayout.TYPE, (byte) type);
        change.putLong(ChangeEventLayout.TIMESTAMP, timestamp);
        change.putLong(ChangeEventLayout.TRANSFER_TIMESTAMP, transfer.getLong(TransferLayout.TIMESTAMP));
        putAccount(
                change,
                ChangeEventLayout.DEBIT_ACCOUNT,
                ChangeEventLayout.DEBIT_ACCOUNT_TIMESTAMP,
                accounts.getOrDefault(transfer.getLong(TransferLayout.DEBIT_ACCOUNT_ID), change));
        putAccount(
                change,
                ChangeEventLayout.CREDIT_ACCOUNT,
                ChangeEventLayout.CREDIT_ACCOUNT_TIMESTAMP,
                accounts.getOrDefault(transfer.getLong(TransferLayout.CREDIT_ACCOUNT_ID), change));
        history.add(new Seen(change, ledger.queries().now(), accounts, List.copyOf(pending.keySet())));
    }

    private static void putAccount(ByteBuffer change, int at, int timestampAt, ByteBuffer account) {
        change.put(at + ChangeEventLayout.ACCOUNT_ID, account, AccountLayout.ID, 16);
        change.put(at + ChangeEventLayout.ACCOUNT_BALANCES, account, AccountLayout.DEBITS_PENDING, 64);
        change.put(at + ChangeEventLayout.ACCOUNT_USER_DATA_128, account, AccountLayout.USER_DATA_128, 16);
        change.putLong(at + ChangeEventLayout.ACCOUNT_USER_DATA_64, account.getLong(AccountLayout.USER_DATA_64));
        change.putInt(at + ChangeEventLayout.ACCOUNT_USER_DATA_32, account.getInt(AccountLayout.USER_DATA_32));
        change.putShort(at + ChangeEventLayout.ACCOUNT_CODE, account.getShort(AccountLayout.CODE));
        change.putShort(at + ChangeEventLayout.ACCOUNT_FLAGS, account.getShort(AccountLayout.FLAGS));
        change.putLong(timestampAt, account.getLong(AccountLayout.TIMESTAMP));
    }
}
