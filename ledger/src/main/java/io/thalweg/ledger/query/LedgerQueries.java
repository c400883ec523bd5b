package io.thalweg.ledger.query;

import io.thalweg.ledger.layout.AccountBalanceLayout;
import io.thalweg.ledger.layout.AccountLayout;
import io.thalweg.ledger.layout.Bytes;
import io.thalweg.ledger.layout.ChangeEventLayout;
import io.thalweg.ledger.layout.ChangeEventsFilterLayout;
import io.thalweg.ledger.layout.TransferLayout;
import io.thalweg.ledger.store.Cursor;
import io.thalweg.ledger.store.Records;
import io.thalweg.ledger.store.schema.Schema;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * All reads of a ledger but those by id.
 *
 * <p>Queries run on any thread and answer as of a {@link Point}, except {@link #queryAccounts}, which
 * shows balances as they are now and belongs to the apply thread; {@link AccountSearch} leaves it what is short. A strict read takes {@link #now} on the apply thread once all
 * that it must see is applied, and queries where it likes.
 *
 * <p>Rows are put into the caller's buffer from its position on, as many as are found, as the limit allows and as fit; bytes
 * behind the last row may be overwritten. A filter is read from its buffer's position, which stays; a filter that the
 * protocol does not allow finds nothing.
 */
public final class LedgerQueries {
    /** The most sums that one query gives. */
    public static final int SUMS_MAX = 65_536;

    private static final long MINUTE_NS = 60_000_000_000L;

    private final Records transfers;
    private final Records expiries;
    private final Records accountRecords;
    private final AccountTable accounts;
    private final PendingTable status;

    private volatile Point now = new Point(0, 0, 0);

    /** The records stay the caller's; whoever closes them must know that no query runs. */
    public LedgerQueries(
            Records transfers, Records expiries, Records accountRecords, AccountTable accounts, PendingTable status) {
        this.transfers = transfers;
        this.expiries = expiries;
        this.accountRecords = accountRecords;
        this.accounts = accounts;
        this.status = status;
        published();
    }

    /** Makes what is published the point that others see. Apply thread, after everything was published. */
    public void published() {
        now = new Point(transfers.published(), expiries.published(), accountRecords.published());
    }

    /** What is published. */
    public Point now() {
        return now;
    }

    /** The ledger as it was when this time ended, in ns: events with a greater timestamp had not happened. */
    public Point at(long timestamp) {
        if (timestamp < 0) {
            throw new IllegalArgumentException("timestamp " + timestamp + ", expected 0 to 2^63-1");
        }
        Point latest = now;
        TimeRange until = new TimeRange(0, Math.max(1, timestamp));
        return new Point(
                until.to(transfers, latest.transfers()),
                until.to(expiries, latest.expiries()),
                until.to(accountRecords, latest.accounts()));
    }

    /** {@code get_account_transfers}: rows are transfers, 128 bytes each. */
    public int accountTransfers(Point point, ByteBuffer filter, ByteBuffer out) {
        AccountFilter parsed = AccountFilter.parse(filter);
        return parsed == null ? 0 : transfers(point, TransferQuery.of(parsed), out);
    }

    /**
     * {@code get_account_balances}: rows are balances, 128 bytes each, one for each transfer that the filter matches, as it left
     * the account. Only of accounts with the flag {@code history}; none of others.
     */
    public int accountBalances(Point point, ByteBuffer filter, ByteBuffer out) {
        AccountFilter parsed = AccountFilter.parse(filter);
        return parsed == null ? 0 : accountBalances(point, parsed, out);
    }

    /** The same for a filter that is parsed. */
    public int accountBalances(Point point, AccountFilter filter, ByteBuffer out) {
        MemorySegment account = account(point, filter.accountLow(), filter.accountHigh());
        if (account == null || (Bytes.u16(account, AccountLayout.FLAGS) & AccountLayout.FLAG_HISTORY) == 0) {
            return 0;
        }
        int rows = rows(filter.limit(), out, AccountBalanceLayout.BYTES);
        MemorySegment target = MemorySegment.ofBuffer(out);
        BalanceHistory balances = new BalanceHistory(transfers, expiries, filter.accountLow(), filter.accountHigh());
        int row = 0;
        long[] slots = new long[Math.min(TransferSearch.WINDOW, rows)];
        try (TransferSearch search = search(point, TransferQuery.of(filter))) {
            for (int found; row < rows && (found = search.next(slots, rows - row)) > 0; ) {
                for (int i = 0; i < found; i++, row++) {
                    balances.afterTransfer(slots[i], target, (long) row * AccountBalanceLayout.BYTES);
                }
            }
        }
        return advance(out, row, AccountBalanceLayout.BYTES);
    }

    /** {@code query_transfers}: rows are transfers, 128 bytes each. */
    public int queryTransfers(Point point, ByteBuffer filter, ByteBuffer out) {
        QueryFilter parsed = QueryFilter.parse(filter);
        return parsed == null ? 0 : transfers(point, TransferQuery.of(parsed), out);
    }

    /**
     * All transfers that a query asks for, in its order: rows of 128 bytes.
     *
     * @throws IllegalArgumentException for pending ones of more ledger numbers than can be searched at a time
     */
    public int transfers(Point point, TransferQuery query, ByteBuffer out) {
        int rows = rows(query.limit, out, TransferLayout.BYTES);
        try (TransferSearch search = search(point, query)) {
            return advance(out, search.copy(MemorySegment.ofBuffer(out), rows), TransferLayout.BYTES);
        }
    }

    /** {@code query_accounts}: rows are accounts as they are now, 128 bytes each. Apply thread. */
    public int queryAccounts(ByteBuffer filter, ByteBuffer out) {
        AccountSearch search = new AccountSearch(filter, rows(Integer.MAX_VALUE, out, AccountLayout.BYTES));
        search.advance(this, now);
        return search.copy(this, out);
    }

    /**
     * Finds the numbers of accounts. Any thread.
     *
     * @param least the least number that is looked at
     * @param ordinals takes them, in the order of the answer
     * @return how many were found, at most the limit and at most as many as fit
     */
    int selectAccounts(long least, Point point, QueryFilter filter, long[] ordinals) {
        long from = Math.max(least, filter.times().from(accountRecords, point.accounts()));
        long to = filter.times().to(accountRecords, point.accounts());
        if (from >= to) {
            return 0;
        }
        int rows = Math.min(filter.limit(), ordinals.length);
        int row = 0;
        try (Scan scan = new Scan(accountCursors(filter, to), from, to, filter.direction())) {
            for (long ordinal; row < rows && (ordinal = scan.next()) != Cursor.NONE; row++) {
                ordinals[row] = ordinal;
            }
        }
        return row;
    }

    /** Puts the rows, 128 bytes each, with the balances of now. Apply thread. */
    void copyAccounts(long[] ordinals, int count, ByteBuffer out) {
        MemorySegment target = Bytes.of(out, count * AccountLayout.BYTES, "the buffer of " + count + " accounts");
        for (int row = 0; row < count; row++) {
            accounts.copy(ordinals[row], target, (long) row * AccountLayout.BYTES);
        }
        advance(out, count, AccountLayout.BYTES);
    }

    /**
     * {@code get_change_events}: rows are change events, 384 bytes each, oldest first: transfers and expiries, each with both
     * accounts after it.
     */
    public int changeEvents(Point point, ByteBuffer filter, ByteBuffer out) {
        MemorySegment memory = Bytes.of(filter, ChangeEventsFilterLayout.BYTES, "a filter of change events");
        long min = memory.get(Bytes.U64, ChangeEventsFilterLayout.TIMESTAMP_MIN);
        long max = memory.get(Bytes.U64, ChangeEventsFilterLayout.TIMESTAMP_MAX);
        int limit = memory.get(Bytes.U32, ChangeEventsFilterLayout.LIMIT);
        if (limit == 0
                || !TimeRange.valid(min, max)
                || !Bytes.zero(memory, ChangeEventsFilterLayout.RESERVED, ChangeEventsFilterLayout.RESERVED_BYTES)) {
            return 0;
        }
        int rows = rows(limit < 0 ? Integer.MAX_VALUE : limit, out, ChangeEventLayout.BYTES);
        int row = events(point).byTimestamp(new TimeRange(min, max), MemorySegment.ofBuffer(out), rows);
        return advance(out, row, ChangeEventLayout.BYTES);
    }

    /**
     * Change events in the order in which they were committed, which is the one to follow a ledger by: unlike timestamps, those
     * of imports included, it only grows at its end. Events are numbered from 1 without gaps; the next call goes on with
     * {@code fromSequence} plus the rows of this one. Rows of 384 bytes.
     */
    public int tail(Point point, long fromSequence, int limit, ByteBuffer out) {
        if (fromSequence < 1 || limit < 1) {
            throw new IllegalArgumentException(
                    "sequence " + fromSequence + " and limit " + limit + ", expected both to be at least 1");
        }
        long events = point.transfers() + point.expiries();
        int rows = rows(limit, out, ChangeEventLayout.BYTES);
        int row =
                fromSequence > events ? 0 : events(point).byCommit(fromSequence - 1, MemorySegment.ofBuffer(out), rows);
        return advance(out, row, ChangeEventLayout.BYTES);
    }

    /**
     * Puts an account's balances at a point as one row of 128 bytes, with the timestamp of the event that left them so, or the
     * account's own before the first. Of any account, with history or without.
     *
     * @return whether there was such an account; if not, nothing is put
     */
    public boolean balance(Point point, long idLow, long idHigh, ByteBuffer out) {
        MemorySegment target = Bytes.of(out, AccountBalanceLayout.BYTES, "the buffer of a balance");
        MemorySegment account = account(point, idLow, idHigh);
        if (account == null) {
            return false;
        }
        new BalanceHistory(transfers, expiries, idLow, idHigh).at(point, account, target);
        advance(out, 1, AccountBalanceLayout.BYTES);
        return true;
    }

    /** Whether an account was closed at a point; false if there was none. */
    public boolean closed(Point point, long idLow, long idHigh) {
        long ordinal = accounts.ordinalOf(idLow, idHigh);
        if (ordinal < 0 || ordinal >= point.accounts()) {
            return false;
        }
        MemorySegment flags = MemorySegment.ofArray(new byte[Short.BYTES]);
        accountRecords.read(ordinal, AccountLayout.FLAGS, Short.BYTES, flags, 0);
        return (Bytes.u16(flags, 0) & AccountLayout.FLAG_CLOSED) != 0 // from the beginning, and so for good
                || new BalanceHistory(transfers, expiries, idLow, idHigh).closed(point, states(point));
    }

    /**
     * Transfers of an account that were still pending at a point: rows of 128 bytes. With {@link #balance} of the same point they
     * make one consistent statement.
     */
    public int pending(Point point, long idLow, long idHigh, Direction direction, int limit, ByteBuffer out) {
        TransferQuery query = new TransferQuery()
                .account(idLow, idHigh, Sides.BOTH)
                .state(PendingState.PENDING)
                .direction(direction)
                .limit(limit);
        return transfers(point, query, out);
    }

    /**
     * Sums of transfers, in order of time, then ledger, code and kind. What was set aside and later moved is in two kinds.
     *
     * @param room hears before there are so many sums more; what it throws ends this
     * @throws IllegalArgumentException for more than {@link #SUMS_MAX} of them
     */
    public List<TransferSum> sums(Point point, SumsQuery query, IntConsumer room) {
        TimeRange times = new TimeRange(query.timestampMin(), query.timestampMax());
        long from = times.from(transfers, point.transfers());
        long to = times.to(transfers, point.transfers());
        return transfers.sums(query.ledger(), query.code(), query.minutes(), from, to, SUMS_MAX, room).stream()
                .map(sum -> new TransferSum(
                        sum.ledger(),
                        sum.code(),
                        switch (sum.kind()) {
                            case TransferLayout.FLAG_PENDING -> TransferKind.PENDING;
                            case TransferLayout.FLAG_POST_PENDING -> TransferKind.POSTED;
                            case TransferLayout.FLAG_VOID_PENDING -> TransferKind.VOIDED;
                            default -> TransferKind.SINGLE;
                        },
                        sum.minute() * MINUTE_NS,
                        sum.count(),
                        sum.amount()))
                .toList();
    }

    private TransferSearch search(Point point, TransferQuery query) {
        return new TransferSearch(transfers, states(point), point, query);
    }

    private PendingStates states(Point point) {
        return new PendingStates(transfers, expiries, status, point);
    }

    private ChangeEvents events(Point point) {
        return new ChangeEvents(transfers, expiries, accounts, states(point), point);
    }

    private List<Cursor> accountCursors(QueryFilter filter, long bound) {
        List<Cursor> all = new ArrayList<>();
        if (filter.userData128Low() != 0 || filter.userData128High() != 0) {
            all.add(accountRecords.postings(
                    Schema.USER_DATA_128, filter.userData128High(), filter.userData128Low(), bound));
        }
        if (filter.userData64() != 0) {
            all.add(accountRecords.postings(Schema.USER_DATA_64, 0, filter.userData64(), bound));
        }
        if (filter.userData32() != 0) {
            all.add(accountRecords.postings(
                    Schema.USER_DATA_32, 0, Integer.toUnsignedLong(filter.userData32()), bound));
        }
        if (filter.ledger() != 0) {
            all.add(accountRecords.postings(Schema.LEDGER, 0, Integer.toUnsignedLong(filter.ledger()), bound));
        }
        if (filter.code() != 0) {
            all.add(accountRecords.postings(Schema.CODE, 0, filter.code(), bound));
        }
        return all;
    }

    /** The 128 bytes of an account that existed at a point, right in what never changes; null if there was none. */
    private @Nullable MemorySegment account(Point point, long idLow, long idHigh) {
        long ordinal = accounts.ordinalOf(idLow, idHigh);
        if (ordinal < 0 || ordinal >= point.accounts()) {
            return null;
        }
        MemorySegment account = MemorySegment.ofArray(new byte[AccountLayout.BYTES]);
        accounts.copy(ordinal, account, 0);
        return account;
    }

    private static int rows(int limit, ByteBuffer out, int rowBytes) {
        return Math.min(limit, out.remaining() / rowBytes);
    }

    private static int advance(ByteBuffer out, int rows, int rowBytes) {
        out.position(out.position() + rows * rowBytes);
        return rows;
    }
}
