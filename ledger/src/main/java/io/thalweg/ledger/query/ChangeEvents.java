package io.thalweg.ledger.query;

import io.thalweg.ledger.layout.AccountLayout;
import io.thalweg.ledger.layout.Bytes;
import io.thalweg.ledger.layout.ChangeEventLayout;
import io.thalweg.ledger.layout.EventLayout;
import io.thalweg.ledger.layout.TransferLayout;
import io.thalweg.ledger.store.Cursor;
import io.thalweg.ledger.store.Records;
import io.thalweg.ledger.store.schema.Field;
import io.thalweg.ledger.store.schema.Schema;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Writes transfers and expiries up to a point as change events, in order of their timestamps or of their commits. The two are
 * the same unless transfers are imported: those carry timestamps of the past, perhaps older than that of an expiry which was
 * committed before them. One thread.
 */
final class ChangeEvents {
    private final Records transfers;
    private final Records expiries;
    private final AccountTable accounts;
    private final PendingStates states;
    private final Point point;
    private final MemorySegment event = MemorySegment.ofArray(new byte[EventLayout.BYTES]);
    private final MemorySegment account = MemorySegment.ofArray(new byte[AccountLayout.BYTES]);
    private final MemorySegment number = MemorySegment.ofArray(new byte[8]);

    ChangeEvents(Records transfers, Records expiries, AccountTable accounts, PendingStates states, Point point) {
        this.transfers = transfers;
        this.expiries = expiries;
        this.accounts = accounts;
        this.states = states;
        this.point = point;
    }

    /** Writes the events of a range of time, oldest first; returns how many. */
    int byTimestamp(TimeRange times, MemorySegment target, int rows) {
        long transfer = times.from(transfers, point.transfers());
        long transferEnd = times.to(transfers, point.transfers());
        long expiry = times.from(expiries, point.expiries());
        long expiryEnd = times.to(expiries, point.expiries());
        int row = 0;
        for (; row < rows && (transfer < transferEnd || expiry < expiryEnd); row++) {
            boolean expiryNext = transfer >= transferEnd
                    || (expiry < expiryEnd
                            && number(expiries, expiry, TransferLayout.TIMESTAMP)
                                    < number(transfers, transfer, TransferLayout.TIMESTAMP));
            if (expiryNext) {
                writeExpiry(expiry++, target, (long) row * ChangeEventLayout.BYTES);
            } else {
                writeTransfer(transfer++, target, (long) row * ChangeEventLayout.BYTES);
            }
        }
        return row;
    }

    /** Writes the events after the first {@code skipped} ones in order of commit; returns how many. */
    int byCommit(long skipped, MemorySegment target, int rows) {
        long expiry = expiriesAmong(skipped);
        long transfer = skipped - expiry;
        int row = 0;
        for (; row < rows && (transfer < point.transfers() || expiry < point.expiries()); row++) {
            boolean expiryNext = transfer >= point.transfers()
                    || (expiry < point.expiries()
                            && number(expiries, expiry, EventLayout.EXPIRY_TRANSFERS) <= transfer);
            if (expiryNext) {
                writeExpiry(expiry++, target, (long) row * ChangeEventLayout.BYTES);
            } else {
                writeTransfer(transfer++, target, (long) row * ChangeEventLayout.BYTES);
            }
        }
        return row;
    }

