package io.thalweg.server.javaviews.live;

import io.thalweg.index.OpenIndex;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.Slots;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.change.Change;
import io.thalweg.model.change.Difference;
import io.thalweg.server.form.Json;
import io.thalweg.server.javaviews.EarlierState;
import io.thalweg.server.javaviews.RunningView;
import io.thalweg.server.memory.NodeMemory;
import io.thalweg.view.java.query.Moment;
import io.thalweg.view.java.run.StepStore;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What a path finds in an index, or a query answers, kept up to date for all who follow it: only when a step reaches into its slot is it made again,
 * from one snapshot, and compared. So what is told is what one step or some in a row changed, in order, and one who follows costs the view's writer
 * nothing, nor do ten thousand. It ends when nobody follows any more. Thread-safe.
 *
 * <p>A moment is known by the newest step of each partition that it is of, and by whose they are, as text {@code state/partition:step,…}: what it shows depends on
 * nothing else. Where another state of the view has taken over, a moment of the one before is none of this.
 */
final class LiveSelect implements StepReader.Listener {
    /** Most values that a path may find, and their bytes as JSON. */
    static final int VALUES_MAX = 10_000;

    static final int BYTES_MAX = 1 << 20;

    /** Changes that are remembered for who is slow, or comes again: as long as they are short, or shorter than what is there. */
    private static final int TOLD_MAX = 1_024;

    private static final int TOLD_BYTES_MIN = 32 << 10;

    /** What one moment's changes take beside their bytes, and each of them. */
    private static final int MOMENT_BYTES = 200;

    static final int CHANGE_BYTES = 40;

    /** The shortest as JSON. */
    private static final int CHANGE_BYTES_MIN = 20;

    /** The change that says all there is takes so much more than that at most. */
    private static final int WHOLE_BYTES = 1 << 10;

    /** What it takes itself beside what is there and what was told. */
    private static final int OWN_BYTES = 4 << 10;

    /** How long the state of an earlier moment may take to be made again. */
    private static final Duration AGAIN = Duration.ofSeconds(10);

    /** After which who waits for a step looks whether it has ended. */
    private static final Duration GLANCE = Duration.ofMillis(500);

    /** How long somebody waits for his turn who waits for an answer. */
    private static final Duration TURN = Duration.ofSeconds(5);

    /** How often in a row it may be late before those who follow are sent away, and how long it waits each time. */
    private static final int LATE_MAX = 5;

    private static final Duration PAUSE = Duration.ofSeconds(1);

    /** Of the identifier of a state, in the name of a moment: there are few states of a view. */
    private static final int STATE_DIGITS = 8;

    private final RunningView view;
    private final LiveSource source;
    private final Semaphore turns;
    private final NodeMemory.Share memory; // guarded by this
    private final MadeObjects objects;

    /** The partitions that its slot is in. */
    private final Set<Integer> partitions = new TreeSet<>();

    /** Those by whose steps a moment of it is named. */
    private final Set<Integer> named = new TreeSet<>();

    private final Object touching = new Object();

    /** Of each of these the step that what is known is of. */
    private Map<Integer, Long> seen = Map.of(); // guarded by touching

    private boolean touched; // guarded by touching
    private final Deque<LiveSelects.Told> told = new ArrayDeque<>(); // guarded by this, as all that follows
    private long toldBytes;
    private long takenBytes;
    private boolean closed;
    private LiveSelects.State state;

    /** The newest steps that it was made of, which need not be those of the state: what is equal keeps its name. */
    private Map<Integer, Long> reached;

    private long number;
    private int followers;
    private @Nullable String ended;
    private @Nullable Thread thread;

