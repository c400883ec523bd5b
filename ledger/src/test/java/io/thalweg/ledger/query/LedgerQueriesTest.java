package io.thalweg.ledger.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.ledger.layout.AccountBalanceLayout;
import io.thalweg.ledger.layout.AccountFilterLayout;
import io.thalweg.ledger.layout.AccountLayout;
import io.thalweg.ledger.layout.EventLayout;
import io.thalweg.ledger.layout.QueryFilterLayout;
import io.thalweg.ledger.layout.TransferLayout;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Queries drawn without a look at the data, against a filter that looks at every record. */
final class LedgerQueriesTest {
    private static final long SEED = 20_261_120;
    private static final int TRANSFERS = 4_000;
    private static final List<PendingState> STATES = List.of(PendingState.values());
    /** By half of their flag. */
    private static final List<TransferKind> KINDS = List.of(
            TransferKind.SINGLE, TransferKind.PENDING, TransferKind.POSTED, TransferKind.POSTED, TransferKind.VOIDED);

    private static final List<Sides> SIDES = List.of(Sides.values());

    private final SplittableRandom random = new SplittableRandom(SEED);
    private final ExecutorService background = Executors.newSingleThreadExecutor();
    private RandomRecords records;
    private LedgerQueries queries;

    @BeforeEach
    void fill(@TempDir Path directory) throws Exception {
        System.out.println("seed " + SEED);
        records = new RandomRecords(directory, 256, background, random.split());
        queries = records.queries;
        records.addAccounts(400);
        while (records.transfers.size() < TRANSFERS) {
            records.addTransfers(1 + random.nextInt(300));
        }
    }

    @AfterEach
    void close() {
        records.close();
        background.close();
    }

    @Test
    void transfersByAnyFieldsAreThoseThatAFilterOverAllFinds() {
        long rows = 0;
        long beyondOneRun = 0;
        for (int i = 0; i < 1_500; i++) {
            Point point = point();
            TransferQuery query = transferQuery();
            List<ByteBuffer> all = records.transfers.subList(0, (int) point.transfers());
            List<ByteBuffer> expected =
                    rows(all, transfer -> matches(point, query, transfer), query.direction, query.limit);
            ByteBuffer out = out(query.limit);
            int found = queries.transfers(point, query, out);
            assertRows(out, found, expected, TransferLayout.BYTES);
            rows += found;
            beyondOneRun += found > 300 ? 1 : 0;
        }
        assertThat(rows).as("the queries found something").isGreaterThan(50_000);
        assertThat(beyondOneRun).isGreaterThan(50);
    }

    @Test
    void filtersOfTheProtocolFindTransfersAndBalancesOfAnAccount() {
        int balances = 0;
        for (int i = 0; i < 700; i++) {
            Point point = point();
            ByteBuffer filter = accountFilter();
            AccountFilter parsed = AccountFilter.parse(filter);
            if (parsed == null) {
                assertThat(queries.accountTransfers(point, filter, out(10))).isZero();
                assertThat(queries.accountBalances(point, filter, out(10))).isZero();
                continue;
            }
            TransferQuery query = TransferQuery.of(parsed);
            List<ByteBuffer> all = records.transfers.subList(0, (int) point.transfers());
            List<ByteBuffer> expected =
                    rows(all, transfer -> matches(point, query, transfer), query.direction, query.limit);
            ByteBuffer out = out(query.limit);
            assertRows(out, queries.accountTransfers(point, filter, out), expected, TransferLayout.BYTES);

            long id = parsed.accountLow();
            boolean history = id <= Math.min(records.accounts.size(), point.accounts())
                    && (records.accounts.get((int) id - 1).getShort(AccountLayout.FLAGS) & AccountLayout.FLAG_HISTORY)
                            != 0;
            List<ByteBuffer> after =
                    history ? expected.stream().map(event -> balance(event, id)).toList() : List.of();
            ByteBuffer balancesOut = out(query.limit);
            int found = queries.accountBalances(point, filter, balancesOut);
            assertRows(balancesOut, found, after, AccountBalanceLayout.BYTES);
            balances += found;
        }
        assertThat(balances).isGreaterThan(5_000);
    }

