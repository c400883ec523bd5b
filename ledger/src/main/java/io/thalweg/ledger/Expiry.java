package io.thalweg.ledger;

import io.thalweg.ledger.layout.AccountLayout;
import io.thalweg.ledger.layout.Bytes;
import io.thalweg.ledger.layout.EventLayout;
import io.thalweg.ledger.layout.TransferLayout;
import io.thalweg.ledger.store.Cursor;
import io.thalweg.ledger.store.Records;
import io.thalweg.ledger.store.schema.Schema;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Expires pending transfers, in order of their time, and finds those that a second brings. Apply thread only. */
final class Expiry implements Expiries.Finder {
    /** As many as one pulse expires, and as many ticks as it takes. */
    static final int EVENTS_MAX = 8190;

    private final Accounts accounts;
    private final Records transfers;
    private final Records events;
    private final PendingStatus status;
    private final Expiries expiries = new Expiries(this);
    private final RecordView pending;

    /** @param events where expiries are booked, in the form of {@link EventLayout} */
    Expiry(Accounts accounts, Records transfers, Records events, PendingStatus status) {
        this.accounts = accounts;
        this.transfers = transfers;
        this.events = events;
        this.status = status;
        pending = new RecordView(transfers);
    }

    Expiries expiries() {
        return expiries;
    }

    /** Expires what is due; the first gets the tick {@code timestamp - EVENTS_MAX + 1}, each next one more. */
    int run(long timestamp) {
        int done = 0;
        for (long slot = expiries.dueBy(timestamp); slot >= 0 && done < EVENTS_MAX; slot = expiries.dueBy(timestamp)) {
            expire(slot, timestamp - EVENTS_MAX + 1 + done);
            done++;
        }
        return done;
    }

    private void expire(long slot, long tick) {
        pending.stand(slot);
        MemorySegment p = pending.memory();
        long pAt = pending.offset();
        int debit = account(p, pAt + TransferLayout.DEBIT_ACCOUNT_ID);
        int credit = account(p, pAt + TransferLayout.CREDIT_ACCOUNT_ID);
        MemorySegment dr = accounts.memory(debit);
        long drAt = Accounts.offset(debit);
        MemorySegment cr = accounts.memory(credit);
        long crAt = Accounts.offset(credit);
        long low = Bytes.u64(p, pAt + TransferLayout.AMOUNT);
        long high = Bytes.u64(p, pAt + TransferLayout.AMOUNT + 8);
        Balances.subtract(dr, drAt + AccountLayout.DEBITS_PENDING, low, high);
        Balances.subtract(cr, crAt + AccountLayout.CREDITS_PENDING, low, high);
        Balances.reopen(Bytes.u16(p, pAt + TransferLayout.FLAGS), dr, drAt, cr, crAt);
        accounts.changed(debit);
        accounts.changed(credit);
        status.resolve(slot, PendingStatus.EXPIRED, events.count());
        expiries.count(Expiries.second(expiresAt(p, pAt)), -1);

        long event = events.append();
        MemorySegment record = events.memory(event);
        long to = events.offset(event);
        MemorySegment.copy(p, pAt, record, to, TransferLayout.BYTES);
        Bytes.u128(record, to + TransferLayout.PENDING_ID, slot, transfers.count());
        Bytes.u64(record, to + TransferLayout.TIMESTAMP, tick);
        Balances.note(record, to, dr, drAt, cr, crAt);
        events.appended(event);
    }

    private int account(MemorySegment p, long at) {
        return accounts.find(Bytes.u64(p, at), Bytes.u64(p, at + 8));
    }

    private static long expiresAt(MemorySegment p, long at) {
        return Expiries.expiresAt(
                Bytes.u64(p, at + TransferLayout.TIMESTAMP), Bytes.u32(p, at + TransferLayout.TIMEOUT));
    }

    @Override
    public long expiresAt(long slot) {
        pending.stand(slot);
        return expiresAt(pending.memory(), pending.offset());
    }

    @Override
    public boolean isUnresolved(long slot) {
        return status.of(slot) == PendingStatus.NONE;
    }

    @Override
    public long[] unresolved(long second) {
        transfers.publish();
        long[] slots = new long[1024];
        int count = 0;
        try (Cursor cursor = transfers.postings(Schema.EXPIRES, 0, second, transfers.count())) {
            for (long slot = cursor.ceiling(0); slot != Cursor.NONE; slot = cursor.ceiling(slot + 1)) {
                if (isUnresolved(slot)) {
                    if (count == slots.length) {
                        slots = Arrays.copyOf(slots, 2 * count);
                    }
                    slots[count++] = slot;
                }
            }
        }
        return byTime(slots, count);
    }

    /** By (time of expiry, slot): the time's place in its second and the place in {@code slots} fit in one long. */
    private long[] byTime(long[] slots, int count) {
        long[] keys = new long[count];
        for (int i = 0; i < count; i++) {
            keys[i] = ((expiresAt(slots[i]) % 1_000_000_000L) << 32) | i;
        }
        Arrays.sort(keys);
        long[] sorted = new long[count];
        for (int i = 0; i < count; i++) {
            sorted[i] = slots[(int) keys[i]];
        }
        return sorted;
    }
}
