package io.thalweg.ledger.store;

import io.thalweg.ledger.layout.Bytes;
import io.thalweg.ledger.store.block.Section;
import io.thalweg.ledger.store.run.RecordMemory;
import io.thalweg.ledger.store.run.Run;
import io.thalweg.ledger.store.run.RunFormat;
import io.thalweg.ledger.store.schema.Field;
import java.lang.foreign.MemorySegment;

/**
 * The slots of one key of one field: from the runs, then from the chunks in memory, then by looking at the newest records. When
 * the memory of records that it still needs was let go, it goes on with the runs that have them by then.
 */
final class PostingCursor implements Cursor {
    private static final int WINDOW = 512;
    private static final long MOVED = -3;
    private static final long UNKNOWN = -1;

    private final Records records;
    private final RecordMemory memory;
    private final ChunkIndexes chunks;
    private final Field field;
    private final int number;
    private final long low;
    private final long high;
    private final long bound;
    private final MemorySegment scratch = MemorySegment.ofArray(new long[RunFormat.KEY_BYTES / 8]);

    private View view;
    /** The postings of the key in each run: first and end, or {@link #UNKNOWN}. */
    private long[] ranges;

    /** Some postings of one run, as they were read last. */
    private final MemorySegment window = MemorySegment.ofArray(new byte[WINDOW * RunFormat.POSTING_BYTES]);

    private int windowRun = -1;
    private long windowStart;
    private int windowLength;
    private boolean closed;

    PostingCursor(
            Records records,
            RecordMemory memory,
            ChunkIndexes chunks,
            Field field,
            int number,
            long low,
            long high,
            long bound) {
        this.records = records;
        this.memory = memory;
        this.chunks = chunks;
        this.field = field;
        this.number = number;
        this.low = low;
        this.high = high;
        this.bound = bound;
        this.view = records.acquireView();
        this.ranges = ranges(view);
    }

    private static long[] ranges(View view) {
        long[] ranges = new long[2 * view.runs().size()];
        java.util.Arrays.fill(ranges, UNKNOWN);
        return ranges;
    }

    private void refresh() {
        if (closed) {
            throw new IllegalStateException("the cursor of " + field.name() + " is closed");
        }
        if (memory.from() > view.to()) {
            View newer = records.acquireView();
            view.release();
            view = newer;
            ranges = ranges(newer);
            windowRun = -1;
        }
    }

    @Override
    public long ceiling(long slot) {
        long found = MOVED;
        while (found == MOVED) {
            refresh();
            found = ceilingNow(Math.max(0, slot));
        }
        return found;
    }

    private long ceilingNow(long slot) {
        for (int i = 0; i < view.runs().size(); i++) {
            Run run = view.runs().get(i);
            if (run.to() > slot) {
                if (run.from() >= bound) {
                    return NONE;
                }
                long found = runCeiling(i, run, slot);
                if (found >= 0) {
                    return found < bound ? found : NONE;
                }
            }
        }
        long at = Math.max(slot, view.to());
        while (at < bound) {
            long chunk = at / memory.chunkRecords();
            long start = chunk * memory.chunkRecords();
            long end = start + memory.chunkRecords();
            long found;
            if (end <= bound) {
                ChunkIndexes.ChunkIndex index = chunks.get(chunk, number);
                if (index == null) {
                    return MOVED;
                }
                int relative = index.ceiling(low, high, (int) (at - start));
                found = relative < 0 ? NONE : start + relative;
            } else {
                found = scanUp(at, bound);
                if (!memory.holds(at)) {
                    return MOVED;
                }
            }
            if (found >= 0) {
                return found;
            }
            at = end;
        }
        return NONE;
    }

    @Override
    public long floor(long slot) {
        long found = MOVED;
        while (found == MOVED) {
            refresh();
            found = floorNow(Math.min(slot, bound - 1));
        }
        return found;
    }

    private long floorNow(long slot) {
        long at = slot;
        while (at >= view.to() && at >= 0) {
            long chunk = at / memory.chunkRecords();
            long start = chunk * memory.chunkRecords();
            long found;
            if (start + memory.chunkRecords() <= bound) {
                ChunkIndexes.ChunkIndex index = chunks.get(chunk, number);
                if (index == null) {
                    return MOVED;
                }
                int relative = index.floor(low, high, (int) (at - start));
                found = relative < 0 ? NONE : start + relative;
            } else {
                found = scanDown(at, start);
                if (!memory.holds(start)) {
                    return MOVED;
                }
            }
            if (found >= 0) {
                return found;
            }
            at = start - 1;
        }
        for (int i = view.runs().size() - 1; i >= 0; i--) {
            Run run = view.runs().get(i);
            if (run.from() <= at) {
                long found = runFloor(i, run, at);
                if (found >= 0) {
                    return found;
                }
            }
        }
        return NONE;
    }