    @Test
    void filtersOfTheProtocolFindTransfersAndAccountsByTheirFields() {
        int accounts = 0;
        for (int i = 0; i < 700; i++) {
            Point point = point();
            ByteBuffer filter = queryFilter();
            QueryFilter parsed = QueryFilter.parse(filter);
            if (parsed == null) {
                assertThat(queries.queryTransfers(point, filter, out(10))).isZero();
                assertThat(queries.queryAccounts(filter, out(10))).isZero();
                continue;
            }
            TransferQuery query = TransferQuery.of(parsed);
            List<ByteBuffer> all = records.transfers.subList(0, (int) point.transfers());
            ByteBuffer out = out(query.limit);
            assertRows(
                    out,
                    queries.queryTransfers(point, filter, out),
                    rows(all, transfer -> matches(point, query, transfer), query.direction, query.limit),
                    TransferLayout.BYTES);

            // An account has the fields that are asked for where a transfer has them.
            ByteBuffer accountsOut = out(query.limit);
            int found = queries.queryAccounts(filter, accountsOut);
            assertRows(
                    accountsOut,
                    found,
                    rows(records.accounts, a -> matches(point, query, a), query.direction, query.limit),
                    AccountLayout.BYTES);
            accounts += found;

            // In two steps, with accounts created in between, it is the same.
            AccountSearch search = new AccountSearch(filter, query.limit);
            search.advance(queries, new Point(0, 0, random.nextInt(records.accounts.size() + 1)));
            search.advance(queries, queries.now());
            ByteBuffer again = out(query.limit);
            assertThat(search.isAt(queries.now())).isTrue();
            assertThat(search.copy(queries, again)).isEqualTo(found);
            assertThat(again.flip()).isEqualTo(accountsOut.flip());
        }
        assertThat(accounts).isGreaterThan(5_000);
    }

    @Test
    void aBalanceAtAnyPointIsThatOfTheLastTransferOrExpiryOfTheAccount() {
        int fromExpiry = 0;
        for (int i = 0; i < 700; i++) {
            Point point = point();
            long id = 1L + random.nextInt(RandomRecords.ACCOUNTS + 1);
            ByteBuffer last = null;
            for (ByteBuffer transfer : records.transfers.subList(0, (int) point.transfers())) {
                last = touches(transfer, id) ? transfer : last;
            }
            for (ByteBuffer expiry : records.expiries.subList(0, (int) point.expiries())) {
                boolean newer = last == null
                        || last.getLong(TransferLayout.TIMESTAMP) < expiry.getLong(TransferLayout.TIMESTAMP);
                if (newer && touches(expiry, id)) {
                    last = expiry;
                    fromExpiry++;
                }
            }
            ByteBuffer expected = RandomRecords.bytes(AccountBalanceLayout.BYTES);
            if (last == null) {
                ByteBuffer account = records.accounts.get((int) id - 1);
                expected.putLong(AccountBalanceLayout.TIMESTAMP, account.getLong(AccountLayout.TIMESTAMP));
            } else {
                expected = balance(last, id);
            }
            ByteBuffer out = out(1);
            boolean there = queries.balance(point, id, 0, out);
            assertThat(there).isEqualTo(id <= point.accounts());
            assertRows(out, there ? 1 : 0, there ? List.of(expected) : List.of(), AccountBalanceLayout.BYTES);
        }
        assertThat(fromExpiry).isGreaterThan(5);
    }

