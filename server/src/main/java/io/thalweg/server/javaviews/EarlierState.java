package io.thalweg.server.javaviews;

import io.thalweg.index.OpenIndex;
import io.thalweg.index.store.Changes;
import io.thalweg.index.store.MemoryStore;
import io.thalweg.index.store.Overlay;
import io.thalweg.index.store.Reading;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.Position;
import io.thalweg.model.StreamId;
import io.thalweg.model.ThalwegException;
import io.thalweg.view.java.run.StepRecord;
import io.thalweg.view.java.run.StepStore;
import io.thalweg.view.java.run.Streams;
import io.thalweg.view.java.run.Wiring;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * An index as it was some steps ago, made again of the view's steps, in memory: as far as these are kept from the first on. Made for one question,
 * on its thread.
 */
final class EarlierState {
    /** Steps of all partitions together, and bytes of their records, that are read for one question. */
    private static final int STEPS_MAX = 200_000;

    private static final long BYTES_MAX = 32L << 20;
    private static final int STEPS = 256;

    /** States that are in use at one time in this process, whose memory they take: several times the bytes that are read. */
    private static final Semaphore ROOM = new Semaphore(2);

    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final MemoryStore EMPTY = new MemoryStore();

    private final RunningView view;
    private final Overlay cells;
    private int read;
    private long bytes;

    /**
     * Makes a state and uses it; few are in use at a time.
     *
     * @param steps the newest step of each partition that it is to have
     * @param use gets the cells of the state, which are gone when it returns
     * @throws ThalwegException {@code SEQUENCE_GONE} when what is kept does not reach back so far; it names the earliest there is; {@code
     *     TOO_LARGE} when that is too much to read again; {@code OVERLOADED} when others take long
     */
    static <T> T use(RunningView view, OpenIndex<?> index, List<Long> steps, Function<Reading, T> use) {
        try {
            if (!ROOM.tryAcquire(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new ThalwegException(
                        ErrorCode.OVERLOADED, "others read indexes as they were, which takes memory: try again");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ThalwegException(ErrorCode.UNAVAILABLE, "the node stops", e);
        }
        try {
            return use.apply(new EarlierState(view, index, steps).cells);
        } finally {
            ROOM.release();
        }
    }

    private EarlierState(RunningView view, OpenIndex<?> index, List<Long> steps) {
        this.view = view;
        this.cells = new Overlay(EMPTY.latest());
        for (int i = 0; i < steps.size(); i++) {
            replay(index, i, steps.get(i));
        }
    }

    private void replay(OpenIndex<?> index, int partition, long until) {
        String changes = Wiring.changes(partition);
        long at = 0;
        while (at < until) {
            List<Streams.Event> some = view.streams().read(changes, at, (int) Math.min(STEPS, until - at));
            if (some.isEmpty() || some.getFirst().sequence() != at + 1) {
                throw gone(view);
            }
            for (Streams.Event step : some) {
                at = step.sequence();
                read++;
                bytes += step.payload().length;
                if (read > STEPS_MAX || bytes > BYTES_MAX) {
                    throw new ThalwegException(
                            ErrorCode.TOO_LARGE,
                            "the state is of more than " + STEPS_MAX + " steps or " + (BYTES_MAX >> 20)
                                    + " MiB of them");
                }
                Changes its = StepRecord.read(step.payload()).changes();
                index.apply(its, cells);
                view.space().applyPosition(its, partition, cells);
            }
        }
    }

    /** The refusal of a state that is too old. */
    private static ThalwegException gone(RunningView view) {
        List<Long> earliest = earliest(view);
        Instant since = null;
        for (int i = 0; i < earliest.size(); i++) {
            Instant its = view.streams().time(Wiring.changes(i), earliest.get(i));
            since = since == null || (its != null && its.isAfter(since)) ? its : since;
        }
        return new ThalwegException(
                ErrorCode.SEQUENCE_GONE,
                "the state of then is not kept any more; the earliest is that of steps " + earliest
                        + (since == null ? "" : ", at=" + since));
    }

    /** The earliest steps that there is a state of. */
    private static List<Long> earliest(RunningView view) {
        List<Long> earliest = new ArrayList<>();
        for (int i = 0; i < view.partitions().size(); i++) {
            boolean whole = view.streams().first(Wiring.changes(i)) == 1;
            earliest.add(whole ? 0L : view.step(i));
        }
        return earliest;
    }

    // --- which steps

    /** For each partition the newest step that was made before a time. */
    static List<Long> before(RunningView view, Instant time) {
        List<Long> steps = new ArrayList<>();
        for (int i = 0; i < view.partitions().size(); i++) {
            steps.add(Math.min(view.step(i), view.streams().before(Wiring.changes(i), time)));
        }
        requireKept(view, steps);
        return steps;
    }

    /** For each partition the first step that had taken its inputs up to a position. */
    static List<Long> at(RunningView view, Position position) {
        List<Long> steps = new ArrayList<>();
        for (int i = 0; i < view.partitions().size(); i++) {
            long low = view.streams().first(Wiring.changes(i)) - 1;
            long high = view.step(i);
            if (!isAt(view, i, high, position)) {
                throw new ThalwegException(
                        ErrorCode.INVALID_REQUEST, "parameter 'at': the view has not come to this position yet");
            }
            while (low < high) {
                long middle = (low + high) >>> 1;
                if (isAt(view, i, middle, position)) {
                    high = middle;
                } else {
                    low = middle + 1;
                }
            }
            steps.add(high);
        }
        requireKept(view, steps);
        return steps;
    }

    /** A state of before the oldest step that is kept may be any of those before it. */
    private static void requireKept(RunningView view, List<Long> steps) {
        for (int i = 0; i < steps.size(); i++) {
            long first = view.streams().first(Wiring.changes(i));
            if (first > 1 && steps.get(i) < first) {
                throw gone(view);
            }
        }
    }

    private static boolean isAt(RunningView view, int partition, long step, Position position) {
        SortedMap<String, Long> taken = taken(view, partition, step);
        for (StreamId stream : view.followed(partition)) {
            if (taken.getOrDefault(view.name(stream), 0L) < position.of(stream)) {
                return false;
            }
        }
        return true;
    }

    private static SortedMap<String, Long> taken(RunningView view, int partition, long step) {
        Overlay one = new Overlay(EMPTY.latest());
        List<Streams.Event> record =
                step == 0 ? List.of() : view.streams().read(Wiring.changes(partition), step - 1, 1);
        if (!record.isEmpty() && record.getFirst().sequence() == step) {
            Changes changes = StepRecord.read(record.getFirst().payload()).changes();
            view.space().applyPosition(changes, partition, one);
        }
        return StepStore.taken(view.space(), partition, one);
    }
}