    /**
     * Makes it once; refuses what it cannot be.
     *
     * @param turns of what the tenant follows that is made at a time
     * @param memory for what it keeps; given back when it is closed
     * @param objects for what is made, while it is
     */
    LiveSelect(LiveSource source, Semaphore turns, NodeMemory.Share memory, MadeObjects objects)
            throws InterruptedException {
        this.memory = memory;
        this.objects = objects;
        this.view = source.view();
        this.source = source;
        this.turns = turns;
        for (int i = 0; i < view.width(); i++) {
            boolean its =
                    source.slot().isEmpty() || Slots.partition(source.slot().getAsInt(), view.width()) == i;
            if (its) {
                partitions.add(i);
            }
            if (its || source.readsBeyond()) {
                named.add(i);
            }
        }
        takeTurn();
        try (MadeObjects.Share its = objects.share(view.tenant())) {
            Made made = make();
            its.take(made.json.length);
            this.state = made.state(0, values(made.json));
            this.reached = made.steps;
        } catch (RuntimeException e) {
            close();
            throw e;
        } finally {
            turns.release();
        }
    }

    /** What it is at a moment. Kept is the JSON, which takes a tenth of what its objects do. */
    private record Made(String id, Map<Integer, Long> steps, byte[] json) {
        LiveSelects.State state(long number, List<@Nullable Object> values) {
            return new LiveSelects.State(id, json, Difference.checksum(values), number);
        }
    }

    RunningView view() {
        return view;
    }

    @Override
    public OpenIndex<?> index() {
        return source.index();
    }

    @Override
    public OptionalInt slot() {
        return source.slot();
    }

    @Override
    public Set<Integer> partitions() {
        return partitions;
    }

    private Made make() throws InterruptedException {
        // A batch that counts is whole for what reads all partitions; what a path finds is as the steps of its own say.
        Moment moment = source.readsBeyond() ? view.moment() : Moment.of(view.store());
        Map<Integer, Long> steps = new TreeMap<>();
        try {
            for (int partition : named) {
                steps.put(partition, StepStore.step(view.space(), partition, moment.partition(partition)));
            }
        } catch (RuntimeException e) {
            moment.close();
            throw e;
        }
        synchronized (touching) {
            seen = steps;
        }
        byte[] json = json(moment);
        take(json.length);
        return new Made(id(steps), steps, json);
    }

    /** Has the memory that it takes with so many bytes there, or refuses. */
    private synchronized void take(int bytes) {
        long wanted = OWN_BYTES + bytes + toldBytesMax(bytes);
        if (!closed) {
            memory.take(wanted - takenBytes);
            memory.give(Math.max(0, takenBytes - wanted));
            takenBytes = wanted;
        }
    }

    private static long toldBytesMax(int bytes) {
        return Math.max(bytes + WHOLE_BYTES, TOLD_BYTES_MIN);
    }

    /** Gives back what it takes. */
    synchronized void close() {
        closed = true;
        memory.close();
    }

