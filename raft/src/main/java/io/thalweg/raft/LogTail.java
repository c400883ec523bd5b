package io.thalweg.raft;

import io.thalweg.shard.Replica.Position;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.LongSupplier;

/**
 * How much of a group's log stays although a snapshot covers it: what was applied last, up to a bound, so that a member that was away for a
 * moment goes on with entries and needs no copy. One thread.
 */
final class LogTail {
    /** In so many pieces what is kept is counted. */
    private static final int PIECES = 16;

    /** What an entry counts beside its body: few large ones are bounded by the disk, many small ones by what Ratis keeps of each in memory. */
    static final int ENTRY_BYTES = 2 << 10;

    private final LongSupplier keptBytes;
    private final Deque<Mark> marks = new ArrayDeque<>();
    private long bytes;

    /** @param bytes applied in all, up to this entry */
    private record Mark(Position position, long bytes) {}

    /** @param keptBytes of entries, of which the last piece may be more; it may be another each time */
    LogTail(LongSupplier keptBytes) {
        this.keptBytes = keptBytes;
    }

    /** An entry whose body has so many bytes was applied. */
    void applied(long index, long term, int bodyBytes) {
        long kept = keptBytes.getAsLong();
        bytes += ENTRY_BYTES + bodyBytes;
        Mark newest = marks.peekLast();
        if (newest == null || bytes - newest.bytes >= kept / PIECES) {
            marks.addLast(new Mark(new Position(index, term), bytes));
        }
        while (marks.size() > 1) {
            Mark oldest = marks.removeFirst();
            if (bytes - marks.getFirst().bytes < kept) {
                marks.addFirst(oldest);
                break;
            }
        }
    }

    /** Everything that comes is new: what is in the log is of before a copy. */
    void clear() {
        marks.clear();
        bytes = 0;
    }

    /** The newest entry behind which there is as much as is to be kept; {@link Position#NONE} as long as there is none. */
    Position floor() {
        Mark oldest = marks.peekFirst();
        return oldest == null || bytes - oldest.bytes < keptBytes.getAsLong() ? Position.NONE : oldest.position;
    }
}
