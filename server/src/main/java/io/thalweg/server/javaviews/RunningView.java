package io.thalweg.server.javaviews;

import io.thalweg.directory.Log;
import io.thalweg.directory.Tenant;
import io.thalweg.directory.View;
import io.thalweg.directory.ViewOptions;
import io.thalweg.index.IndexSpace;
import io.thalweg.index.OpenIndex;
import io.thalweg.index.store.IndexStore;
import io.thalweg.index.store.Reading;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.Position;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.javaviews.reading.Question;
import io.thalweg.server.javaviews.reading.ReadView;
import io.thalweg.server.javaviews.store.StoreCheckpoints;
import io.thalweg.server.javaviews.watch.Progress;
import io.thalweg.server.routing.Shards;
import io.thalweg.view.java.Declaration;
import io.thalweg.view.java.query.Moment;
import io.thalweg.view.java.query.Others;
import io.thalweg.view.java.query.QuerySite;
import io.thalweg.view.java.query.QueryThreads;
import io.thalweg.view.java.run.CallRunner;
import io.thalweg.view.java.run.ChangeLog;
import io.thalweg.view.java.run.Handover;
import io.thalweg.view.java.run.Origin;
import io.thalweg.view.java.run.Partition;
import io.thalweg.view.java.run.Settled;
import io.thalweg.view.java.run.StepStore;
import io.thalweg.view.java.run.Streams;
import io.thalweg.view.java.run.Surroundings;
import io.thalweg.view.java.run.Wiring;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One version of a view in Java on this node: its partitions, and those who wait for them. Thread-safe. */
public final class RunningView implements ReadView {
    /** How long a reader waits for partitions that are behind a batch that counts: from its commit in the log to its steps in the store. */
    private static final Duration SETTLING = Duration.ofSeconds(5);

    private static final long SETTLING_LOOK_MS = 1;

    private final TenantId tenant;
    private volatile View view;
    private volatile int version;

    /** A version that comes to one partition after the other in the place of this one; null for none. */
    private volatile @Nullable Release release;

    private final Log steps;
    private final @Nullable Log ahead;
    private final List<Log> logs;
    private final FollowedLogs followed;
    private volatile Wiring wiring;
    private final Shards shards;
    private final NodeStreams streams;
    private final StepStore store;
    private final StoreCheckpoints checkpoints;
    private final Path past;
    private final FullWaits waits;
    private final List<RunningPartition> partitions = new ArrayList<>();
    private final QueryThreads queries;
    private final Others others;
    private final Progress progress = new Progress();
    private final Object newSteps = new Object(); // for whoever wants to see each
    private long progresses; // guarded by newSteps

    /**
     * @param its version of the view that runs
     * @param steps of its state
     * @param ahead the steps of the state that it follows; null when it answers
     * @param logs those that it follows and emits to
     * @param checkpoints of the store
     * @param past where states of earlier times are made again
     * @param others what other views of the tenant have
     */
    RunningView(
            TenantId tenant,
            View view,
            Release its,
            Log steps,
            @Nullable Log ahead,
            List<Log> logs,
            Shards shards,
            StepStore store,
            StoreCheckpoints checkpoints,
            Path past,
            CallRunner calls,
            QueryThreads queries,
            Others others) {
        this.tenant = tenant;
        this.view = view;
        this.version = its.version;
        this.steps = steps;
        this.ahead = ahead;
        this.waits = new FullWaits(ahead == null);
        this.logs = logs;
        this.shards = shards;
        this.store = store;
        this.checkpoints = checkpoints;
        this.past = past;
        this.wiring = its.wiring;
        int count = steps.partitions() / View.JAVA_STREAMS;
        followed = new FollowedLogs(
                logs.stream().filter(log -> wiring.logs().contains(log.name())).toList(), count, shards);
        streams = new NodeStreams(shards, tenant, steps, logs);
        boolean paused = view.wanted() == View.Wanted.PAUSED;
        // The log of the steps is made after the view only when the view begins anew.
        boolean rebuilt = steps.createdNs() > view.createdNs();
        this.queries = queries;
        this.others = others;
        Surroundings around = new Surroundings(
                steps.id().value(),
                rebuilt,
                streams,
                store,
                InstantSource.system(),
                waits,
                calls,
                new QuerySite(this::moment, queries, others),
                ahead == null
                        ? null
                        : new Surroundings.Ahead(
                                ahead.id().value(),
                                nCopies(ahead, store),
                                new NodeStreams(shards, tenant, ahead, List.of())),
                this::tuning);
        for (int i = 0; i < count; i++) {
            partitions.add(new RunningPartition(
                    view.name(), i, count, its.code, around, paused, shards, streams, this::progressed));
        }
    }