    /** Has its turn, or refuses: whoever waits for an answer does not wait for long. */
    private void takeTurn() {
        try {
            if (!turns.tryAcquire(TURN.toSeconds(), TimeUnit.SECONDS)) {
                throw new ThalwegException(
                        ErrorCode.OVERLOADED, "too much of what the tenant follows is made at the moment: try again");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ThalwegException(ErrorCode.UNAVAILABLE, "interrupted before its turn came", e);
        }
    }

    private record Values(List<@Nullable Object> values) {}

    /** What it is at a moment, which is closed with it. Who calls it has a turn. */
    private byte[] json(Moment moment) throws InterruptedException {
        byte[] json = Json.write(new Values(source.values(moment)));
        if (json.length > BYTES_MAX) {
            throw new ThalwegException(
                    ErrorCode.TOO_LARGE,
                    "it has " + json.length + " bytes as JSON, and at most " + BYTES_MAX
                            + " can be followed: follow a smaller part");
        }
        return json;
    }

    /** As whoever reads the JSON has them. */
    private static List<@Nullable Object> values(byte[] json) {
        Values read = Json.read(json, Values.class);
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
     * What became different since a moment that somebody had, from what is remembered or by making the state of then again. A moment that this node has not
     * come to yet, as right after an election, is waited for: nobody is told what leads backwards.
     *
     * @return what is to be told, and the number to go on from
     * @throws ThalwegException {@code SEQUENCE_GONE}, or {@code TOO_LARGE}, when that is not possible any more
     */
    LiveSelects.Since since(String id) throws InterruptedException {
        LiveSelects.Since known = remembered(id);
        if (known != null) {
            return known;
        }
        Map<Integer, Long> steps = steps(id);
        long untilNs = System.nanoTime() + AGAIN.toNanos();
        awaitSteps(steps, untilNs);
        LiveSelects.State now = awaitState(steps, untilNs);
        known = remembered(id);
        if (known != null) {
            return known;
        }
        takeTurn();
        try (MadeObjects.Share its = objects.share(view.tenant())) {
            List<Long> all = new ArrayList<>();
            for (int i = 0; i < view.width(); i++) {
                all.add(steps.getOrDefault(i, EarlierState.ANY));
            }
            EarlierState then = EarlierState.of(view, all, System.nanoTime() + AGAIN.toNanos());
            byte[] before = json(source.readsBeyond() ? view.settled(then) : then);
            its.take(before.length + now.json().length);
            List<@Nullable Object> values = values(now.json());
            List<Change> changes = difference(before, values, now.json().length);
            return new LiveSelects.Since(
                    changes.isEmpty() ? List.of() : List.of(told(id, changes, values, now)), now.number());
        } finally {
            turns.release();
        }
    }

    private synchronized LiveSelects.@Nullable Since remembered(String id) {
        if (state.id().equals(id)) {
            return new LiveSelects.Since(List.of(), state.number());
        }
        List<LiveSelects.Told> later =
                told.stream().dropWhile(each -> !each.from().equals(id)).toList();
        return later.isEmpty() ? null : new LiveSelects.Since(later, state.number());
    }

    /** The steps that a moment is named by; refused when it is none of this. */
    private Map<Integer, Long> steps(String id) {
        Map<Integer, Long> steps = new TreeMap<>();
        String its = ofState();
        for (String each : (id.startsWith(its) ? id.substring(its.length()) : "").split(",", -1)) {
            if (!each.matches("\\d{1,9}:\\d{1,18}")) {
                throw noMoment(id);
            }
            int colon = each.indexOf(':');
            steps.put(Integer.parseInt(each.substring(0, colon)), Long.parseLong(each.substring(colon + 1)));
        }
        if (!steps.keySet().equals(named)) {
            throw noMoment(id);
        }
        return steps;
    }

    private static ThalwegException noMoment(String id) {
        return new ThalwegException(ErrorCode.SEQUENCE_GONE, "'" + id + "' names no moment of it");
    }

    /** Waits until the view has these steps; refused when it has not in time, as those that nobody ever made. */
    private void awaitSteps(Map<Integer, Long> steps, long untilNs) throws InterruptedException {
        for (Map.Entry<Integer, Long> each : steps.entrySet()) {
            while (view.step(each.getKey()) < each.getValue()) {
                if (ended() != null || System.nanoTime() - untilNs >= 0) {
                    throw noMoment(id(steps));
                }
                view.awaitSteps(Map.of(each.getKey(), each.getValue() - 1), GLANCE);
            }
        }
    }

    /** What it is at a moment that is no earlier than these steps, by the name of that one. */
    private LiveSelects.State awaitState(Map<Integer, Long> steps, long untilNs) throws InterruptedException {
        boolean asked = false;
        synchronized (this) {
            while (steps.entrySet().stream()
                    .anyMatch(each -> reached.getOrDefault(each.getKey(), 0L) < each.getValue())) {
                if (!asked) {
                    touch();
                    asked = true;
                }
                long leftMs = (untilNs - System.nanoTime()) / 1_000_000;
                if (ended != null || leftMs <= 0) {
                    throw new ThalwegException(ErrorCode.UNAVAILABLE, "this node has not come to that moment in time");
                }
                wait(leftMs);
            }
            return new LiveSelects.State(id(reached), state.json(), state.checksum(), state.number());
        }
    }

    // --- the thread

    private void run() {
        try {
            int late = 0;
            while (awaitTouch()) {
                // As long as it takes: who follows sees less often what changed, and is not sent away.
                turns.acquire();
                boolean made;
                try {
                    made = isMade(late);
                } finally {
                    turns.release();
                }
                late = made ? 0 : late + 1;
                if (!made) {
                    Thread.sleep(PAUSE);
                }
            }
        } catch (InterruptedException e) {
            end("nobody follows");
        } catch (RuntimeException | StackOverflowError | LinkageError | AssertionError e) {
            // Reading may run the view's own code, which migrates what is stored; its errors are not the node's.
            end(String.valueOf(e.getMessage()));
        }
    }

    /** Makes it anew; false when that was late, which it may be some times in a row. */
    private boolean isMade(int lateBefore) throws InterruptedException {
        try {
            refresh();
            return true;
        } catch (ThalwegException e) {
            boolean passes = e.code() == ErrorCode.DEADLINE_EXCEEDED
                    || e.code() == ErrorCode.OVERLOADED
                    || e.code() == ErrorCode.UNAVAILABLE;
            if (!passes || lateBefore == LATE_MAX) {
                throw e;
            }
            touch();
            return false;
        }
    }

    @Override
    public void touched(int partition, long step) {
        synchronized (touching) {
            if (step > seen.getOrDefault(partition, Long.MAX_VALUE)) {
                touched = true;
                touching.notifyAll();
            }
        }
    }

    /** Waits for a step that may have changed it; false when it has ended. */
    private boolean awaitTouch() throws InterruptedException {
        synchronized (touching) {
            while (!touched) {
                touching.wait();
            }
            touched = false;
        }
        return ended() == null;
    }

    /** Ends it for all who follow, who may come again. */
    @Override
    public void end(String reason) {
        synchronized (this) {
            ended = ended == null ? reason : ended;
            notifyAll();
        }
        touch();
    }

    /** Has it made again. */
    private void touch() {
        synchronized (touching) {
            touched = true;
            touching.notifyAll();
        }
    }

    private void refresh() throws InterruptedException {
        LiveSelects.State before = state();
        int bytes = before.json().length;
        // For what was there and what is now, which is expected to be as large.
        try (MadeObjects.Share its = objects.expecting(view.tenant(), 2L * bytes)) {
            Made made = make();
            its.take(made.json.length - bytes);
            if (!Arrays.equals(made.json, before.json())) {
                become(before, made);
            }
            synchronized (this) {
                reached = made.steps;
                notifyAll();
            }
        }
    }

    private void become(LiveSelects.State before, Made made) {
        List<@Nullable Object> values = values(made.json);
        List<Change> changes = difference(before.json(), values, made.json.length);
        if (changes.isEmpty()) {
            return;
        }
        LiveSelects.State now = made.state(before.number() + 1, values);
        LiveSelects.Told these = told(before.id(), changes, values, now);
        synchronized (this) {
            number = now.number();
            state = now;
            told.add(these);
            toldBytes += bytes(these);
            while (told.size() > TOLD_MAX || toldBytes > toldBytesMax(now.json().length)) {
                toldBytes -= bytes(told.removeFirst());
            }
            notifyAll();
        }
    }

    /** What became different, of which no more is of use than can be told. */
    private static List<Change> difference(byte[] before, List<@Nullable Object> now, int bytes) {
        return Difference.between(values(before), now, (int) (toldBytesMax(bytes) / (CHANGE_BYTES + CHANGE_BYTES_MIN)));
    }

    /** What became different, or all there is as one change where that is shorter. */
    private static LiveSelects.Told told(
            String from, List<Change> changes, List<@Nullable Object> values, LiveSelects.State now) {
        LiveSelects.Told told = LiveSelects.Told.of(from, changes, now, toldBytesMax(now.json().length) - MOMENT_BYTES);
        return told != null
                ? told
                : Objects.requireNonNull(
                        LiveSelects.Told.of(from, List.of(new Change.Set(List.of(), values)), now, Long.MAX_VALUE));
    }

    private static long bytes(LiveSelects.Told told) {
        return MOMENT_BYTES
                + told.changes().stream()
                        .mapToLong(each -> each.length + CHANGE_BYTES)
                        .sum();
    }
}
