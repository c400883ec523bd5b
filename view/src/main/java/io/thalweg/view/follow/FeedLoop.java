package io.thalweg.view.follow;

import io.thalweg.index.store.StoreException;
import io.thalweg.log.EventBatch;
import io.thalweg.model.ThalwegException;
import io.thalweg.ports.clock.Clock;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.view.ViewInstance;
import io.thalweg.view.ViewTrap;
import io.thalweg.view.schedule.CallGuard;
import io.thalweg.view.state.IndexKeeper;
import io.thalweg.view.state.StateKeeper;
import org.jspecify.annotations.Nullable;

/**
 * The hot loop of a follower: hands the events of a batch to the code, one after the other. Nothing in it allocates, takes a lock
 * or, but rarely, looks at the clock. One per follower; the results of a run stand in the fields until the next.
 */
final class FeedLoop {
    /** Most events between two looks at the clock. */
    private static final int CLOCK_EVERY_MAX = 512;

    /** Why a run ended. */
    enum End {
        /** The batch is used up. */
        BATCH,
        /** The cursor stands on the event that the caller wants to decide about itself. */
        SPECIAL,
        /** The cursor stands on the first event behind a place at which the state is to be looked at. */
        PLACE,
        /** The code returned an error for the event under the cursor. */
        REFUSED,
        /** The code trapped at the event under the cursor. */
        TRAPPED,
        /** As many events or bytes as wanted, or so much uncommitted as allowed. */
        BOUND,
        /** Time is over. */
        TIME
    }

    /** The reader broke its promise: nothing that follows could be trusted. */
    static final class BrokenOrder extends RuntimeException {
        BrokenOrder(long last, long next) {
            super("the log's reader gave sequence " + next + " after " + last);
        }
    }

    private final Clock clock;
    private final long sliceNs;
    private int clockEvery = 1;
    private long position;
    private long events;
    private long bytes;
    private @Nullable String error;
    private @Nullable Throwable trap;

    FeedLoop(Clock clock, long sliceNs) {
        this.clock = clock;
        this.sliceNs = sliceNs;
    }

    /** The last sequence processed. */
    long position() {
        return position;
    }

    /** How many events were processed. */
    long events() {
        return events;
    }

    /** Bytes of their payloads. */
    long bytes() {
        return bytes;
    }

    /** After {@link End#REFUSED}: what the code said. */
    String error() {
        return String.valueOf(error);
    }

    /** After {@link End#TRAPPED}. */
    Throwable trap() {
        return trap == null ? new ViewTrap("unknown") : trap;
    }

    /**
     * Processes events behind {@code from}. Faults of the machine are thrown; then, too, the results tell how far it came.
     *
     * @param special a sequence at which to stop
     * @param places where to stop because the state is to be looked at
     * @param eventsMax events after which to stop
     * @param bytesMax payload bytes after which to stop
     * @param deadlineNs by the clock's monotonic time; overshot by about an eighth of a slice, or by one call
     */
    End run(
            EventBatch batch,
            ViewInstance instance,
            StateKeeper keeper,
            CallGuard guard,
            long from,
            long special,
            Digests places,
            long eventsMax,
            long bytesMax,
            long deadlineNs) {
        boolean indexed = keeper instanceof IndexKeeper;
        long at = from;
        long size = 0;
        int untilClock = clockEvery;
        long looked = clock.monotonicNs();
        error = null;
        trap = null;
        try {
            while (batch.next()) {
                long sequence = batch.sequence();
                if (sequence != at + 1) {
                    throw new BrokenOrder(at, sequence);
                }
                if (sequence == special) {
                    return End.SPECIAL;
                }
                if (batch.timestampNs() >= places.nextNs() && places.reached(batch.timestampNs())) {
                    return End.PLACE;
                }
                guard.step();
                error = instance.append(batch);
                if (error != null) {
                    return End.REFUSED;
                }
                at = sequence;
                size += batch.payloadLength();
                if (indexed) {
                    keeper.eventDone();
                    if (keeper.wantsCommit(false)) {
                        return End.BOUND;
                    }
                }
                if (at - from >= eventsMax || size >= bytesMax) {
                    return End.BOUND;
                }
                if (--untilClock == 0) {
                    long now = clock.monotonicNs();
                    if (now >= deadlineNs) {
                        return End.TIME;
                    }
                    clockEvery = now - looked < sliceNs / 8
                            ? Math.min(CLOCK_EVERY_MAX, 2 * clockEvery)
                            : Math.max(1, clockEvery / 2);
                    looked = now;
                    untilClock = clockEvery;
                }
            }
            return End.BATCH;
        } catch (StoreException | CorruptionException | ThalwegException | BrokenOrder e) {
            throw e;
        } catch (RuntimeException | Error e) {
            trap = e;
            return End.TRAPPED;
        } finally {
            position = at;
            events = at - from;
            bytes = size;
        }
    }
}
