package io.thalweg.index.path;

import io.thalweg.index.store.MeteredReading;
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
    /** Of who reads by paths of his own: no bounds, and nothing is counted. Any thread. */
    public static final ReadBudget NONE = new ReadBudget();

    static final int PAUSE_UNITS = 1_024;

    /** What a place or a key that is gathered takes beside its value. */
    private static final int GATHERED_BYTES = 128;

    private final long maxBytes;
    private final @Nullable Runnable pause;
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

    private ReadBudget() {
        this.maxBytes = Long.MAX_VALUE;
        this.pause = null;
    }

    /** Cells that are read for it. */
    public Reading over(Reading cells) {
        return pause == null ? cells : new MeteredReading(cells, meter(pause));
    }

    /** A navigator: what was read for the one before is not held any more, unless it was gathered. */
    void step() {
        if (pause != null) { // written to by each navigator of a handler, what all share would be a hot line
            inOneGo = 0;
            unit(pause);
        }
    }

    /** Something is kept until the reading ends, with all that was read to make it. */
    void gather() {
        if (pause == null) {
            return;
        }
        gathered += GATHERED_BYTES + inOneGo;
        inOneGo = 0;
        requireRoom();
    }

    /** Begins or ends to count what is there, without holding it. */
    void count(boolean begins) {
        if (pause != null) {
            counting = begins;
        }
    }

    private void unit(Runnable pause) {
        units++;
        if (units % PAUSE_UNITS == 0) {
            pause.run();
        }
    }

    private MeteredReading.Meter meter(Runnable pause) {
        return new MeteredReading.Meter() {
            @Override
            public void read(int bytes) {
                unit(pause);
                holds(bytes);
            }

            @Override
            public void key(int bytes) {
                holds(bytes);
            }
        };
    }

    private void holds(int bytes) {
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
                            + " bytes at once, in what it gathers or in one value: let it lead to smaller parts");
        }
    }
}