    /** How many of the first {@code events} events are expiries: those with fewer events before them. */
    private long expiriesAmong(long events) {
        long low = 0;
        long high = Math.min(events, point.expiries());
        while (low < high) {
            long middle = (low + high) >>> 1;
            if (middle + number(expiries, middle, EventLayout.EXPIRY_TRANSFERS) < events) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private void writeTransfer(long slot, MemorySegment target, long at) {
        transfers.read(slot, 0, EventLayout.BYTES, event, 0);
        int flags = Bytes.u16(event, TransferLayout.FLAGS);
        int type = (flags & TransferLayout.FLAG_PENDING) != 0
                ? ChangeEventLayout.TYPE_PENDING
                : (flags & TransferLayout.FLAG_POST_PENDING) != 0
                        ? ChangeEventLayout.TYPE_POSTED
                        : (flags & TransferLayout.FLAG_VOID_PENDING) != 0
                                ? ChangeEventLayout.TYPE_VOIDED
                                : ChangeEventLayout.TYPE_SINGLE;
        write(type, slot, target, at);
        MemorySegment.copy(event, TransferLayout.PENDING_ID, target, at + ChangeEventLayout.PENDING_ID, 16);
        target.set(
                Bytes.U64, at + ChangeEventLayout.TRANSFER_TIMESTAMP, event.get(Bytes.U64, TransferLayout.TIMESTAMP));
    }

    private void writeExpiry(long slot, MemorySegment target, long at) {
        expiries.read(slot, 0, EventLayout.BYTES, event, 0);
        write(ChangeEventLayout.TYPE_EXPIRED, slot, target, at);
        long pending = event.get(Bytes.U64, EventLayout.EXPIRY_PENDING_SLOT);
        target.set(
                Bytes.U64,
                at + ChangeEventLayout.TRANSFER_TIMESTAMP,
                number(transfers, pending, TransferLayout.TIMESTAMP));
    }

    private void write(int type, long slot, MemorySegment target, long at) {
        target.asSlice(at, ChangeEventLayout.BYTES).fill((byte) 0);
        MemorySegment.copy(event, TransferLayout.ID, target, at + ChangeEventLayout.TRANSFER_ID, 16);
        MemorySegment.copy(event, TransferLayout.AMOUNT, target, at + ChangeEventLayout.AMOUNT, 16);
        // user_data_128, user_data_64, user_data_32 and timeout lie side by side in both.
        MemorySegment.copy(event, TransferLayout.USER_DATA_128, target, at + ChangeEventLayout.USER_DATA_128, 32);
        target.set(Bytes.U16, at + ChangeEventLayout.CODE, event.get(Bytes.U16, TransferLayout.CODE));
        target.set(Bytes.U16, at + ChangeEventLayout.FLAGS, event.get(Bytes.U16, TransferLayout.FLAGS));
        target.set(Bytes.U32, at + ChangeEventLayout.LEDGER, event.get(Bytes.U32, TransferLayout.LEDGER));
        target.set(ValueLayout.JAVA_BYTE, at + ChangeEventLayout.TYPE, (byte) type);
        target.set(Bytes.U64, at + ChangeEventLayout.TIMESTAMP, event.get(Bytes.U64, TransferLayout.TIMESTAMP));
        writeAccount(
                TransferLayout.DEBIT_ACCOUNT_ID,
                EventLayout.DEBIT_ACCOUNT_BALANCES,
                closed(type, slot, TransferLayout.FLAG_CLOSING_DEBIT, TransferLayout.DEBIT_ACCOUNT_ID),
                target,
                at + ChangeEventLayout.DEBIT_ACCOUNT,
                at + ChangeEventLayout.DEBIT_ACCOUNT_TIMESTAMP);
        writeAccount(
                TransferLayout.CREDIT_ACCOUNT_ID,
                EventLayout.CREDIT_ACCOUNT_BALANCES,
                closed(type, slot, TransferLayout.FLAG_CLOSING_CREDIT, TransferLayout.CREDIT_ACCOUNT_ID),
                target,
                at + ChangeEventLayout.CREDIT_ACCOUNT,
                at + ChangeEventLayout.CREDIT_ACCOUNT_TIMESTAMP);
    }

    private void writeAccount(
            int idOffset, int balancesOffset, boolean closed, MemorySegment target, long at, long timestampAt) {
        long low = event.get(Bytes.U64, idOffset);
        long high = event.get(Bytes.U64, idOffset + 8);
        long ordinal = accounts.ordinalOf(low, high);
        if (ordinal < 0) {
            throw new IllegalStateException("account " + Long.toHexString(high) + ":" + Long.toHexString(low)
                    + " of a booked transfer is missing");
        }
        accounts.copy(ordinal, account, 0);
        MemorySegment.copy(event, idOffset, target, at + ChangeEventLayout.ACCOUNT_ID, 16);
        MemorySegment.copy(
                event, balancesOffset, target, at + ChangeEventLayout.ACCOUNT_BALANCES, EventLayout.BALANCES_BYTES);
        // user_data_128, user_data_64 and user_data_32 lie side by side in both.
        MemorySegment.copy(
                account, AccountLayout.USER_DATA_128, target, at + ChangeEventLayout.ACCOUNT_USER_DATA_128, 28);
        target.set(Bytes.U16, at + ChangeEventLayout.ACCOUNT_CODE, account.get(Bytes.U16, AccountLayout.CODE));
        int flags = Bytes.u16(account, AccountLayout.FLAGS) & ~AccountLayout.FLAG_CLOSED;
        target.set(Bytes.U16, at + ChangeEventLayout.ACCOUNT_FLAGS, (short)
                (closed ? flags | AccountLayout.FLAG_CLOSED : flags));
        target.set(Bytes.U64, timestampAt, account.get(Bytes.U64, AccountLayout.TIMESTAMP));
    }

    /**
     * Whether the event left the account closed. Single, pending and posting transfers need an open account, so that only
     * what they do themselves counts. Voids and expiries pass closed accounts: there the last transfer that closed it decides,
     * unless it is void by then, or expired.
     */
    private boolean closed(int type, long slot, int closingFlag, int idOffset) {
        if (type != ChangeEventLayout.TYPE_VOIDED && type != ChangeEventLayout.TYPE_EXPIRED) {
            return (Bytes.u16(event, TransferLayout.FLAGS) & closingFlag) != 0;
        }
        long booked =
                type == ChangeEventLayout.TYPE_EXPIRED ? event.get(Bytes.U64, EventLayout.EXPIRY_TRANSFERS) : slot + 1;
        long low = event.get(Bytes.U64, idOffset);
        long high = event.get(Bytes.U64, idOffset + 8);
        long closing = Math.max(
                last(Schema.CLOSING_DEBIT_ACCOUNT, low, high, booked),
                last(Schema.CLOSING_CREDIT_ACCOUNT, low, high, booked));
        if (closing == Cursor.NONE || states.resolvedBefore(closing, booked)) {
            return false;
        }
        long expiry = states.expiry(closing);
        if (expiry == Cursor.NONE) {
            return true;
        }
        return type == ChangeEventLayout.TYPE_EXPIRED
                ? expiry > slot
                : number(expiries, expiry, EventLayout.EXPIRY_TRANSFERS) > slot;
    }

    private long last(Field field, long low, long high, long bound) {
        try (Cursor cursor = transfers.postings(field, high, low, bound)) {
            return cursor.floor(bound - 1);
        }
    }

    private long number(Records records, long slot, int offset) {
        records.read(slot, offset, 8, number, 0);
        return number.get(Bytes.U64, 0);
    }
}
