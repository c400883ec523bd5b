package io.thalweg.ledger.query;

import io.thalweg.ledger.TransferLayout;
import io.thalweg.ledger.store.Cursor;
import io.thalweg.ledger.store.Records;
import io.thalweg.ledger.store.Schema;
import java.lang.foreign.MemorySegment;

/**
 * What had become of pending transfers at a point. The engine's table tells what has become of them by now, or will have once
 * what is being booked is published. It never says that a transfer is pending which was not at the point; what else it
 * says counts only if the transfer or the expiry that did it lies before the point. One thread.
 */
final class PendingStates {
    private final Records transfers;
    private final Records expiries;
    private final PendingTable status;
    private final Point point;
    private final MemorySegment id = MemorySegment.ofArray(new byte[16]);

    PendingStates(Records transfers, Records expiries, PendingTable status, Point point) {
        this.transfers = transfers;
        this.expiries = expiries;
        this.status = status;
        this.point = point;
    }

    /** The state of a transfer that was booked as pending before the point. */
    PendingState of(long slot) {
        PendingState now = ofNumber(status.of(slot), slot);
        boolean known = switch (now) {
            case PENDING -> true;
            case POSTED, VOIDED -> resolvedBefore(slot, point.transfers());
            case EXPIRED -> expiry(slot) != Cursor.NONE;
        };
        return known ? now : PendingState.PENDING;
    }

    /** Whether one of the first {@code bound} transfers posted or voided this one. */
    boolean resolvedBefore(long slot, long bound) {
        transfers.read(slot, TransferLayout.ID, 16, id, 0);
        try (Cursor resolvers =
                transfers.postings(Schema.PENDING_ID, id.get(Bytes.U64, 8), id.get(Bytes.U64, 0), bound)) {
            return resolvers.ceiling(slot + 1) != Cursor.NONE;
        }
    }

    /** The slot of the expiry of a transfer before the point, or {@link Cursor#NONE}. */
    long expiry(long slot) {
        try (Cursor expired = expiries.postings(Schema.PENDING_SLOT, 0, slot, point.expiries())) {
            return expired.ceiling(0);
        }
    }

    private static PendingState ofNumber(int number, long slot) {
        return switch (number) {
            case 0 -> PendingState.PENDING;
            case 1 -> PendingState.POSTED;
            case 2 -> PendingState.VOIDED;
            case 3 -> PendingState.EXPIRED;
            default -> throw new IllegalStateException("transfer " + slot + " has the unknown state " + number);
        };
    }
}