    private static List<StepStore> nCopies(Log steps, StepStore store) {
        return Collections.nCopies(States.partitions(steps), store);
    }

    void start() {
        partitions.forEach(RunningPartition::start);
    }

    private Surroundings.Tuning tuning() {
        ViewOptions options = view.options();
        Integer attempts = options.attempts();
        Integer stepInputs = options.stepInputs();
        return new Surroundings.Tuning(
                switch (options.onPoison()) {
                    case null -> null;
                    case PARK -> Declaration.Poison.PARK;
                    case DEAD_LETTERS -> Declaration.Poison.DEAD_LETTERS;
                },
                attempts == null ? 0 : attempts,
                stepInputs == null ? 0 : stepInputs);
    }

    /** How long handlers of one step may run. */
    Duration patience() {
        Integer ms = view.options().patienceMs();
        return ms == null ? JavaViews.PATIENCE : Duration.ofMillis(ms);
    }

    /** Whose it is. */
    public TenantId tenant() {
        return tenant;
    }

    /** The version of the view that runs. */
    int version() {
        return version;
    }

    /** The log of the steps of its state. */
    public Log steps() {
        return steps;
    }

    /**
     * Code of a version.
     *
     * @param wiring what its first partition declares
     * @param code makes what partitions run; the same object each time that it is asked for
     */
    record Release(int version, Wiring wiring, Supplier<io.thalweg.view.java.View> code) {}

    /** Has a partition go on by another version. */
    void roll(int partition, Release next) {
        release = next;
        partitions.get(partition).recode(next.code);
    }

    /** The partitions that have another version than the others. */
    List<RunningPartition> rolled() {
        Release next = release;
        return next == null
                ? List.of()
                : partitions.stream().filter(each -> each.has(next.code)).toList();
    }

    /** Whether it runs a version on a state, behind another one or none. */
    boolean runs(int number, Log state, @Nullable Log behind) {
        Release next = release;
        return version == number
                // Of one that is not wanted any more no partition is to have anything.
                && (next == null || next.version == view.candidate())
                && steps.id().equals(state.id())
                && (waits.isAnswering()
                        ? behind == null
                        : ahead != null && behind != null && ahead.id().equals(behind.id()));
    }

    /** Those who wait for what it processes. */
    FullWaits waits() {
        return waits;
    }

    /** What other views have. */
    Others others() {
        return others;
    }

    /** Has its state here as its steps in the shard say. */
    void catchUp() {
        for (int i = 0; i < partitions.size(); i++) {
            new ChangeLog(space(), i, streams, store).catchUp();
        }
    }

    /** How its state stands here. */
    StepStore.Standing standing() {
        return store.standing(space());
    }

    /** Its state, as one side of a handover. */
    Handover.Side side() {
        return new Handover.Side(steps.id().value(), nCopies(steps, store), streams);
    }

    /** The log of the steps of the state that it followed when it began; null for one that answered. */
    @Nullable
    Log ahead() {
        return ahead;
    }

    /** Another state of the view, whether or not anything runs on it. */
    Handover.Side sideOf(Log other) {
        return new Handover.Side(
                other.id().value(), nCopies(other, store), new NodeStreams(shards, tenant, other, List.of()));
    }

    private void progressed() {
        progress.made();
        synchronized (newSteps) {
            progresses++;
            newSteps.notifyAll();
        }
    }

    /** The view as the directory wants it. */
    public View view() {
        return view;
    }

    /** What its code declares. */
    Wiring wiring() {
        return wiring;
    }

    /** Where its indexes are. */
    public IndexStore store() {
        return store.store();
    }

    List<RunningPartition> partitions() {
        return partitions;
    }

    @Override
    public int width() {
        return partitions.size();
    }

    @Override
    public @Nullable OpenIndex<?> index(String name, int partition) {
        return begun(partition).index(name);
    }

    @Override
    public List<String> indexes() {
        return wiring.indexes();
    }

    /** The logs that it follows, those that it only emits to left out. */
    List<Log> inputs() {
        return followed.logs();
    }

