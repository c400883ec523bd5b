package io.thalweg.ledger;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.MalformedException;

/**
 * When pending transfers expire. For each second in which any does, memory holds only how many; which ones they are is asked of
 * the book's index when that second comes. Apply thread only.
 */
final class Expiries {
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    /** Finds what expires in a second. */
    interface Finder {
        /** Slots of the unresolved transfers that expire within the second, ordered by (time of expiry, slot). */
        long[] unresolved(long second);

        /** When the transfer in a slot expires, in nanoseconds since 1970. */
        long expiresAt(long slot);

        boolean isUnresolved(long slot);
    }

    private final Finder finder;
    private final SecondCounts counts = new SecondCounts();

    /** The slots of the first second, found once; the second is -1 when they are not known. */
    private long dueSecond = -1;

    private long[] due = {};
    private int nextDue;

    Expiries(Finder finder) {
        this.finder = finder;
    }

    /** The instant at which a pending transfer expires; negative if that is after the end of time. */
    static long expiresAt(long timestamp, int timeoutSeconds) {
        return timestamp + Integer.toUnsignedLong(timeoutSeconds) * NANOS_PER_SECOND;
    }

    static long second(long expiresAt) {
        return expiresAt / NANOS_PER_SECOND;
    }

    /** One more transfer expires in this second, or one less. */
    void count(long second, int change) {
        counts.add(second, change);
        if (change > 0 && second == dueSecond) {
            dueSecond = -1;
        }
    }

    /** Nothing expires before this instant; {@code Long.MAX_VALUE} when nothing does at all. */
    long next() {
        if (counts.isEmpty()) {
            return Long.MAX_VALUE;
        }
        long first = counts.first();
        if (first != dueSecond) {
            return first * NANOS_PER_SECOND;
        }
        skipResolved();
        return finder.expiresAt(due[nextDue]);
    }

    /** The slot that expires first, if it does by {@code timestamp}; -1 otherwise. It stays until its count is taken. */
    long dueBy(long timestamp) {
        if (counts.isEmpty() || counts.first() > second(timestamp)) {
            return -1;
        }
        if (counts.first() != dueSecond) {
            dueSecond = counts.first();
            due = finder.unresolved(dueSecond);
            nextDue = 0;
        }
        skipResolved();
        return finder.expiresAt(due[nextDue]) <= timestamp ? due[nextDue] : -1;
    }

    /** The count says that there is one, so the search ends. */
    private void skipResolved() {
        while (!finder.isUnresolved(due[nextDue])) {
            nextDue++;
        }
    }

    void save(BinaryWriter out) {
        out.i32(counts.size());
        counts.forEach((second, count) -> out.i64(second).i64(count));
    }

    void load(BinaryReader in) {
        for (int left = in.count(16); left > 0; left--) {
            long second = in.i64();
            long count = in.i64();
            if (count < 1 || counts.get(second) != 0) {
                throw new MalformedException("second " + second + " has " + count + " expiries, or is there twice");
            }
            counts.add(second, count);
        }
    }
}