    @Test
    void sumsAreThoseOfTheTransfersInTheAskedTime() {
        int found = 0;
        for (int i = 0; i < 300; i++) {
            Point point = point();
            int ledger = field(3);
            int code = field(4);
            long minutes = 1L + random.nextInt(5);
            long one = random.nextInt(3) == 0 ? 0 : anyTimestamp();
            long other = random.nextInt(3) == 0 ? 0 : anyTimestamp();
            long min = other == 0 ? one : Math.min(one, other);
            long max = other == 0 ? 0 : Math.max(one, other);
            TransferQuery query = new TransferQuery().ledger(ledger).code(code).timestamps(min, max);
            Map<List<Object>, BigInteger> expected = new HashMap<>();
            long count = 0;
            for (ByteBuffer transfer : records.transfers.subList(0, (int) point.transfers())) {
                if (matches(point, query, transfer)) {
                    long start =
                            transfer.getLong(TransferLayout.TIMESTAMP) / RandomRecords.MINUTE_NS / minutes * minutes;
                    expected.merge(
                            List.of(
                                    start * RandomRecords.MINUTE_NS,
                                    transfer.getInt(TransferLayout.LEDGER),
                                    (int) transfer.getShort(TransferLayout.CODE),
                                    KINDS.get(transfer.getShort(TransferLayout.FLAGS) / 2)),
                            amount(transfer),
                            BigInteger::add);
                    count++;
                }
            }
            AtomicLong room = new AtomicLong();
            List<TransferSum> sums =
                    queries.sums(point, new SumsQuery(ledger, code, min, max, minutes), room::addAndGet);
            assertThat(room.get() - sums.size())
                    .as("room for what there is, and hardly more")
                    .isBetween(0L, 255L);
            assertThat(sums)
                    .isSortedAccordingTo(Comparator.comparingLong(TransferSum::start)
                            .thenComparingInt(TransferSum::ledger)
                            .thenComparingInt(TransferSum::code)
                            .thenComparing(TransferSum::kind));
            assertThat(sums.stream()
                            .collect(Collectors.toMap(
                                    s -> List.<Object>of(s.start(), s.ledger(), s.code(), s.kind()),
                                    TransferSum::amount)))
                    .isEqualTo(expected);
            assertThat(sums.stream().mapToLong(TransferSum::count).sum()).isEqualTo(count);
            found += sums.size();
        }
        assertThat(found).isGreaterThan(1_000);
    }

    @Test
    void aPointInTheMiddleOfTimeHasAllThatHappenedUntilThen() {
        for (int i = 0; i < 500; i++) {
            long timestamp = anyTimestamp();
            assertThat(queries.at(timestamp))
                    .isEqualTo(new Point(
                            until(records.transfers, timestamp),
                            until(records.expiries, timestamp),
                            until(records.accounts, timestamp)));
        }
        assertThat(queries.at(Long.MAX_VALUE)).isEqualTo(queries.now());
    }

    @Test
    void aQueryThatEndsAtItsLimitIsContinuedBehindItsLastRow() {
        for (Direction direction : Direction.values()) {
            List<ByteBuffer> expected = rows(
                    records.transfers,
                    t -> touches(t, 3) && t.getShort(TransferLayout.CODE) == 2,
                    direction,
                    Integer.MAX_VALUE);
            List<ByteBuffer> pages = new ArrayList<>();
            TransferQuery query = new TransferQuery()
                    .account(3, 0, Sides.BOTH)
                    .code(2)
                    .limit(7)
                    .direction(direction);
            for (int found = 7; found == 7; ) {
                ByteBuffer out = out(7);
                found = queries.transfers(queries.now(), query, out);
                for (int row = 0; row < found; row++) {
                    pages.add(RandomRecords.bytes(128).put(0, out, row * 128, 128));
                }
                if (found > 0) {
                    long last = pages.getLast().getLong(TransferLayout.TIMESTAMP);
                    query.timestamps(
                            direction == Direction.ASCENDING ? last + 1 : 0,
                            direction == Direction.ASCENDING ? 0 : last - 1);
                }
            }
            assertThat(pages).hasSameSizeAs(expected);
            for (int i = 0; i < pages.size(); i++) {
                assertThat(pages.get(i)).isEqualTo(expected.get(i).slice(0, 128));
            }
        }
    }

    // --- the filter over all records

    private boolean matches(Point point, TransferQuery q, ByteBuffer record) {
        long low = record.getLong(TransferLayout.USER_DATA_128);
        long high = record.getLong(TransferLayout.USER_DATA_128 + 8);
        long timestamp = record.getLong(TransferLayout.TIMESTAMP);
        return (q.sides == null
                        || (q.sides != Sides.CREDITS && is(record, TransferLayout.DEBIT_ACCOUNT_ID, q.accountLow))
                        || (q.sides != Sides.DEBITS && is(record, TransferLayout.CREDIT_ACCOUNT_ID, q.accountLow)))
                && ((q.userData128Low == 0 && q.userData128High == 0)
                        || (low == q.userData128Low && high == q.userData128High))
                && (q.userData64 == 0 || q.userData64 == record.getLong(TransferLayout.USER_DATA_64))
                && (q.userData32 == 0 || q.userData32 == record.getInt(TransferLayout.USER_DATA_32))
                && (q.ledger == 0 || q.ledger == record.getInt(TransferLayout.LEDGER))
                && (q.code == 0 || q.code == record.getShort(TransferLayout.CODE))
                && (q.times.min() == 0 || timestamp >= q.times.min())
                && (q.times.max() == 0 || timestamp <= q.times.max())
                && (!q.amounts
                        || (amount(q.amountMinLow, q.amountMinHigh).compareTo(amount(record)) <= 0
                                && amount(q.amountMaxLow, q.amountMaxHigh).compareTo(amount(record)) >= 0))
                && (q.state == null || q.state == state(point, record));
    }