    /** The same, and what streams they have. */
    FollowedLogs followed() {
        return followed;
    }

    /** Newest sequence of each input and of what hops, by the view's names of them. */
    Map<String, Long> heads(int partition) {
        Map<String, Long> heads = new TreeMap<>();
        inputs().forEach(log -> streams.parts(log.name(), partition)
                .forEach(part -> heads.put(part.stream(), streams.newest(part.stream()))));
        heads.put(Wiring.hops(partition), streams.newest(Wiring.hops(partition)));
        return heads;
    }

    /** Whether a log that it follows or emits to has other partitions now than when it began. */
    boolean isSplit(Tenant tenant) {
        return logs.stream()
                .anyMatch(log -> tenant.log(log.id())
                        .filter(now -> now.partitions() != log.partitions())
                        .isPresent());
    }

    /** The same version of the view, otherwise wanted. */
    void become(View wanted) {
        view = wanted;
        Release next = release;
        if (next != null && next.version == wanted.active() && rolled().size() == partitions.size()) {
            version = next.version;
            wiring = next.wiring;
            release = null;
        }
        partitions.forEach(partition -> partition.pause(wanted.wanted() == View.Wanted.PAUSED));
    }

    // --- what its steps tell

    /** What its cells begin with. */
    public IndexSpace space() {
        return Surroundings.space(steps.id().value());
    }

    /** By what its store knows it. */
    UUID id() {
        return steps.id().value();
    }

    StoreCheckpoints checkpoints() {
        return checkpoints;
    }

    Path past() {
        return past;
    }

    NodeStreams streams() {
        return streams;
    }

    /** The newest step of a partition that its index has. */
    public long step(int partition) {
        return store.step(space(), partition);
    }

    /** Steps of a partition behind one, of those that are kept. */
    public List<Streams.Event> steps(int partition, long after, int max) {
        return streams.read(Wiring.changes(partition), after, max);
    }

    /** The step of a partition from which on its state answers. */
    long since(int partition) {
        return store.since(space(), partition);
    }