    private boolean matches(long slot) {
        MemorySegment chunk = memory.sharedChunk(slot);
        long at = records.offset(slot);
        return field.low(chunk, at) == low && field.high(chunk, at) == high && field.holds(chunk, at);
    }

    private long scanUp(long from, long to) {
        for (long at = from; at < to; at++) {
            if (matches(at)) {
                return at;
            }
        }
        return NONE;
    }

    private long scanDown(long from, long to) {
        for (long at = from; at >= to; at--) {
            if (matches(at)) {
                return at;
            }
        }
        return NONE;
    }

    private long runCeiling(int index, Run run, long slot) {
        if (!findKey(index, run)) {
            return NONE;
        }
        long at = search(index, run, Math.max(0, slot - run.from()));
        return at < ranges[2 * index + 1] ? run.from() + posting(index, run, at) : NONE;
    }

    private long runFloor(int index, Run run, long slot) {
        if (!findKey(index, run)) {
            return NONE;
        }
        long at = search(index, run, slot - run.from() + 1) - 1;
        return at >= ranges[2 * index] ? run.from() + posting(index, run, at) : NONE;
    }

    private boolean findKey(int index, Run run) {
        if (ranges[2 * index] == UNKNOWN) {
            Section keys = run.section(RunFormat.keys(number));
            long at = run.lowerBound(keys, low, high, scratch);
            long first = 0;
            long end = 0;
            if (at < keys.count()) {
                run.readEntry(keys, at, scratch);
                if (scratch.get(Bytes.U64, 0) == low && scratch.get(Bytes.U64, 8) == high) {
                    end = scratch.get(Bytes.U64, 16);
                    if (at > 0) {
                        run.readEntry(keys, at - 1, scratch);
                        first = scratch.get(Bytes.U64, 16);
                    }
                }
            }
            ranges[2 * index] = first;
            ranges[2 * index + 1] = end;
        }
        return ranges[2 * index] < ranges[2 * index + 1];
    }

    /** The number of the first posting of the key that is not before {@code slot}, which is relative. */
    private long search(int index, Run run, long slot) {
        long first = ranges[2 * index];
        long last = ranges[2 * index + 1];
        if (windowRun == index) {
            long end = windowStart + windowLength;
            if (slot <= inWindow(0)) {
                // Most often it is not far.
                last = windowStart;
                if (last - WINDOW > first && read(run, last - WINDOW) < slot) {
                    first = last - WINDOW;
                }
            } else if (slot > inWindow(windowLength - 1)) {
                first = end;
                if (end + WINDOW < last && read(run, end + WINDOW - 1) >= slot) {
                    last = end + WINDOW;
                }
            } else {
                return searchWindow(slot);
            }
        }
        while (last - first > WINDOW) {
            long middle = (first + last) >>> 1;
            if (read(run, middle) < slot) {
                first = middle + 1;
            } else {
                last = middle;
            }
        }
        if (first == last) {
            return first;
        }
        load(index, run, first, (int) (last - first));
        return searchWindow(slot);
    }

    private long searchWindow(long slot) {
        int from = 0;
        int to = windowLength;
        while (from < to) {
            int middle = (from + to) >>> 1;
            if (inWindow(middle) < slot) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        return windowStart + from;
    }

    private long inWindow(int at) {
        return Integer.toUnsignedLong(window.get(Bytes.U32, (long) at * RunFormat.POSTING_BYTES));
    }

    private long posting(int index, Run run, long at) {
        if (windowRun != index || at < windowStart || at >= windowStart + windowLength) {
            long first = Math.max(ranges[2 * index], at - WINDOW / 2);
            load(index, run, first, (int) Math.min(WINDOW, ranges[2 * index + 1] - first));
        }
        return inWindow((int) (at - windowStart));
    }

    private void load(int index, Run run, long first, int length) {
        run.readEntries(run.section(RunFormat.postings(number)), first, window, length);
        windowRun = index;
        windowStart = first;
        windowLength = length;
    }

    private long read(Run run, long at) {
        run.readEntry(run.section(RunFormat.postings(number)), at, scratch);
        return Integer.toUnsignedLong(scratch.get(Bytes.U32, 0));
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            view.release();
        }
    }
}
