package io.thalweg.raft;

import io.thalweg.shard.Replica.Position;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * How much of a group's log stays although a snapshot covers it: what was applied last, up to a bound, so that a member that was away for a
 * moment goes on with entries and needs no copy; and what a member needs that has just got one. One thread, but for {@link #gave}.
 */
final class LogTail {
    /** In so many pieces what is kept is counted. */
    private static final int PIECES = 16;

    /** What an entry counts beside its body: few large ones are bounded by the disk, many small ones by what Ratis keeps of each in memory. */
    static final int ENTRY_BYTES = 2 << 10;

    /** How long it stays behind what another member's copy covers. */
    private static final long GIVEN_NS = TimeUnit.MINUTES.toNanos(1);

    private final LongSupplier keptBytes;
    private final Deque<Given> given = new ArrayDeque<>();
    private final Deque<Mark> marks = new ArrayDeque<>();
    private long bytes;

    /** @param bytes applied in all, up to this entry */
    private record Mark(Position position, long bytes) {}

    private record Given(Position covers, long atNs) {}

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

    /** Another member has a copy, or soon will, and goes on with the log behind it: that stays until it has had time to. Any thread. */
    void gave(Position covers, long nowNs) {
        synchronized (given) {
            given.addLast(new Given(covers, nowNs));
        }
    }

    /** No more than this, and no more than what others need who have a copy. */
    Position atMost(Position most, long nowNs) {
        synchronized (given) {
            given.removeIf(each -> nowNs - each.atNs >= GIVEN_NS);
            return given.stream()
                    .map(Given::covers)
                    .filter(covers -> covers.index() < most.index())
                    .min(Comparator.comparingLong(Position::index))
                    .orElse(most);
        }
    }

    /** The newest entry behind which there is as much as is to be kept; {@link Position#NONE} as long as there is none. */
    Position floor() {
        Mark oldest = marks.peekFirst();
        return oldest == null || bytes - oldest.bytes < keptBytes.getAsLong() ? Position.NONE : oldest.position;
    }
}
