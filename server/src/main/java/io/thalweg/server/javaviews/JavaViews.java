package io.thalweg.server.javaviews;

import io.thalweg.directory.Directory;
import io.thalweg.directory.Log;
import io.thalweg.directory.Tenant;
import io.thalweg.directory.View;
import io.thalweg.directory.ViewCode;
import io.thalweg.index.IndexCopy;
import io.thalweg.index.IndexSpace;
import io.thalweg.index.store.IndexStore;
import io.thalweg.index.store.Overlay;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.LogId;
import io.thalweg.model.StreamId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.ViewId;
import io.thalweg.server.config.HistorySettings;
import io.thalweg.server.routing.Administration;
import io.thalweg.server.routing.HostedShard;
import io.thalweg.server.routing.Shards;
import io.thalweg.server.views.Components;
import io.thalweg.shard.Consensus;
import io.thalweg.shard.Shard;
import io.thalweg.view.java.query.QueryThreads;
import io.thalweg.view.java.run.Surroundings;
import io.thalweg.view.java.run.ViewJar;
import io.thalweg.view.java.run.Wiring;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the views in Java run that the directory wants and whose shard this node leads. A thread follows the directory; it also looks
 * after handlers that do not come back: asked to stop after {@link #PATIENCE}, given up after twice that. Of threads that were given up
 * there are at most {@value #STUCK_MAX}; beyond that no view starts until the node does. Thread-safe.
 */
public final class JavaViews implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(JavaViews.class);
    private static final Duration LOOK = Duration.ofMillis(200);
    private static final Duration CLOSING = Duration.ofSeconds(2);

    /** A view that does not start is tried again after 0.4 s, and twice as long each time up to 13 s. */
    private static final int AGAIN_SHIFT_MAX = 6;

    /** How long one step's handlers may run. */
    static final Duration PATIENCE = Duration.ofSeconds(5);

    static final int STUCK_MAX = 16;

    /** By then the directory is what it was before the start, and what is not in it was deleted. */
    private static final Duration SWEEP_AFTER = Duration.ofMinutes(1);

    /** Of a copy of an index, about. */
    private static final int PAGE_BYTES = 4 << 20;

    /** Partitions of all views, each of which has a thread. */
    private static final int PARTITIONS_MAX = 1_024;

    private final Administration administration;
    private final Shards shards;
    private final Components components;
    private final IndexStores stores;
    private final ReplicaWire replicas;
    private final FollowedViews followed;
    private final Map<ViewId, RunningView> running = new ConcurrentHashMap<>();
    private final Map<ViewId, Failure> failures = new ConcurrentHashMap<>();
    private final Set<RunningPartition> abandoned = ConcurrentHashMap.newKeySet();
    private final UserCode code = new UserCode();
    private final QueryThreads queries = new QueryThreads();
    private final Rehearsals rehearsals = new Rehearsals();
    private final HistorySettings history;
    private final CheckpointKeeper checkpoints;
    private final OtherViews others;
    private final Thread keeper =
            Thread.ofPlatform().daemon().name("java-view-keeper").unstarted(this::keep);

    /** Indexes that are copied from other replicas, by the view's steps. */
    private final Map<UUID, Thread> copies = new ConcurrentHashMap<>();

    private final long startedNs = System.nanoTime();
    private boolean swept;
    private volatile boolean stopping;

    /**
     * Why a view does not run.
     *
     * @param view that failed; another version of it may do better
     * @param times how often in a row
     * @param againNs when it is tried again, by {@link System#nanoTime}
     */
    private record Failure(View view, String reason, int times, long againNs) {
        boolean holds(View now) {
            return view.equals(now) && System.nanoTime() - againNs < 0;
        }
    }

    /**
     * @param directory where the indexes lie, a store a shard
     * @param history how far back their state can be read
     * @param replicas the way to the other nodes that have them
     */
    public JavaViews(
            Administration administration,
            Shards shards,
            Components components,
            Path directory,
            HistorySettings history,
            ReplicaWire replicas) {
        this.administration = administration;
        this.shards = shards;
        this.components = components;
        this.history = history;
        this.stores = new IndexStores(directory, history);
        this.checkpoints = new CheckpointKeeper(administration, shards, stores, history, SWEEP_AFTER);
        this.replicas = replicas;
        this.followed = new FollowedViews(shards, stores, replicas);
        this.others = new OtherViews(administration, shards, components, stores, code, running::get);
    }

    public void start() {
        followed.start();
        checkpoints.start();
        keeper.start();
    }

    private void keep() {
        long seen = -1;
        try {
            while (!stopping) {
                Directory now = administration.await(seen + 1, LOOK);
                try {
                    reconcile(now);
                    seen = now.version();
                } catch (RuntimeException e) {
                    LOG.warn("views in Java could not be brought in line with the directory; trying again", e);
                    Thread.sleep(LOOK);
                }
                try {
                    watchOver();
                } catch (RuntimeException e) {
                    LOG.warn("handlers could not be looked after; trying again", e);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Makes run what a directory wants; a door that has changed something calls it, so that the next query finds it. */
    public synchronized void reconcile(Directory now) throws InterruptedException {
        if (stopping) {
            return;
        }
        Set<ViewId> gone = new HashSet<>(running.keySet());
        Set<ViewId> wanted = new HashSet<>();
        List<Led> led = new ArrayList<>();
        Set<UUID> followedHere = new HashSet<>();
        Set<UUID> there = new HashSet<>();
        for (Tenant tenant : now.tenants()) {
            for (View view : tenant.views()) {
                wanted.add(view.id());
                Log steps = view.isJava() ? tenant.log(view.log()).orElse(null) : null;
                Shard shard = steps == null ? null : hosted(steps.shard(0));
                if (steps != null) {
                    there.add(steps.id().value());
                }
                if (steps == null || shard == null) {
                    continue;
                }
                if (shard.role() != Consensus.Role.LEADER) {
                    followedHere.add(steps.id().value());
                } else if (tenant.javaViews()) {
                    gone.remove(view.id());
                    led.add(new Led(tenant, view));
                }
            }
        }
        // Who leads applies steps by himself.
        followed.retain(followedHere, there);
        for (Led each : led) {
            follow(each.tenant, each.view);
        }
        for (ViewId id : gone) {
            // Who no longer leads keeps the index, which is where he goes on when he leads again.
            stop(id, !wanted.contains(id));
        }
        followOthers(now, followedHere);
        if (!swept && System.nanoTime() - startedNs > SWEEP_AFTER.toNanos()) {
            swept = true;
            shards.hosted().forEach(home -> stores.sweep(home.number(), there));
        }
        failures.keySet().retainAll(wanted);
        others.retain(wanted);
    }

    private record Led(Tenant tenant, View view) {}

    private @Nullable Shard hosted(int number) {
        for (HostedShard home : shards.hosted()) {
            if (home.number() == number) {
                return home.shard();
            }
        }
        return null;
    }

    /** Keeps the indexes warm of views that other nodes lead, once nothing of them runs here. */
    private void followOthers(Directory now, Set<UUID> wanted) {
        for (Tenant tenant : now.tenants()) {
            for (View view : tenant.views()) {
                if (view.isJava() && !running.containsKey(view.id())) {
                    tenant.log(view.log())
                            .filter(steps -> wanted.contains(steps.id().value()))
                            .filter(steps -> !copies.containsKey(steps.id().value()))
                            .ifPresent(steps -> followed.follow(tenant.id(), steps));
                }
            }
        }
    }

    /** Begins from another replica's index where the steps that this one misses are not kept any more. */
    private void requireKept(Log steps, int partitions) {
        int shard = steps.shard(0);
        UUID id = steps.id().value();
        if (copies.containsKey(id)) {
            throw new ThalwegException(ErrorCode.UNAVAILABLE, "its index is copied from another replica");
        }
        List<Long> applied = IndexStores.applied(stores.of(shard), id, partitions);
        for (int i = 0; i < partitions; i++) {
            if (shards.numbered(shard).events().first(steps.stream(i)) > applied.get(i) + 1) {
                // Beside everything else: it may take long, and other views are not to wait for it.
                copies.computeIfAbsent(
                        id, _ -> Thread.ofVirtual().name("java-view-copy").start(() -> copy(shard, id, steps)));
                throw new ThalwegException(
                        ErrorCode.UNAVAILABLE, "its index misses steps, and is copied from another replica");
            }
        }
    }

    private void copy(int shard, UUID id, Log steps) {
        try {
            FollowedViews.copy(shard, id, FollowedViews.needed(shards, steps), stores.of(shard), replicas);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOG.warn("index of {} could not be copied; trying again", id, e);
        } finally {
            copies.remove(id);
        }
    }

    private void follow(Tenant tenant, View view) throws InterruptedException {
        RunningView known = running.get(view.id());
        if (known != null) {
            View ran = known.view();
            boolean split = known.isSplit(tenant);
            if (ran.equals(view) && !split) {
                return;
            }
            if (ran.active() == view.active() && ran.log().equals(view.log()) && !split) {
                known.become(view);
                return;
            }
            stop(view.id(), !ran.log().equals(view.log()));
        }
        Failure before = failures.get(view.id());
        if (before != null && before.holds(view)) {
            return;
        }
        try {
            RunningView made = make(tenant, view);
            running.put(view.id(), made);
            failures.remove(view.id());
            made.start();
        } catch (RuntimeException | LinkageError e) {
            int times = before == null || !before.view.equals(view) ? 1 : before.times + 1;
            long pauseNs = LOOK.toNanos() << Math.min(times, AGAIN_SHIFT_MAX);
            failures.put(view.id(), new Failure(view, e.toString(), times, System.nanoTime() + pauseNs));
            if (before == null || !before.reason.equals(e.toString())) {
                LOG.warn("view {} does not start", view.name(), e);
            }
        }
    }

    private RunningView make(Tenant tenant, View view) throws InterruptedException {
        if (stuck() >= STUCK_MAX) {
            throw new ThalwegException(
                    ErrorCode.OVERLOADED, STUCK_MAX + " handlers never came back: no view starts before the node does");
        }
        Log steps = tenant.log(view.log()).orElseThrow();
        int more = steps.partitions() / View.JAVA_STREAMS;
        int there = running.values().stream()
                .mapToInt(each -> each.partitions().size())
                .sum();
        if (there + more > PARTITIONS_MAX) {
            throw new ThalwegException(
                    ErrorCode.OVERLOADED,
                    "the node runs " + there + " partitions of views, at most " + PARTITIONS_MAX + " are possible");
        }
        ViewCode its = view.version(view.active()).orElseThrow().code();
        ViewJar jar = ViewJar.load(components.load(tenant, its), its.javaClass());
        Wiring wiring = code.declaration(jar, its.javaClass(), more);
        Set<String> names = new LinkedHashSet<>(wiring.logs());
        names.addAll(wiring.outputs());
        List<Log> logs = new ArrayList<>();
        for (String name : names) {
            logs.add(tenant.log(name)
                    .orElseThrow(() -> new ThalwegException(ErrorCode.NOT_FOUND, "log " + name + " is gone")));
        }
        requireKept(steps, more);
        return new RunningView(
                tenant.id(),
                view,
                steps,
                logs,
                wiring,
                jar,
                shards,
                stores.of(steps.shard(0)),
                stores.checkpoints(steps.shard(0)),
                stores.past(),
                new NodeCalls(administration, shards, tenant.id()),
                queries,
                others.of(tenant.id()));
    }

    private void stop(ViewId id, boolean forGood) throws InterruptedException {
        stop(id, forGood, System.nanoTime() + CLOSING.toNanos());
    }

    private void stop(ViewId id, boolean forGood, long untilNs) throws InterruptedException {
        RunningView view = running.remove(id);
        failures.remove(id);
        if (view == null) {
            return;
        }
        view.close();
        view.join(untilNs);
        view.partitions().stream().filter(each -> !each.hasEnded()).forEach(abandoned::add);
        if (forGood && view.partitions().stream().allMatch(RunningPartition::hasEnded)) {
            view.clear();
        }
    }

    private synchronized void watchOver() throws InterruptedException {
        for (RunningView view : List.copyOf(running.values())) {
            if (view.partitions().stream().anyMatch(RunningPartition::isBehind)) {
                // It begins again, from another replica's index.
                stop(view.view().id(), false);
            }
        }
        abandoned.removeIf(RunningPartition::hasEnded);
        for (RunningView view : running.values()) {
            for (RunningPartition partition : view.partitions()) {
                long ns = partition.stuckFor();
                if (ns > 2 * PATIENCE.toNanos()) {
                    partition.abandon();
                    abandoned.add(partition);
                } else if (ns > PATIENCE.toNanos()) {
                    partition.interrupt();
                }
            }
        }
    }

    private int stuck() {
        abandoned.removeIf(RunningPartition::hasEnded);
        return abandoned.size();
    }

    /** A view that runs here; null when it does not, or not yet. */
    public @Nullable RunningView running(ViewId view) {
        return running.get(view);
    }

    /**
     * Looks whether the indexes that a class declares could be opened over what is stored, and changes nothing. A node without a replica of the steps
     * knows nothing of them: there the view says it when it starts.
     *
     * @throws io.thalweg.index.schema.SchemaException where one could not
     */
    void requireFits(Log steps, Wiring declared) {
        if (hosted(steps.shard(0)) == null) {
            return;
        }
        IndexSpace space = Surroundings.space(steps.id().value());
        try (IndexStore.Snapshot snapshot = stores.of(steps.shard(0)).store().snapshot()) {
            Overlay dropped = new Overlay(snapshot);
            declared.declared().forEach(index -> space.open(index, dropped));
        }
    }

    /** What views read of each other. */
    OtherViews others() {
        return others;
    }

    /** Rehearsals on this node, which read from the views' stores. */
    public Rehearsals rehearsals() {
        return rehearsals;
    }

    /** Why a view does not run; null when nothing is known against it. */
    public @Nullable String failure(ViewId view) {
        Failure failure = failures.get(view);
        return failure == null ? null : failure.reason;
    }

    /**
     * The oldest event of a stream that some view in Java has not taken yet; {@link Long#MAX_VALUE} when none needs any. A view whose steps
     * this node does not have needs all of it, if it follows it: only its node knows.
     */
    public long neededFrom(StreamId stream) {
        Directory now = administration.directory();
        long needed = Long.MAX_VALUE;
        for (Tenant tenant : now.tenants()) {
            Log log = tenant.log(stream.log()).orElse(null);
            if (log == null || log.reserved()) {
                continue;
            }
            for (View view : tenant.views()) {
                if (view.isJava()) {
                    needed = Math.min(needed, neededFrom(tenant, view, log, stream));
                }
            }
        }
        return needed;
    }

    private long neededFrom(Tenant tenant, View view, Log log, StreamId stream) {
        Log steps = tenant.log(view.log()).orElse(null);
        if (steps == null || hosted(steps.shard(0)) == null) {
            return 1;
        }
        RunningView its = running.get(view.id());
        if (its != null && its.inputs().stream().noneMatch(input -> input.id().equals(log.id()))) {
            return Long.MAX_VALUE;
        }
        int partitions = steps.partitions() / View.JAVA_STREAMS;
        int follower = log.root(stream.partition());
        if (follower >= partitions) {
            return Long.MAX_VALUE;
        }
        Long taken = stores.of(steps.shard(0))
                .taken(Surroundings.space(steps.id().value()), follower)
                .get(Wiring.log(log.name(), stream.partition()));
        // A follower knows no others than those of which something was taken, or where it was said to begin.
        return taken != null ? taken + 1 : its == null ? Long.MAX_VALUE : 1;
    }

    /** What lets go of steps in a shard, while this node leads it. */
    public StepTrim trim(HostedShard home) {
        return new StepTrim(administration, home, stores, replicas, history.steps());
    }

    /** How often that is to be done: as often as checkpoints are looked after, whose steps it keeps. */
    public Duration trimEvery() {
        Duration every = CheckpointKeeper.look(history);
        return every.compareTo(StepTrim.EVERY_MAX) > 0 ? StepTrim.EVERY_MAX : every;
    }

    /** What another node is told about a view's index here: the newest step of each partition that a crash would leave. */
    public List<Long> durable(LogId steps) {
        Log log = steps(steps);
        return stores.flush(log.shard(0), steps.value(), log.partitions() / View.JAVA_STREAMS);
    }

    /** A page of a view's cells behind a key, for another node. */
    public byte[] page(LogId steps, byte @Nullable [] after) {
        Log log = steps(steps);
        try (IndexStore.Snapshot snapshot = stores.of(log.shard(0)).store().snapshot()) {
            return IndexCopy.page(Surroundings.space(steps.value()), snapshot, after, PAGE_BYTES);
        }
    }

    private Log steps(LogId id) {
        Log log = administration
                .directory()
                .log(id)
                .orElseThrow(() -> new ThalwegException(ErrorCode.NOT_FOUND, "there are no steps " + id));
        if (hosted(log.shard(0)) == null) {
            throw new ThalwegException(ErrorCode.NOT_FOUND, "this node has no replica of the steps " + id);
        }
        return log;
    }

    /** Starts a view's partitions anew, those that were given up included. */
    public synchronized void restart(Tenant tenant, View view) throws InterruptedException {
        stop(view.id(), false);
        follow(tenant, view);
    }

    @Override
    public void close() {
        stopping = true;
        keeper.interrupt();
        try {
            keeper.join();
            synchronized (this) {
                running.values().forEach(RunningView::close);
                long untilNs = System.nanoTime() + CLOSING.toNanos();
                for (ViewId id : List.copyOf(running.keySet())) {
                    stop(id, false, untilNs);
                }
                followed.close();
                checkpoints.close();
                for (Thread copy : copies.values()) {
                    copy.interrupt();
                    copy.join();
                }
                boolean nothingReads = queries.end();
                // A store that is closed while somebody reads from it takes the process with it.
                boolean nothingRehearses = rehearsals.end(System.nanoTime() + CLOSING.toNanos());
                if (stuck() == 0 && nothingReads && nothingRehearses) {
                    stores.close();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
