package io.thalweg.server.javaviews;

import io.thalweg.index.store.Changes;
import io.thalweg.index.store.MemoryStore;
import io.thalweg.index.store.Overlay;
import io.thalweg.index.store.Reading;
import io.thalweg.index.store.RocksStore;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.Position;
import io.thalweg.model.StreamId;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.javaviews.store.Scratch;
import io.thalweg.view.java.query.Moment;
import io.thalweg.view.java.run.StepRecord;
import io.thalweg.view.java.run.StepStore;
import io.thalweg.view.java.run.Streams;
import io.thalweg.view.java.run.Wiring;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.IntStream;

/**
 * A view's cells as they were some steps ago: those of the nearest checkpoint before, with the steps behind it; or of the steps alone, where these are
 * kept from the first on. Made for one question, in a place of {@link EarlierRoom}; to be closed.
 */
public final class EarlierState implements Moment {
    /** Steps of all partitions together, and bytes of their records, that are applied for one question. */
    private static final int STEPS_MAX = 200_000;

    private static final long BYTES_MAX = 1L << 30;
    private static final int STEPS = 256;

    /** So many steps from the first on are sooner applied than a checkpoint is opened. */
    private static final long FEW_STEPS = 1_000;

    private static final EarlierRoom ROOM = new EarlierRoom(Duration.ofSeconds(5), System::nanoTime);
    private static final MemoryStore EMPTY = new MemoryStore();

    /** In the place of a step: the state may have whichever steps of the partition there are. */
    public static final long ANY = -1;

    private final RunningView view;
    private final long untilNs;
    private final EarlierRoom.Place place;
    private final Scratch scratch;
    private int read;
    private long bytes;

    /**
     * Makes a state; few are in use at a time.
     *
     * @param steps the newest step of each partition that it is to have; {@link #ANY} where nobody looks
     * @param untilNs by when, by {@link System#nanoTime}
     * @throws ThalwegException {@code SEQUENCE_GONE} when what is kept does not reach back so far; it names the earliest there is; {@code
     *     TOO_LARGE} when that is too much to apply again; {@code OVERLOADED} when others take long; {@code DEADLINE_EXCEEDED}
     */
    public static EarlierState of(RunningView view, List<Long> steps, long untilNs) {
        EarlierRoom.Place place = ROOM.enter(view.tenant(), untilNs);
        EarlierState made = null;
        try {
            made = new EarlierState(view, steps, untilNs, place);
            return made;
        } finally {
            if (made == null) {
                place.close();
            }
        }
    }

    private EarlierState(RunningView view, List<Long> steps, long untilNs, EarlierRoom.Place place) {
        this.view = view;
        this.untilNs = untilNs;
        this.place = place;
        List<Long> from = nearest(view, steps);
        Path folder = view.past().resolve(UUID.randomUUID().toString());
        RocksStore begun = null;
        if (from.stream().anyMatch(step -> step > 0)) {
            begun = view.checkpoints().branch(view.id(), from, folder);
            if (begun == null) {
                throw gone(view, steps);
            }
        }
        scratch = new Scratch(folder, begun);
        boolean whole = false;
        try {
            for (int i = 0; i < steps.size(); i++) {
                replay(i, from.get(i), steps);
            }
            whole = true;
        } finally {
            if (!whole) {
                scratch.close();
            }
        }
    }

    private void replay(int partition, long from, List<Long> wanted) {
        String changes = Wiring.changes(partition);
        long until = wanted.get(partition);
        long at = from;
        while (at < until) {
            List<Streams.Event> some = view.streams().read(changes, at, (int) Math.min(STEPS, until - at));
            if (some.isEmpty() || some.getFirst().sequence() != at + 1) {
                throw gone(view, wanted);
            }
            if (System.nanoTime() - untilNs >= 0) {
                throw new ThalwegException(
                        ErrorCode.DEADLINE_EXCEEDED, "the state of then could not be made again in time");
            }
            for (Streams.Event step : some) {
                at = step.sequence();
                read++;
                bytes += step.payload().length;
                if (read > STEPS_MAX || bytes > BYTES_MAX) {
                    throw new ThalwegException(
                            ErrorCode.TOO_LARGE,
                            "the state is of more than " + STEPS_MAX + " steps or " + (BYTES_MAX >> 20)
                                    + " MiB of them behind what there is a checkpoint of");
                }
                scratch.apply(StepRecord.read(step.payload()).changes());
            }
        }
    }

    /** The cells of all partitions. */
    Reading cells() {
        return scratch.cells();
    }

    @Override
    public Reading partition(int number) {
        return scratch.cells();
    }

    @Override
    public void close() {
        try {
            scratch.close();
        } finally {
            place.close();
        }
    }

    // --- where to begin

    /** The newest steps that a state can be made from: of a checkpoint, or none. */
    private static List<Long> nearest(RunningView view, List<Long> wanted) {
        List<Long> none = Collections.nCopies(wanted.size(), 0L);
        boolean fromNothing = leads(view, none, wanted);
        if (fromNothing && sum(wanted) <= FEW_STEPS) {
            return none;
        }
        List<List<Long>> kept = view.checkpoints().steps(view.id(), wanted.size());
        for (List<Long> checkpoint : kept.reversed()) {
            if (leads(view, checkpoint, wanted)) {
                return checkpoint;
            }
        }
        if (fromNothing) {
            return none;
        }
        throw gone(view, wanted);
    }