    /**
     * The newest moment of its indexes, with every batch that counts whole; to be closed.
     *
     * @throws ThalwegException {@code UNAVAILABLE} when a partition is behind what counts, and does not come up to it soon
     */
    @Override
    public Moment moment() {
        long endNs = System.nanoTime() + SETTLING.toNanos();
        while (true) {
            Moment settled = settledOrNone(Moment.of(store.store()));
            if (settled != null) {
                return settled;
            }
            if (System.nanoTime() - endNs >= 0) {
                throw new ThalwegException(
                        ErrorCode.UNAVAILABLE, "a partition of the view is behind its newest batch: try again");
            }
            try {
                Thread.sleep(SETTLING_LOOK_MS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new ThalwegException(ErrorCode.UNAVAILABLE, "interrupted while a batch was waited for", e);
            }
        }
    }

    /**
     * A moment with every batch that counts in it whole.
     *
     * @param raw closed with what comes of it, or when there is none
     * @throws ThalwegException {@code INVALID_REQUEST} when its partitions are so far apart that a batch is in it partly
     */
    public Moment settled(Moment raw) {
        Moment settled = settledOrNone(raw);
        if (settled == null) {
            throw new ThalwegException(
                    ErrorCode.INVALID_REQUEST,
                    "a batch had counted in one partition then, and was not prepared in another: there was no such"
                            + " moment; choose a time");
        }
        return settled;
    }

    /** Null, and the raw one closed, when a batch that counts is in it partly. */
    private @Nullable Moment settledOrNone(Moment raw) {
        Moment settled = null;
        try {
            settled = Settled.of(raw, space(), partitions.size());
            return settled;
        } finally {
            if (settled == null) {
                raw.close();
            }
        }
    }

    @Override
    public Position position(Reading cells) {
        return followed.position(partition -> StepStore.taken(space(), partition, cells));
    }

    /** Waits until a partition of these has a newer step than that, for {@code timeout} at most. */
    public void awaitSteps(Map<Integer, Long> seen, Duration timeout) throws InterruptedException {
        long endNs = System.nanoTime() + timeout.toNanos();
        while (true) {
            long before;
            synchronized (newSteps) {
                before = progresses;
            }
            // Read without the lock, which who makes steps takes for each of them.
            if (seen.entrySet().stream().anyMatch(each -> step(each.getKey()) > each.getValue())) {
                return;
            }
            synchronized (newSteps) {
                while (progresses == before) {
                    long leftMs = (endNs - System.nanoTime()) / 1_000_000;
                    if (leftMs <= 0) {
                        return;
                    }
                    newSteps.wait(leftMs);
                }
            }
        }
    }

    /** How far the inputs are taken. */
    Position position() {
        return followed.position(partition -> partitions.get(partition).status().taken());
    }

    /**
     * Waits until the inputs, as far as this node has them, are taken up to a position, and then all that hopped meanwhile; false when that
     * is not in time.
     */
    boolean await(Position after, Duration timeout) throws InterruptedException {
        long endNs = System.nanoTime() + timeout.toNanos();
        for (Log log : inputs()) {
            for (StreamId stream : log.streams()) {
                // A position is ahead of what is there if it is another log's, too: waiting for that would never end.
                long wanted = Math.min(after.of(stream), shards.events(stream).head(stream));
                if (!await(log.root(stream.partition()), Wiring.log(log.name(), stream.partition()), wanted, endNs)) {
                    return false;
                }
            }
        }
        for (int round = 0; round < wiring.hopsMax(); round++) {
            for (RunningPartition partition : partitions) {
                String hops = Wiring.hops(partition.number());
                if (!await(partition.number(), hops, streams.newest(hops), endNs)) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Whether a call to the outside is open that an event of a log came to, in whichever partition. */
    boolean hasOpenCall(Origin origin) {
        return !wiring.calls().isEmpty()
                && partitions.stream()
                        .anyMatch(each -> store.hasOpenCall(space(), each.number(), partitions.size(), origin));
    }

    private boolean await(int partition, String stream, long wanted, long endNs) throws InterruptedException {
        RunningPartition its = partitions.get(partition);
        BooleanSupplier isTaken = () -> its.status().taken().getOrDefault(stream, 0L) >= wanted;
        return progress.await(() -> isTaken.getAsBoolean() || waits.hasEnded(), endNs)
                && (!waits.hasEnded() || isTaken.getAsBoolean());
    }

    /**
     * A question to the newest moment.
     *
     * @param turn of the tenant's questions
     */
    public Question question(Duration timeout, Semaphore turn) {
        return question(moment(), timeout, turn);
    }

    /** The same to some moment, which is closed with it. */
    public Question question(Moment moment, Duration timeout, Semaphore turn) {
        Partition first;
        try {
            first = begun(0);
        } catch (ThalwegException e) {
            moment.close(); // nobody else knows of it yet
            throw e;
        }
        return new Question(
                first.queries(),
                first.ground(moment),
                of -> followed.position(partition -> StepStore.taken(space(), partition, of.partition(partition))),
                queries,
                others,
                timeout,
                turn);
    }

    private Partition begun(int number) {
        Partition partition = partitions.get(number).partition();
        if (partition == null) {
            throw new ThalwegException(ErrorCode.UNAVAILABLE, "the view is starting: try again");
        }
        return partition;
    }

    // --- what is stuck

    /** The partition that stands before an event. */
    RunningPartition partition(int number) {
        if (number < 0 || number >= partitions.size()) {
            throw new ThalwegException(
                    ErrorCode.INVALID_REQUEST,
                    "the view has partitions 0 to " + (partitions.size() - 1) + ", not " + number);
        }
        return partitions.get(number);
    }

    void retry() {
        for (RunningPartition partition : partitions) {
            if (!partition.status().parked().isEmpty()) {
                var _ = partition.wish(now -> now.repairs().retry());
            }
        }
    }

    /** Has all threads end; does not wait. */
    void close() {
        partitions.forEach(RunningPartition::close);
        waits.end();
        progressed();
    }

    /** Whether it was closed: another goes on in its place, here or elsewhere. */
    boolean hasEnded() {
        return waits.hasEnded();
    }

    /** Waits for the threads until then, by {@link System#nanoTime}; those that do not end are left alone. */
    void join(long untilNs) throws InterruptedException {
        for (RunningPartition partition : partitions) {
            boolean _ = partition.join(Duration.ofNanos(Math.max(1, untilNs - System.nanoTime())));
        }
    }

    /** Removes what the view keeps, once nothing of it runs. */
    void clear() {
        store.clear(Surroundings.space(steps.id().value()));
    }
}