    private @Nullable PendingState state(Point point, ByteBuffer transfer) {
        if ((transfer.getShort(TransferLayout.FLAGS) & TransferLayout.FLAG_PENDING) == 0) {
            return null;
        }
        int slot = (int) transfer.getLong(TransferLayout.ID) - 1000;
        int status = records.status.getOrDefault(slot, 0);
        int resolvedBy = records.resolvedBy.getOrDefault(slot, 0);
        return resolvedBy < (status == 3 ? point.expiries() : point.transfers())
                ? STATES.get(status)
                : PendingState.PENDING;
    }

    private static boolean is(ByteBuffer record, int offset, long id) {
        return record.getLong(offset) == id && record.getLong(offset + 8) == 0;
    }

    private static boolean touches(ByteBuffer record, long id) {
        return is(record, TransferLayout.DEBIT_ACCOUNT_ID, id) || is(record, TransferLayout.CREDIT_ACCOUNT_ID, id);
    }

    private static BigInteger amount(ByteBuffer record) {
        return amount(record.getLong(TransferLayout.AMOUNT), record.getLong(TransferLayout.AMOUNT + 8));
    }

    private static BigInteger amount(long low, long high) {
        return new BigInteger(Long.toUnsignedString(high))
                .shiftLeft(64)
                .add(new BigInteger(Long.toUnsignedString(low)));
    }

    private static ByteBuffer balance(ByteBuffer event, long id) {
        ByteBuffer row = RandomRecords.bytes(AccountBalanceLayout.BYTES);
        boolean debit = is(event, TransferLayout.DEBIT_ACCOUNT_ID, id);
        row.put(0, event, debit ? EventLayout.DEBIT_ACCOUNT_BALANCES : EventLayout.CREDIT_ACCOUNT_BALANCES, 64);
        return row.putLong(AccountBalanceLayout.TIMESTAMP, event.getLong(TransferLayout.TIMESTAMP));
    }

    private static List<ByteBuffer> rows(
            List<ByteBuffer> all, Predicate<ByteBuffer> filter, Direction direction, int limit) {
        List<ByteBuffer> matching = new ArrayList<>(all.stream().filter(filter).toList());
        if (direction == Direction.DESCENDING) {
            Collections.reverse(matching);
        }
        return matching.subList(0, Math.min(limit, matching.size()));
    }

    private static long until(List<ByteBuffer> all, long timestamp) {
        return all.stream()
                .filter(r -> r.getLong(TransferLayout.TIMESTAMP) <= timestamp)
                .count();
    }

    private static void assertRows(ByteBuffer out, int found, List<ByteBuffer> expected, int rowBytes) {
        assertThat(found).isEqualTo(expected.size());
        assertThat(out.position()).isEqualTo(found * rowBytes);
        for (int row = 0; row < found; row++) {
            assertThat(out.slice(row * rowBytes, rowBytes))
                    .as("row %d", row)
                    .isEqualTo(expected.get(row).slice(0, rowBytes));
        }
    }

    // --- questions

    private Point point() {
        Point now = queries.now();
        return random.nextInt(3) != 0 ? now : queries.at(anyTimestamp());
    }

    private long anyTimestamp() {
        long last = records.transfers.getLast().getLong(TransferLayout.TIMESTAMP);
        return switch (random.nextInt(3)) {
            case 0 -> random.nextLong(last + last / 10);
            case 1 -> any(records.transfers) + random.nextInt(3) - 1;
            default -> any(records.expiries) + random.nextInt(3) - 1;
        };
    }

    private long any(List<ByteBuffer> all) {
        return all.get(random.nextInt(all.size())).getLong(TransferLayout.TIMESTAMP);
    }

    private int limit() {
        return switch (random.nextInt(4)) {
            case 0 -> 1;
            case 1 -> 1 + random.nextInt(20);
            case 2 -> 1 + random.nextInt(1000);
            default -> TRANSFERS;
        };
    }

