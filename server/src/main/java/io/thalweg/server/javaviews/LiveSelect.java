package io.thalweg.server.javaviews;

import io.thalweg.index.OpenIndex;
import io.thalweg.index.store.Changes;
import io.thalweg.index.store.IndexStore;
import io.thalweg.index.store.Reading;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.Slots;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.change.Change;
import io.thalweg.model.change.Difference;
import io.thalweg.server.form.Json;
import io.thalweg.view.java.run.StepRecord;
import io.thalweg.view.java.run.StepStore;
import io.thalweg.view.java.run.Streams;
import io.thalweg.view.java.run.Wiring;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What a path finds in an index, kept up to date for all who follow it: one thread reads the steps of the partitions that the path leads to, and only
 * when one reaches into its slot is the path read again, from one snapshot, and compared. So what is told is what one step or some in a
 * row changed, in order, and one who follows costs the view's writer nothing, nor do ten thousand. It ends when nobody follows any more.
 * Thread-safe.
 *
 * <p>A moment is known by the newest step of each partition of these, and by whose they are, as text {@code state/partition:step,…}: what it shows depends on
 * nothing else. Where another state of the view has taken over, a moment of the one before is none of this path's.
 */
final class LiveSelect {
    /** Most values that a path may find, and their bytes as JSON. */
    static final int VALUES_MAX = 10_000;

    static final int BYTES_MAX = 1 << 20;

    /** Changes that are remembered for who is slow, or comes again. */
    private static final int TOLD_MAX = 1_024;

    private static final long TOLD_BYTES_MAX = 4L << 20;

    /** How long the state of an earlier moment may take to be made again. */
    private static final Duration AGAIN = Duration.ofSeconds(10);

    /** How long the path may take to be gone, and to have its turn. */
    private static final Duration READ = Duration.ofSeconds(5);

    private static final Duration GLANCE = Duration.ofSeconds(1);
    private static final int STEPS = 256;

    /** Of the identifier of a state, in the name of a moment: there are few states of a view. */
    private static final int STATE_DIGITS = 8;

    private final RunningView view;
    private final Semaphore turns;
    private final IndexSelect select;
    private final OpenIndex<?> index;
    private final OptionalInt slot;

    /** The partitions that the path leads to. */
    private final Set<Integer> partitions = new TreeSet<>();

    /** Of each of them the newest step that was looked at; of the thread. */
    private final Map<Integer, Long> seen = new TreeMap<>();

    private final Deque<LiveSelects.Told> told = new ArrayDeque<>(); // guarded by this, as all that follows
    private long toldBytes;
    private LiveSelects.State state;
    private long number;
    private int followers;
    private @Nullable String ended;
    private @Nullable Thread thread;

    /**
     * Reads the path once; refuses what it cannot be.
     *
     * @param turns of the tenant's paths that are read at a time
     */
    LiveSelect(RunningView view, String index, List<?> path, Semaphore turns) {
        this.view = view;
        this.turns = turns;
        this.select = new IndexSelect(view, index, path, VALUES_MAX);
        this.index = select.index();
        this.slot = select.slot();
        for (int i = 0; i < view.partitions().size(); i++) {
            if (slot.isEmpty()
                    || Slots.partition(slot.getAsInt(), view.partitions().size()) == i) {
                partitions.add(i);
                seen.put(i, 0L);
            }
        }
        takeTurn();
        try {
            this.state = read(0);
        } finally {
            turns.release();
        }
    }

    RunningView view() {
        return view;
    }

    private LiveSelects.State read(long before) {
        try (IndexStore.Snapshot snapshot = view.store().snapshot()) {
            seen.replaceAll((partition, _) -> StepStore.step(view.space(), partition, snapshot));
            return new LiveSelects.State(id(seen), values(snapshot), before);
        }
    }

