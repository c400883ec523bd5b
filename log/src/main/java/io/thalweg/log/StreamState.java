package io.thalweg.log;

import io.thalweg.model.StreamId;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** One stream as readers and the apply thread see it. */
final class StreamState {
    /** First kept sequence of a stream that keeps nothing: it was deleted, or the snapshot does not know it. */
    static final long NOTHING = Long.MAX_VALUE;

    final StreamId id;
    final Waiters waiters = new Waiters();

    /** The newest sequence that readers may see. */
    volatile long head;

    /** The oldest sequence that is kept. */
    volatile long first = 1;

    /** The oldest sequence that any snapshot which may still be loaded keeps; what is before it may be deleted from disk. */
    volatile long firstConfirmed = 1;

    private volatile Part[] parts = {};

    // Of the apply thread:
    long added;

    @Nullable
    Part tail;

    @Nullable
    ExtentList tailExtents;

    int tailFlushed;

    StreamState(StreamId id) {
        this.id = id;
    }

    /** Where the stream's events are, oldest first; not to be changed. */
    @SuppressWarnings("ReturnsArray")
    Part[] parts() {
        return parts;
    }

    /** The part that holds {@code sequence}; null when none does. */
    @Nullable
    Part part(long sequence) {
        Part[] all = parts;
        int low = 0;
        int high = all.length - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (all[middle].firstSequence > sequence) {
                high = middle - 1;
            } else if (all[middle].lastSequence < sequence) {
                low = middle + 1;
            } else {
                return all[middle];
            }
        }
        return null;
    }

    synchronized void add(Part part) {
        Part[] more = Arrays.copyOf(parts, parts.length + 1);
        more[parts.length] = part;
        parts = more;
    }

    /** Puts {@code by} in the place of {@code part}, or nothing. */
    synchronized void replace(Part part, @Nullable Part by) {
        Part[] old = parts;
        for (int i = 0; i < old.length; i++) {
            if (old[i].equals(part)) {
                Part[] changed = by == null ? new Part[old.length - 1] : old.clone();
                if (by == null) {
                    System.arraycopy(old, 0, changed, 0, i);
                    System.arraycopy(old, i + 1, changed, i, old.length - i - 1);
                } else {
                    changed[i] = by;
                }
                parts = changed;
                return;
            }
        }
    }

    boolean isDeleted() {
        return first == NOTHING;
    }
}
