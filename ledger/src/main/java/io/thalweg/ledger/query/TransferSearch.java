package io.thalweg.ledger.query;

import io.thalweg.ledger.layout.Bytes;
import io.thalweg.ledger.layout.TransferLayout;
import io.thalweg.ledger.layout.U128;
import io.thalweg.ledger.store.Cursor;
import io.thalweg.ledger.store.Records;
import io.thalweg.ledger.store.schema.Field;
import io.thalweg.ledger.store.schema.Schema;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Finds what a {@link TransferQuery} asks for: the indexes say where to look, what they round is checked in the record. */
final class TransferSearch implements AutoCloseable {
    /** Records that are read together. */
    static final int WINDOW = 256;

    /** Keys of a field that are searched at a time: each has a cursor, with a window of its own. */
    private static final int KEYS_MAX = 4_096;

    private final Records transfers;
    private final TransferQuery query;
    private final PendingStates states;
    private final Scan scan;

    TransferSearch(Records transfers, PendingStates states, Point point, TransferQuery query) {
        this.transfers = transfers;
        this.states = states;
        this.query = query;
        long from = query.times.from(transfers, point.transfers());
        long to = query.times.to(transfers, point.transfers());
        scan = new Scan(from < to ? cursors(to) : List.of(), from, to, query.direction);
    }

    /**
     * Copies the next rows, in order.
     *
     * @return how many, fewer than {@code rows} only when there are no more
     */
    int copy(MemorySegment target, int rows) {
        int copied = 0;
        long[] slots = new long[Math.min(WINDOW, rows)];
        while (copied < rows) {
            int found = next(slots, rows - copied);
            if (found == 0) {
                break;
            }
            for (int i = 0; i < found; i++) {
                long at = (long) copied * TransferLayout.BYTES;
                transfers.read(slots[i], 0, TransferLayout.BYTES, target, at);
                if (!query.amounts || amountFits(target, at)) {
                    copied++;
                }
            }
        }
        return copied;
    }

    /**
     * The next slots of those that the indexes give, whose records have been read together. What an index rounds is not looked at.
     *
     * @return how many, at most {@code most}; 0 only when there are no more
     */
    int next(long[] slots, int most) {
        int found = 0;
        while (found < Math.min(most, slots.length)) {
            long slot = scan.next();
            if (slot == Cursor.NONE) {
                break;
            }
            if (query.state == null || states.of(slot) == query.state) {
                slots[found++] = slot;
            }
        }
        transfers.prepare(slots, found);
        return found;
    }

    private boolean amountFits(MemorySegment record, long at) {
        long low = record.get(Bytes.U64, at + TransferLayout.AMOUNT);
        long high = record.get(Bytes.U64, at + TransferLayout.AMOUNT + 8);
        return U128.compare(low, high, query.amountMinLow, query.amountMinHigh) >= 0
                && U128.compare(low, high, query.amountMaxLow, query.amountMaxHigh) <= 0;
    }

    /** One cursor for each thing asked for, those first that tend to have the fewest slots. */
    private List<Cursor> cursors(long bound) {
        boolean pending = query.state != null;
        long[] ledgers = pending && query.sides == null && query.ledger == 0
                ? transfers.keys(Schema.PENDING_LEDGER, 0, 0xFFFF_FFFFL, bound)
                : new long[0];
        if (ledgers.length > KEYS_MAX) {
            throw new IllegalArgumentException(
                    "transfers were pending in " + ledgers.length + " ledger numbers; at most " + KEYS_MAX
                            + " are searched at a time: ask for a ledger or an account");
        }
        List<Cursor> all = new ArrayList<>();
        if (query.sides != null) {
            all.add(account(query.sides, pending, bound));
        }
        if (query.userData128Low != 0 || query.userData128High != 0) {
            all.add(transfers.postings(Schema.USER_DATA_128, query.userData128High, query.userData128Low, bound));
        }
        if (query.userData64 != 0) {
            all.add(transfers.postings(Schema.USER_DATA_64, 0, query.userData64, bound));
        }
        if (query.userData32 != 0) {
            all.add(transfers.postings(Schema.USER_DATA_32, 0, Integer.toUnsignedLong(query.userData32), bound));
        }
        if (query.code != 0) {
            all.add(transfers.postings(Schema.CODE, 0, query.code, bound));
        }
        if (query.amounts) {
            all.add(between(
                    Schema.AMOUNT,
                    Field.bucket(query.amountMinLow, query.amountMinHigh),
                    Field.bucket(query.amountMaxLow, query.amountMaxHigh),
                    bound));
        }
        if (pending && query.sides == null) {
            all.add(
                    query.ledger == 0
                            ? any(Schema.PENDING_LEDGER, ledgers, bound)
                            : transfers.postings(
                                    Schema.PENDING_LEDGER, 0, Integer.toUnsignedLong(query.ledger), bound));
        } else if (query.ledger != 0) {
            all.add(transfers.postings(Schema.LEDGER, 0, Integer.toUnsignedLong(query.ledger), bound));
        }
        return all;
    }

    private Cursor account(Sides sides, boolean pending, long bound) {
        List<Cursor> either = new ArrayList<>(2);
        if (sides.debits()) {
            Field field = pending ? Schema.PENDING_DEBIT_ACCOUNT : Schema.DEBIT_ACCOUNT;
            either.add(transfers.postings(field, query.accountHigh, query.accountLow, bound));
        }
        if (sides.credits()) {
            Field field = pending ? Schema.PENDING_CREDIT_ACCOUNT : Schema.CREDIT_ACCOUNT;
            either.add(transfers.postings(field, query.accountHigh, query.accountLow, bound));
        }
        return Union.of(either);
    }

    private Cursor between(Field field, long min, long max, long bound) {
        return any(field, transfers.keys(field, min, max, bound), bound);
    }

    private Cursor any(Field field, long[] keys, long bound) {
        List<Cursor> any = new ArrayList<>();
        for (long key : keys) {
            any.add(transfers.postings(field, 0, key, bound));
        }
        return Union.of(any);
    }

    @Override
    public void close() {
        scan.close();
    }
}
