package io.thalweg.ledger.query;

import io.thalweg.ledger.layout.AccountBalanceLayout;
import io.thalweg.ledger.layout.AccountLayout;
import io.thalweg.ledger.layout.Bytes;
import io.thalweg.ledger.layout.EventLayout;
import io.thalweg.ledger.layout.TransferLayout;
import io.thalweg.ledger.store.Cursor;
import io.thalweg.ledger.store.Records;
import io.thalweg.ledger.store.schema.Field;
import io.thalweg.ledger.store.schema.Schema;
import java.lang.foreign.MemorySegment;

/** An account's balances after one of its transfers or expiries, and whether it was closed then. One thread. */
final class BalanceHistory {
    private final Records transfers;
    private final Records expiries;
    private final long accountLow;
    private final long accountHigh;
    private final MemorySegment event = MemorySegment.ofArray(new byte[EventLayout.BYTES]);

    BalanceHistory(Records transfers, Records expiries, long accountLow, long accountHigh) {
        this.transfers = transfers;
        this.expiries = expiries;
        this.accountLow = accountLow;
        this.accountHigh = accountHigh;
    }

    /** Writes the row of the account after a transfer of its own. */
    void afterTransfer(long slot, MemorySegment target, long at) {
        transfers.read(slot, 0, EventLayout.BYTES, event, 0);
        write(target, at);
    }

    /**
     * Writes the row of the account at a point: after the last event of it that was committed by then. Before its first one all
     * is zero, as of the account's own timestamp.
     */
    void at(Point point, MemorySegment account, MemorySegment target) {
        long transfer = last(transfers, point.transfers());
        long expiry = last(expiries, point.expiries());
        if (transfer == Cursor.NONE && expiry == Cursor.NONE) {
            target.asSlice(0, AccountBalanceLayout.BYTES).fill((byte) 0);
            target.set(Bytes.U64, AccountBalanceLayout.TIMESTAMP, account.get(Bytes.U64, AccountLayout.TIMESTAMP));
        } else if (expiry == Cursor.NONE) {
            afterTransfer(transfer, target, 0);
        } else {
            expiries.read(expiry, 0, EventLayout.BYTES, event, 0);
            if (transfer < event.get(Bytes.U64, EventLayout.EXPIRY_TRANSFERS)) {
                write(target, 0);
            } else {
                afterTransfer(transfer, target, 0);
            }
        }
    }

    /**
     * Whether a transfer had closed the account at a point: the last that did so decides, since all after it needed an open account, unless it is void
     * by then, or expired.
     */
    boolean closed(Point point, PendingStates states) {
        long closing = Math.max(
                last(Schema.CLOSING_DEBIT_ACCOUNT, point.transfers()),
                last(Schema.CLOSING_CREDIT_ACCOUNT, point.transfers()));
        return closing != Cursor.NONE
                && !states.resolvedBefore(closing, point.transfers())
                && states.expiry(closing) == Cursor.NONE;
    }

    private long last(Field field, long bound) {
        try (Cursor cursor = transfers.postings(field, accountHigh, accountLow, bound)) {
            return cursor.floor(bound - 1);
        }
    }

    private long last(Records records, long bound) {
        try (Cursor debits = records.postings(Schema.DEBIT_ACCOUNT, accountHigh, accountLow, bound);
                Cursor credits = records.postings(Schema.CREDIT_ACCOUNT, accountHigh, accountLow, bound)) {
            return Math.max(debits.floor(bound - 1), credits.floor(bound - 1));
        }
    }

    private void write(MemorySegment target, long at) {
        boolean debited = event.get(Bytes.U64, TransferLayout.DEBIT_ACCOUNT_ID) == accountLow
                && event.get(Bytes.U64, TransferLayout.DEBIT_ACCOUNT_ID + 8) == accountHigh;
        int balances = debited ? EventLayout.DEBIT_ACCOUNT_BALANCES : EventLayout.CREDIT_ACCOUNT_BALANCES;
        target.asSlice(at, AccountBalanceLayout.BYTES).fill((byte) 0);
        MemorySegment.copy(
                event, balances, target, at + AccountBalanceLayout.DEBITS_PENDING, EventLayout.BALANCES_BYTES);
        target.set(Bytes.U64, at + AccountBalanceLayout.TIMESTAMP, event.get(Bytes.U64, TransferLayout.TIMESTAMP));
    }
}
