package io.thalweg.shard.stream;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.MalformedException;
import java.util.Arrays;

/**
 * Milestones of one stream: at a few sequences, how many bytes and which time lay before. They answer how many bytes a trim
 * lets go of, and where to trim for an age or a size, without touching the index on disk, whose shape differs between
 * replicas. At most {@value #MARKS_MAX} milestones: when they are full, every other one goes and the distance doubles, so a
 * stream of any size costs 3 KiB and the error is below 1/60 of what is kept; up to 128 appends it is exact between requests.
 *
 * <p>Immutable, so that any thread may read what the apply thread published.
 */
final class StreamMarks {
    static final int MARKS_MAX = 128;
    private static final int FIELDS = 3;
    private static final int SEQUENCE = 0;
    private static final int BYTES = 1;
    private static final int TIMESTAMP = 2;

    static final StreamMarks NONE = new StreamMarks(new long[0], 0);

    /** Triples of sequence, bytes appended before it, and time of the event; ascending. */
    private final long[] marks;

    /** A new mark is set when this many bytes lie behind the newest. */
    private final long distanceBytes;

    private StreamMarks(long[] marks, long distanceBytes) {
        this.marks = marks;
        this.distanceBytes = distanceBytes;
    }

    private int size() {
        return marks.length / FIELDS;
    }

    private long at(int mark, int field) {
        return marks[mark * FIELDS + field];
    }

    /** These marks and perhaps one more, for an append that starts at {@code sequence}. */
    StreamMarks with(long sequence, long bytesBefore, long timestampNs) {
        int size = size();
        if (size > 0 && bytesBefore - at(size - 1, BYTES) < distanceBytes) {
            return this;
        }
        if (size == MARKS_MAX) {
            return thinned().with(sequence, bytesBefore, timestampNs);
        }
        long[] more = Arrays.copyOf(marks, marks.length + FIELDS);
        more[marks.length + SEQUENCE] = sequence;
        more[marks.length + BYTES] = bytesBefore;
        more[marks.length + TIMESTAMP] = timestampNs;
        return new StreamMarks(more, distanceBytes);
    }

    private StreamMarks thinned() {
        int size = size();
        long[] half = new long[size / 2 * FIELDS];
        for (int mark = 0; mark < size / 2; mark++) {
            System.arraycopy(marks, 2 * mark * FIELDS, half, mark * FIELDS, FIELDS);
        }
        long span = at(size - 1, BYTES) - at(0, BYTES);
        return new StreamMarks(half, Math.max(distanceBytes, span / (MARKS_MAX / 2)));
    }

    /** These marks without those that lie wholly before {@code first}. */
    StreamMarks from(long first) {
        int keep = 0;
        while (keep + 1 < size() && at(keep + 1, SEQUENCE) <= first) {
            keep++;
        }
        return keep == 0
                ? this
                : new StreamMarks(Arrays.copyOfRange(marks, keep * FIELDS, marks.length), distanceBytes);
    }

    /** Bytes of all records before {@code sequence}; interpolated between marks. */
    long bytesBefore(long sequence, long head, long appendedBytes) {
        if (sequence > head) {
            return appendedBytes;
        }
        int mark = size() - 1;
        while (mark > 0 && at(mark, SEQUENCE) > sequence) {
            mark--;
        }
        if (mark < 0) {
            return 0;
        }
        boolean newest = mark == size() - 1;
        long fromSequence = at(mark, SEQUENCE);
        long fromBytes = at(mark, BYTES);
        long toSequence = newest ? head + 1 : at(mark + 1, SEQUENCE);
        long toBytes = newest ? appendedBytes : at(mark + 1, BYTES);
        double share = (double) (sequence - fromSequence) / (toSequence - fromSequence);
        return fromBytes + (long) ((toBytes - fromBytes) * share);
    }

    /**
     * The first sequence to keep so that about {@code bytesMax} stay and what is surely older than {@code oldestNs} goes;
     * {@code first} when nothing needs to go.
     */
    long keepFrom(StreamStats stats, long bytesMax, long oldestNs) {
        if (stats.head() < stats.first()) {
            return stats.first();
        }
        if (stats.lastAppendNs() < oldestNs) {
            return stats.head() + 1;
        }
        long keep = stats.first();
        for (int mark = 0; mark < size(); mark++) {
            boolean beforeIsOld = at(mark, TIMESTAMP) <= oldestNs;
            boolean beforeIsTooMuch = mark > 0 && stats.appendedBytes() - at(mark - 1, BYTES) > bytesMax;
            if (beforeIsOld || beforeIsTooMuch) {
                keep = Math.max(keep, at(mark, SEQUENCE));
            }
        }
        return keep;
    }

    void save(BinaryWriter out) {
        out.i64(distanceBytes).i32(size());
        for (long value : marks) {
            out.i64(value);
        }
    }

    static StreamMarks load(BinaryReader in) {
        long distanceBytes = in.i64();
        int size = in.count(FIELDS * Long.BYTES);
        if (size > MARKS_MAX) {
            throw new MalformedException(size + " marks, expected at most " + MARKS_MAX);
        }
        long[] marks = new long[size * FIELDS];
        for (int i = 0; i < marks.length; i++) {
            marks[i] = in.i64();
            if (i >= FIELDS && marks[i] < marks[i - FIELDS]) {
                throw new MalformedException("marks of a stream are not in order");
            }
        }
        return new StreamMarks(marks, distanceBytes);
    }
}
