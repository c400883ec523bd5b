package io.thalweg.ledger;

import io.thalweg.ledger.layout.AccountLayout;
import io.thalweg.ledger.layout.Bytes;
import io.thalweg.ledger.layout.EventLayout;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * What a chain of linked events changed in place, newest last, so that a broken chain leaves no trace. Outside of a chain nothing
 * is noted. What is appended needs no note: it is cut off. Apply thread only.
 */
final class Undo {
    private static final int BALANCES = EventLayout.BALANCES_BYTES / 8;

    // What a note is about: its last number.
    private static final int ACCOUNT = 0;
    private static final int STATUS = 1;
    private static final int EXPIRY = 2;

    private static final int NOTE_LONGS_MAX = BALANCES + 3;

    private final Accounts accounts;
    private final PendingStatus status;
    private final Expiries expiries;
    private long[] notes = new long[1024];
    private int size;
    private boolean open;

    Undo(Accounts accounts, PendingStatus status, Expiries expiries) {
        this.accounts = accounts;
        this.status = status;
        this.expiries = expiries;
    }

    void begin() {
        open = true;
        size = 0;
    }

    /** The chain has succeeded: what it did stays. */
    void commit() {
        open = false;
        size = 0;
    }

    /** Notes an account's balances and flags before they change. */
    void account(int ordinal) {
        if (!open) {
            return;
        }
        room();
        MemorySegment memory = accounts.memory(ordinal);
        long offset = Accounts.offset(ordinal);
        for (int i = 0; i < BALANCES; i++) {
            notes[size++] = Bytes.u64(memory, offset + AccountLayout.DEBITS_PENDING + 8L * i);
        }
        notes[size++] = Bytes.u16(memory, offset + AccountLayout.FLAGS);
        end(ordinal, ACCOUNT);
    }

    /** Notes a pending transfer's status before it changes. */
    void status(long slot) {
        if (open) {
            room();
            notes[size++] = status.of(slot);
            end(slot, STATUS);
        }
    }

    /** Notes that the transfers which expire in a second became more ({@code change} 1) or less (-1). */
    void expiry(long second, int change) {
        if (open) {
            room();
            notes[size++] = change;
            end(second, EXPIRY);
        }
    }

    private void room() {
        if (size + NOTE_LONGS_MAX > notes.length) {
            notes = Arrays.copyOf(notes, 2 * notes.length);
        }
    }

    private void end(long what, int kind) {
        notes[size++] = what;
        notes[size++] = kind;
    }

    /** Takes everything since {@link #begin} back, newest first. */
    void rollback() {
        while (size > 0) {
            int kind = (int) notes[--size];
            long what = notes[--size];
            switch (kind) {
                case ACCOUNT -> {
                    int ordinal = (int) what;
                    MemorySegment memory = accounts.memory(ordinal);
                    long offset = Accounts.offset(ordinal);
                    Bytes.u16(memory, offset + AccountLayout.FLAGS, (int) notes[--size]);
                    for (int i = BALANCES - 1; i >= 0; i--) {
                        Bytes.u64(memory, offset + AccountLayout.DEBITS_PENDING + 8L * i, notes[--size]);
                    }
                }
                case STATUS -> status.set(what, (int) notes[--size]);
                default -> expiries.count(what, -(int) notes[--size]);
            }
        }
        open = false;
    }
}