    private static long sum(List<Long> steps) {
        return steps.stream().mapToLong(step -> Math.max(0, step)).sum();
    }

    /** Whether the steps are there that lead from one state to another. */
    private static boolean leads(RunningView view, List<Long> from, List<Long> to) {
        for (int i = 0; i < to.size(); i++) {
            if (to.get(i) == ANY) {
                continue;
            }
            boolean kept = to.get(i).equals(from.get(i)) || view.streams().first(Wiring.changes(i)) <= from.get(i) + 1;
            if (from.get(i) > to.get(i) || !kept) {
                return false;
            }
        }
        return true;
    }

    /**
     * The refusal of a state that is too old.
     *
     * @param wanted {@link #ANY} for partitions that do not matter
     */
    private static ThalwegException gone(RunningView view, List<Long> wanted) {
        List<Long> earliest = earliest(view, wanted);
        Instant since = null;
        for (int i = 0; i < earliest.size(); i++) {
            Instant its = earliest.get(i) < 1 ? null : view.streams().time(Wiring.changes(i), earliest.get(i));
            since = since == null || (its != null && its.isAfter(since)) ? its : since;
        }
        return new ThalwegException(
                ErrorCode.SEQUENCE_GONE,
                "the state of then is not kept any more; the earliest "
                        + (since == null ? "there is" : "is at=" + since.plusNanos(1)) + ", that of steps "
                        + earliest.stream()
                                .map(step -> step == ANY ? "any" : step.toString())
                                .toList());
    }

    /** The earliest steps that there is a state of. */
    private static List<Long> earliest(RunningView view, List<Long> wanted) {
        List<Long> now = new ArrayList<>();
        for (int i = 0; i < wanted.size(); i++) {
            now.add(wanted.get(i) == ANY ? ANY : view.step(i));
        }
        List<Long> none = now.stream().map(step -> step == ANY ? ANY : 0L).toList();
        if (leads(view, none, now)) {
            return IntStream.range(0, now.size())
                    .mapToObj(i -> now.get(i) == ANY ? ANY : (Long) view.since(i))
                    .toList();
        }
        for (List<Long> checkpoint : view.checkpoints().steps(view.id(), now.size())) {
            if (leads(view, checkpoint, now)) {
                return IntStream.range(0, now.size())
                        .mapToObj(i -> now.get(i) == ANY ? ANY : (Long) Math.max(checkpoint.get(i), first(view, i)))
                        .toList();
            }
        }
        return now;
    }

    /** The oldest step of a partition that is kept, and was made when its state answered: before it took over it was on its way. */
    private static long first(RunningView view, int partition) {
        return Math.max(view.streams().first(Wiring.changes(partition)), view.since(partition));
    }

    // --- which steps

    /**
     * For each partition the newest step that was made before a time; {@link #ANY} for those that do not matter.
     *
     * @param partitions those that do
     */
    static List<Long> before(RunningView view, Instant time, Set<Integer> partitions) {
        List<Long> steps = new ArrayList<>();
        for (int i = 0; i < view.partitions().size(); i++) {
            steps.add(
                    partitions.contains(i)
                            ? (Long) Math.min(view.step(i), view.streams().before(Wiring.changes(i), time))
                            : (Long) ANY);
        }
        for (int i : partitions) {
            // A state of before the oldest step that is kept may be any of those before it.
            if (first(view, i) > 1 && steps.get(i) < first(view, i)) {
                throw gone(view, steps);
            }
        }
        return steps;
    }

    /**
     * For each partition the first step that had taken its inputs up to a position; {@link #ANY} for those that do not matter. A partition of whose inputs
     * the position says nothing is as it was when the others came to theirs.
     */
    static List<Long> at(RunningView view, Position position, Set<Integer> partitions) {
        List<Long> steps = new ArrayList<>(Collections.nCopies(view.partitions().size(), ANY));
        Set<Integer> silent = new TreeSet<>(partitions);
        Instant latest = null;
        for (int i : partitions) {
            if (view.followed().streams(i).stream().noneMatch(stream -> position.of(stream) > 0)) {
                continue;
            }
            silent.remove(i);
            steps.set(i, firstAt(view, i, position));
            // Whether the step before the oldest that is kept had them, too, nobody knows any more.
            if (first(view, i) > 1 && steps.get(i) <= first(view, i)) {
                throw gone(view, steps);
            }
            Instant its = view.streams().time(Wiring.changes(i), steps.get(i));
            latest = latest == null || (its != null && its.isAfter(latest)) ? its : latest;
        }
        if (latest != null) {
            List<Long> then = before(view, latest.plusNanos(1), silent);
            silent.forEach(i -> steps.set(i, then.get(i)));
        } else {
            silent.forEach(i -> steps.set(i, 0L));
        }
        return steps;
    }

    private static long firstAt(RunningView view, int partition, Position position) {
        long low = first(view, partition) - 1;
        long high = view.step(partition);
        if (!isAt(view, partition, high, position)) {
            throw new ThalwegException(
                    ErrorCode.INVALID_REQUEST, "parameter 'at': the view has not come to this position yet");
        }
        while (low < high) {
            long middle = (low + high) >>> 1;
            if (isAt(view, partition, middle, position)) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return high;
    }

    private static boolean isAt(RunningView view, int partition, long step, Position position) {
        SortedMap<String, Long> taken = taken(view, partition, step);
        for (StreamId stream : view.followed().streams(partition)) {
            if (taken.getOrDefault(view.followed().name(stream), 0L) < position.of(stream)) {
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