    /** Zero, which asks for nothing, more often than a value; values that nothing has among them. */
    private int field(int values) {
        return random.nextInt(3) == 0 ? 1 + random.nextInt(values + 1) : 0;
    }

    private TransferQuery transferQuery() {
        TransferQuery query = new TransferQuery()
                .userData64(field(4))
                .userData32(field(5))
                .ledger(field(3))
                .code(field(4))
                .limit(limit())
                .direction(random.nextBoolean() ? Direction.ASCENDING : Direction.DESCENDING);
        if (random.nextInt(3) == 0) {
            query.userData128(random.nextInt(4), random.nextInt(3));
        }
        if (random.nextBoolean()) {
            query.account(1 + random.nextInt(RandomRecords.ACCOUNTS + 1), 0, SIDES.get(random.nextInt(3)));
        }
        if (random.nextInt(3) == 0) {
            BigInteger one = RandomRecords.amount(random);
            BigInteger other = random.nextInt(4) == 0 ? one : RandomRecords.amount(random);
            BigInteger min = one.min(other);
            BigInteger max = one.max(other);
            query.amounts(
                    min.longValue(),
                    min.shiftRight(64).longValue(),
                    max.longValue(),
                    max.shiftRight(64).longValue());
        }
        if (random.nextInt(3) == 0) {
            query.state(STATES.get(random.nextInt(4)));
        }
        if (random.nextInt(3) == 0) {
            long one = anyTimestamp();
            long other = anyTimestamp();
            query.timestamps(
                    random.nextInt(3) == 0 ? 0 : Math.min(one, other),
                    random.nextInt(3) == 0 ? 0 : Math.max(one, other));
        }
        return query;
    }

    private ByteBuffer accountFilter() {
        ByteBuffer filter = RandomRecords.bytes(AccountFilterLayout.BYTES);
        filter.putLong(AccountFilterLayout.ACCOUNT_ID, random.nextInt(RandomRecords.ACCOUNTS + 2));
        if (random.nextInt(4) == 0) {
            filter.putLong(AccountFilterLayout.USER_DATA_128, random.nextInt(4))
                    .putLong(AccountFilterLayout.USER_DATA_128 + 8, random.nextInt(3));
        }
        filter.putLong(AccountFilterLayout.USER_DATA_64, field(4));
        filter.putInt(AccountFilterLayout.USER_DATA_32, field(5));
        filter.putShort(AccountFilterLayout.CODE, (short) field(4));
        if (random.nextInt(3) == 0) {
            filter.putLong(AccountFilterLayout.TIMESTAMP_MIN, anyTimestamp());
            filter.putLong(AccountFilterLayout.TIMESTAMP_MAX, random.nextBoolean() ? 0 : anyTimestamp());
        }
        filter.putInt(AccountFilterLayout.LIMIT, random.nextInt(50) == 0 ? 0 : limit());
        filter.putInt(AccountFilterLayout.FLAGS, random.nextInt(8));
        return filter;
    }

    private ByteBuffer queryFilter() {
        ByteBuffer filter = RandomRecords.bytes(QueryFilterLayout.BYTES);
        if (random.nextInt(4) == 0) {
            filter.putLong(QueryFilterLayout.USER_DATA_128, random.nextInt(4))
                    .putLong(QueryFilterLayout.USER_DATA_128 + 8, random.nextInt(3));
        }
        filter.putLong(QueryFilterLayout.USER_DATA_64, field(4));
        filter.putInt(QueryFilterLayout.USER_DATA_32, field(5));
        filter.putInt(QueryFilterLayout.LEDGER, field(3));
        filter.putShort(QueryFilterLayout.CODE, (short) field(4));
        if (random.nextInt(3) == 0) {
            filter.putLong(QueryFilterLayout.TIMESTAMP_MIN, anyTimestamp());
            filter.putLong(QueryFilterLayout.TIMESTAMP_MAX, random.nextBoolean() ? 0 : anyTimestamp());
        }
        filter.putInt(QueryFilterLayout.LIMIT, random.nextInt(50) == 0 ? 0 : limit());
        filter.putInt(QueryFilterLayout.FLAGS, random.nextInt(2));
        return filter;
    }

    private static ByteBuffer out(int rows) {
        return RandomRecords.bytes(Math.min(rows, 8190) * 128);
    }
}
