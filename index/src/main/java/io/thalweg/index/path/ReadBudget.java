package io.thalweg.index.path;

import io.thalweg.index.store.Cursor;
import io.thalweg.index.store.Reading;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import org.jspecify.annotations.Nullable;

/**
 * What one reading by a path that a stranger wrote may cost. Its pause is called each {@value #PAUSE_UNITS} navigators and cells, and ends the reading by
 * throwing: a short path may have more ways than there is time, and may walk over a whole index to find nothing. What it holds at once is bounded by
 * bytes: what it gathers ({@code subselect}, {@code collect}), and what it reads to make one value. Counting a range holds nothing.
 *
 * <p>For one reading, on one thread.
 */
public final class ReadBudget {
    /** Of who reads by paths of his own: no bounds. */
    public static final ReadBudget NONE = new ReadBudget(Long.MAX_VALUE, () -> {});

    static final int PAUSE_UNITS = 1_024;

    /** What a place or a key that is gathered takes beside its value. */
    private static final int GATHERED_BYTES = 128;

    private final long maxBytes;
    private final Runnable pause;
    private int units;
    private long gathered;
    private long inOneGo;
    private boolean counting;

    /**
     * @param maxBytes that are held at once
     * @param pause called by the reading thread every now and then; what it throws ends the reading
     */
    public ReadBudget(long maxBytes, Runnable pause) {
        this.maxBytes = maxBytes;
        this.pause = pause;
    }

    /** Cells that are read for it. */
    public Reading over(Reading cells) {
        return new Counted(cells, this);
    }

    /** A navigator: what was read for the one before is not held any more, unless it was gathered. */
    void step() {
        inOneGo = 0;
        unit();
    }

    /** Something is kept until the reading ends, with all that was read to make it. */
    void gather() {
        gathered += GATHERED_BYTES + inOneGo;
        inOneGo = 0;
        requireRoom();
    }

    /** Begins or ends to count what is there, without holding it. */
    void count(boolean begins) {
        counting = begins;
    }

    private void unit() {
        units++;
        if (units % PAUSE_UNITS == 0) {
            pause.run();
        }
    }

    private void cell(int bytes) {
        unit();
        if (!counting) {
            inOneGo += bytes;
            requireRoom();
        }
    }

    private void requireRoom() {
        if (gathered + inOneGo > maxBytes) {
            throw new ThalwegException(
                    ErrorCode.TOO_LARGE,
                    "the path holds more than " + maxBytes
                            + " bytes at once, in what it gathers or in one value: let it" + " lead to smaller parts");
        }
    }

    private record Counted(Reading cells, ReadBudget budget) implements Reading {
        @Override
        public byte @Nullable [] get(byte[] key) {
            byte[] value = cells.get(key);
            budget.cell(value == null ? 0 : value.length);
            return value;
        }

        @Override
        public boolean has(byte[] key) {
            budget.cell(0);
            return cells.has(key);
        }

        @Override
        public Cursor cursor(byte[] from, byte[] to, boolean reverse) {
            budget.cell(0);
            return new CountedCursor(cells.cursor(from, to, reverse), budget);
        }
    }

    private record CountedCursor(Cursor cursor, ReadBudget budget) implements Cursor {
        @Override
        public boolean valid() {
            return cursor.valid();
        }

        @Override
        public byte[] key() {
            return cursor.key();
        }

        @Override
        public byte[] value() {
            byte[] value = cursor.value();
            budget.cell(value.length);
            return value;
        }

        @Override
        public void next() {
            budget.cell(cursor.key().length);
            cursor.next();
        }

        @Override
        public void seek(byte[] key) {
            budget.cell(0);
            cursor.seek(key);
        }

        @Override
        public void close() {
            cursor.close();
        }
    }
}