    /** Has its turn, or refuses: whoever waits for an answer does not wait for long. */
    private void takeTurn() {
        try {
            if (!turns.tryAcquire(READ.toSeconds(), TimeUnit.SECONDS)) {
                throw new ThalwegException(
                        ErrorCode.OVERLOADED,
                        "too many of the tenant's followed paths are read at the moment: try again");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ThalwegException(ErrorCode.UNAVAILABLE, "interrupted before the path was read", e);
        }
    }

    private record Values(List<@Nullable Object> values) {}

    /** What the path finds in some state of the view's cells. Who calls it has a turn. */
    private List<@Nullable Object> values(Reading cells) {
        IndexSelect.Found found = select.run(cells, null, IndexSelect.until(System.nanoTime() + READ.toNanos()));
        byte[] json = Json.write(found.values());
        if (found.next() != null || json.length > BYTES_MAX) {
            throw new ThalwegException(
                    ErrorCode.TOO_LARGE,
                    "the path finds more than " + VALUES_MAX + " values or " + BYTES_MAX
                            + " bytes, which is what can be followed: follow a smaller part");
        }
        // As whoever reads the JSON has them.
        Values read = Json.read(Json.write(new Values(found.values())), Values.class);
        return read.values;
    }

    private String id(Map<Integer, Long> steps) {
        StringBuilder id = new StringBuilder();
        steps.forEach((partition, step) ->
                id.append(id.isEmpty() ? "" : ",").append(partition).append(':').append(step));
        return ofState() + id;
    }

    /** What moments of the view's state begin with. */
    private String ofState() {
        return view.steps().id().value().toString().substring(0, STATE_DIGITS) + "/";
    }

    // --- who follows

    /** Begins to follow. */
    synchronized void follow() {
        followers++;
        if (thread == null) {
            thread = Thread.ofVirtual().name("view-live-" + view.view().name()).start(this::run);
        }
    }

    /** Ends it; true when nobody follows any more. */
    synchronized boolean leave() {
        followers--;
        if (followers == 0 && thread != null) {
            thread.interrupt();
        }
        return followers == 0;
    }

    synchronized LiveSelects.State state() {
        return state;
    }

    /** Why it does not go on; null while it does. */
    synchronized @Nullable String ended() {
        return ended;
    }

    /** What was told behind a number, waited for {@code timeout} at most; null when it is not remembered any more. */
    synchronized @Nullable List<LiveSelects.Told> after(long seenNumber, Duration timeout) throws InterruptedException {
        long endNs = System.nanoTime() + timeout.toNanos();
        long leftMs = timeout.toMillis();
        while (number <= seenNumber && ended == null && leftMs > 0) {
            wait(leftMs);
            leftMs = (endNs - System.nanoTime()) / 1_000_000;
        }
        return since(seenNumber);
    }

    private @Nullable List<LiveSelects.Told> since(long seenNumber) {
        if (number > seenNumber && (told.isEmpty() || told.getFirst().number() > seenNumber + 1)) {
            return null;
        }
        return told.stream().filter(each -> each.number() > seenNumber).toList();
    }

    /**
     * What became different since a moment that somebody had, from what is remembered or by making the state of then again.
     *
     * @return the changes, and the number to go on from; null where that is not possible any more
     */
    LiveSelects.Told since(String id) {
        LiveSelects.State now;
        synchronized (this) {
            now = state;
            List<Change> changes = new ArrayList<>();
            boolean found = now.id().equals(id);
            for (LiveSelects.Told each : told) {
                found |= each.from().equals(id);
                if (found && !now.id().equals(id)) {
                    changes.addAll(each.changes());
                }
            }
            if (found) {
                return new LiveSelects.Told(now.number(), id, now.id(), changes, Difference.checksum(now.values()), 0);
            }
        }
        List<Long> steps = steps(id);
        List<@Nullable Object> before;
        takeTurn();
        try (EarlierState then = EarlierState.of(view, steps, System.nanoTime() + AGAIN.toNanos())) {
            before = values(then.cells());
        } finally {
            turns.release();
        }
        return new LiveSelects.Told(
                now.number(),
                id,
                now.id(),
                Difference.between(before, now.values()),
                Difference.checksum(now.values()),
                0);
    }

    /** The steps that a moment is named by; refused when it is none of this path's. */
    private List<Long> steps(String id) {
        Map<Integer, Long> steps = new TreeMap<>();
        String its = ofState();
        for (String each : (id.startsWith(its) ? id.substring(its.length()) : "").split(",", -1)) {
            if (!each.matches("\\d{1,9}:\\d{1,18}")) {
                throw new ThalwegException(ErrorCode.SEQUENCE_GONE, "'" + id + "' names no moment of this path");
            }
            int colon = each.indexOf(':');
            steps.put(Integer.parseInt(each.substring(0, colon)), Long.parseLong(each.substring(colon + 1)));
        }
        List<Long> all = new ArrayList<>();
        for (int i = 0; i < view.partitions().size(); i++) {
            all.add(steps.getOrDefault(i, EarlierState.ANY));
        }
        boolean ahead = steps.entrySet().stream().anyMatch(each -> each.getValue() > view.step(each.getKey()));
        if (!steps.keySet().equals(partitions) || ahead) {
            throw new ThalwegException(ErrorCode.SEQUENCE_GONE, "'" + id + "' names no moment of this path");
        }
        return all;
    }

    // --- the thread

    private void run() {
        try {
            while (!hasEnded()) {
                view.awaitSteps(Map.copyOf(seen), GLANCE);
                if (touched()) {
                    // As long as it takes: who follows sees less often what changed, and is not sent away.
                    turns.acquire();
                    try {
                        refresh();
                    } finally {
                        turns.release();
                    }
                }
            }
        } catch (InterruptedException e) {
            end("nobody follows");
        } catch (RuntimeException | StackOverflowError | LinkageError | AssertionError e) {
            // Reading may run the view's own code, which migrates what is stored; its errors are not the node's.
            end(String.valueOf(e.getMessage()));
        }
    }

    private synchronized boolean hasEnded() {
        return ended != null;
    }

    /** Ends it for all who follow, who may come again. */
    synchronized void end(String reason) {
        ended = ended == null ? reason : ended;
        notifyAll();
    }

    /** Looks through the steps that are new; whether one of them may have changed what the path finds. */
    private boolean touched() {
        boolean touched = false;
        for (Map.Entry<Integer, Long> each : seen.entrySet()) {
            long until = view.step(each.getKey());
            while (each.getValue() < until && !touched) {
                List<Streams.Event> steps = view.streams().read(Wiring.changes(each.getKey()), each.getValue(), (int)
                        Math.min(STEPS, until - each.getValue()));
                if (steps.isEmpty() || steps.getFirst().sequence() != each.getValue() + 1) {
                    return true; // some are not kept any more
                }
                for (Streams.Event step : steps) {
                    Changes changes = StepRecord.read(step.payload()).changes();
                    touched |= slot.isPresent() ? index.isTouched(changes, slot.getAsInt()) : index.isTouched(changes);
                    each.setValue(step.sequence());
                }
            }
        }
        return touched;
    }

    private void refresh() {
        LiveSelects.State before = state();
        LiveSelects.State now = read(before.number());
        List<Change> changes = Difference.between(before.values(), now.values());
        if (changes.isEmpty()) {
            return;
        }
        int bytes = Json.write(changes).length;
        synchronized (this) {
            number++;
            state = new LiveSelects.State(now.id(), now.values(), number);
            told.add(new LiveSelects.Told(
                    number, before.id(), now.id(), changes, Difference.checksum(now.values()), bytes));
            toldBytes += bytes;
            while (told.size() > TOLD_MAX || toldBytes > TOLD_BYTES_MAX) {
                toldBytes -= told.removeFirst().bytes();
            }
            notifyAll();
        }
    }
}
