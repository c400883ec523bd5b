package io.thalweg.testkit;

import io.thalweg.ledger.Ledger;
import io.thalweg.ledger.layout.ChangeEventLayout;
import io.thalweg.ledger.model.LedgerWorkload;
import io.thalweg.ledger.query.LedgerQueries;
import io.thalweg.ledger.query.Point;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;

/**
 * The independent model of a ledger in which whoever leads has transfers expire, unasked: before it answers something it does the pulses
 * whose expiries stand before that in the ledger. Each must be one that the model has to do by then, and what becomes of a pending transfer
 * becomes of it once. One thread.
 */
final class FollowedLedger {
    private static final int ROWS = 64;

    private record Id(long high, long low) {}

    private final LedgerWorkload workload;

    /** What became of pending transfers. */
    private final Map<Id, Integer> resolved = new HashMap<>();

    /** Events of the ledger that were met, in the order in which they were committed. */
    private long met;

    private long expiries;

    FollowedLedger(LedgerWorkload workload) {
        this.workload = workload;
    }

    /** Transfers that expired. */
    long expiries() {
        return expiries;
    }

    /** What the model answers to a request that the ledger has executed. */
    ByteBuffer answer(LedgerWorkload.Write write, long timestamp, LedgerQueries ledger) {
        follow(ledger, timestamp);
        return workload.answer(write, timestamp);
    }

    /** Whether something has to expire by a time. */
    boolean isDue(long byNs) {
        return workload.nextExpiry() <= byNs;
    }

    /** Does what a replica has expired up to a time. All requests that it has executed by then must have been answered. */
    void follow(LedgerQueries ledger, long untilNs) {
        Point now = ledger.now();
        ByteBuffer rows = ByteBuffer.allocate(ROWS * ChangeEventLayout.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        int left = 0; // of the pulse in hand
        long tick = 0;
        for (int found = ROWS; found == ROWS; ) {
            found = ledger.tail(now, met + 1, ROWS, rows.clear());
            for (int row = 0; row < found; row++) {
                int at = row * ChangeEventLayout.BYTES;
                boolean expires = rows.get(at + ChangeEventLayout.TYPE) == ChangeEventLayout.TYPE_EXPIRED;
                long timestamp = rows.getLong(at + ChangeEventLayout.TIMESTAMP);
                if (expires && timestamp > untilNs) {
                    return;
                }
                if (expires && left == 0) {
                    tick = timestamp;
                    left = workload.expire(timestamp + Ledger.EXPIRIES_MAX - 1);
                }
                if (left > 0 != expires || (expires && timestamp != tick)) {
                    throw new AssertionError("event " + (met + 1) + " of the ledger is " + (expires ? "an" : "no")
                            + " expiry at " + timestamp + ", but the model has " + left + " to do at " + tick);
                }
                if (expires) {
                    left--;
                    tick++;
                    expiries++;
                }
                resolve(rows, at);
                met++;
            }
        }
        if (left > 0) {
            throw new AssertionError("the model has " + left + " more to expire at " + tick + " than the ledger did");
        }
    }

    private void resolve(ByteBuffer rows, int at) {
        int type = rows.get(at + ChangeEventLayout.TYPE);
        int field = switch (type) {
            case ChangeEventLayout.TYPE_EXPIRED -> ChangeEventLayout.TRANSFER_ID;
            case ChangeEventLayout.TYPE_POSTED, ChangeEventLayout.TYPE_VOIDED -> ChangeEventLayout.PENDING_ID;
            default -> -1;
        };
        if (field >= 0) {
            Id pending = new Id(rows.getLong(at + field + Long.BYTES), rows.getLong(at + field));
            Integer before = resolved.putIfAbsent(pending, type);
            if (before != null) {
                throw new AssertionError("pending transfer " + pending + " ended as " + before
                        + " (a type of change event) and again as " + type);
            }
        }
    }
}
