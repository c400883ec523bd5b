package io.thalweg.ledger.query;

import io.thalweg.ledger.layout.Bytes;
import io.thalweg.ledger.layout.TransferLayout;
import io.thalweg.ledger.store.Cursor;
import io.thalweg.ledger.store.Records;
import io.thalweg.ledger.store.schema.Schema;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.HashSet;
import java.util.Set;

/**
 * What had become of pending transfers at a point. The engine's table tells what has become of them by now, or will have once
 * what is being booked is published. It never says that a transfer is pending which was not at the point. What else it says
 * counts only if the transfer or the expiry that did it lies before the point: {@link Resolutions} tells for points of late, an
 * index for the distant past. One thread.
 */
final class PendingStates {
    private final Records transfers;
    private final Records expiries;
    private final PendingTable status;
    private final Point point;
    private final MemorySegment id = MemorySegment.ofArray(new byte[16]);

    private final Resolutions recent;

    /** Transfers that were resolved after the point, as far as the ring was read. */
    private final Set<Long> pendingAgain = new HashSet<>();

    private long read;
    private boolean covered;

    PendingStates(Records transfers, Records expiries, PendingTable status, Point point) {
        this.transfers = transfers;
        this.expiries = expiries;
        this.status = status;
        this.point = point;
        recent = status.recent();
        read = recent.start();
        covered = recent.covers(point);
    }

    /** The state of a transfer that was booked as pending before the point. */
    PendingState of(long slot) {
        PendingState now = ofNumber(status.of(slot), slot);
        if (now == PendingState.PENDING) {
            return now;
        }
        VarHandle.loadLoadFence();
        if (readRecent()) {
            return pendingAgain.contains(slot) ? PendingState.PENDING : now;
        }
        boolean before =
                now == PendingState.EXPIRED ? expiry(slot) != Cursor.NONE : resolvedBefore(slot, point.transfers());
        return before ? now : PendingState.PENDING;
    }

    /** Reads the ring to its end; false once it has lost something that happened after the point. */
    private boolean readRecent() {
        for (long end = recent.end(); covered && read < end; read++) {
            Long pending = recent.pending(read);
            boolean after = recent.after(read, point);
            covered = recent.held(read);
            // A chain that was rolled back may be there before what resolved the transfer in the end: the last entry
            // counts.
            if (after) {
                pendingAgain.add(pending);
            } else if (!pendingAgain.isEmpty()) {
                pendingAgain.remove(pending);
            }
        }
        return covered;
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
