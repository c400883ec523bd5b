package io.thalweg.server.javaviews;

import io.thalweg.directory.Directory;
import io.thalweg.directory.Log;
import io.thalweg.directory.Tenant;
import io.thalweg.directory.View;
import io.thalweg.index.IndexCopy;
import io.thalweg.index.IndexSpace;
import io.thalweg.index.store.IndexStore;
import io.thalweg.index.store.Overlay;
import io.thalweg.log.EventReader;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.LogId;
import io.thalweg.model.StreamId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.ViewId;
import io.thalweg.server.config.HistorySettings;
import io.thalweg.server.javaviews.store.CheckpointKeeper;
import io.thalweg.server.javaviews.store.IndexStores;
import io.thalweg.server.routing.Administration;
import io.thalweg.server.routing.HostedShard;
import io.thalweg.server.routing.Shards;
import io.thalweg.view.java.run.StepStore;
import io.thalweg.view.java.run.Surroundings;
import io.thalweg.view.java.run.Wiring;
import io.thalweg.view.java.ship.UnderWay;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What of the states of views in Java lies on this node: which events they need still, and what other nodes may copy. Thread-safe. */
public final class KeptStates {
    /** Of a copy of an index, about. */
    private static final int PAGE_BYTES = 4 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(KeptStates.class);

    /** Indexes that are copied from other replicas, by the view's steps. */
    private final Map<UUID, Thread> copies = new ConcurrentHashMap<>();

    private static final long PAUSE_MS = 5_000;

    private final Object lock = new Object();
    private int readers; // guarded by lock
    private boolean ending; // guarded by lock

    /** Views whose states are brought up to their steps. */
    private final Set<ViewId> catchingUp = ConcurrentHashMap.newKeySet();

    private final Administration administration;
    private final Shards shards;
    private final IndexStores stores;
    private final HistorySettings history;
    private final ReplicaWire replicas;
    private final Map<ViewId, RunningView> running;
    private final Map<ViewId, RunningView> besides;

    /**
     * @param running what answers here, as it changes
     * @param besides what follows that, the same
     */
    KeptStates(
            Administration administration,
            Shards shards,
            IndexStores stores,
            HistorySettings history,
            ReplicaWire replicas,
            Map<ViewId, RunningView> running,
            Map<ViewId, RunningView> besides) {
        this.administration = administration;
        this.shards = shards;
        this.stores = stores;
        this.history = history;
        this.replicas = replicas;
        this.running = running;
        this.besides = besides;
    }

    private boolean isHere(int shard) {
        return shards.hosted().stream().anyMatch(home -> home.number() == shard);
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
        long needed = Long.MAX_VALUE;
        for (LogId state : view.states()) {
            Log steps = tenant.log(state).orElse(null);
            if (steps == null || !isHere(steps.shard(0))) {
                return 1;
            }
            RunningView its = null;
            for (RunningView each : Arrays.asList(running.get(view.id()), besides.get(view.id()))) {
                its = each != null && each.steps().id().equals(state) ? each : its;
            }
            needed = Math.min(
                    needed,
                    StateCopies.isUnderWay(view, steps, stores.of(steps.shard(0)))
                            ? 1 // where it will go on from, nobody can say yet
                            : neededFrom(steps, its, log, stream));
        }
        return needed;
    }

    private long neededFrom(Log steps, @Nullable RunningView its, Log log, StreamId stream) {
        if (its != null && its.inputs().stream().noneMatch(input -> input.id().equals(log.id()))) {
            return Long.MAX_VALUE;
        }
        int partitions = States.partitions(steps);
        int follower = log.root(stream.partition());
        if (follower >= partitions) {
            return Long.MAX_VALUE;
        }
        StepStore store = stores.of(steps.shard(0));
        IndexSpace space = Surroundings.space(steps.id().value());
        if (store.step(space, follower) == 0) {
            return 1; // it has not begun, and nobody can say yet where it will
        }
        Long taken = store.taken(space, follower).get(Wiring.log(log.name(), stream.partition()));
        // A follower knows no others than those of which something was taken, or where it was said to begin.
        return taken != null ? taken + 1 : its == null ? Long.MAX_VALUE : 1;
    }

    /** The steps of what answered before a state that began as a copy of it; see {@link States#behind}. */
    @Nullable
    Log behind(RunningView its) {
        return administration
                .directory()
                .tenant(its.tenant())
                .flatMap(tenant -> tenant.view(its.view().id()).map(view -> States.behind(tenant, view, its.version())))
                .orElse(null);
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
        if (!isHere(log.shard(0))) {
            throw new ThalwegException(ErrorCode.NOT_FOUND, "this node has no replica of the steps " + id);
        }
        return log;
    }

    /**
     * Looks whether the indexes that a class declares could be opened over what is stored, and changes nothing. A node without a replica of the steps
     * knows nothing of them: there the view says it when it starts.
     *
     * @throws io.thalweg.index.schema.SchemaException where one could not
     */
    void requireFits(Log steps, Wiring declared) {
        if (!isHere(steps.shard(0))) {
            return;
        }
        IndexSpace space = Surroundings.space(steps.id().value());
        boolean _ = reading(() -> {
            try (IndexStore.Snapshot snapshot =
                    stores.of(steps.shard(0)).store().snapshot()) {
                Overlay dropped = new Overlay(snapshot);
                declared.declared().forEach(index -> space.open(index, dropped));
            }
            return true;
        });
    }

    /**
     * What is under way in the state of a view that answers and would not go on in another version, in words. A node that does not run the view knows
     * nothing of it: there it would stand still before it, and say so.
     *
     * @param kind that is looked at alone; null for all
     */
    List<String> misfits(View view, Wiring next, @Nullable String kind) {
        RunningView its = running.get(view.id());
        return its == null ? List.of() : reading(() -> UnderWay.misfits(its.side(), next, kind));
    }

    /**
     * Does something with a store that nobody waits for long, so that {@link #end} knows of it.
     *
     * @throws ThalwegException {@code UNAVAILABLE} when the node is stopping
     */
    <T> T reading(Supplier<T> what) {
        synchronized (lock) {
            if (ending) {
                throw new ThalwegException(ErrorCode.UNAVAILABLE, "the node is stopping");
            }
            readers++;
        }
        try {
            return what.get();
        } finally {
            synchronized (lock) {
                readers--;
                lock.notifyAll();
            }
        }
    }

    /**
     * Lets nothing begin any more that reads from stores beside everything else.
     *
     * @param untilNs how long to wait for what does, by {@link System#nanoTime}
     * @return whether nothing does any more
     */
    boolean end(long untilNs) throws InterruptedException {
        synchronized (lock) {
            ending = true;
            while (readers > 0) {
                long leftMs = (untilNs - System.nanoTime()) / 1_000_000;
                if (leftMs <= 0) {
                    return false;
                }
                lock.wait(leftMs);
            }
            return true;
        }
    }

    /** Begins from another replica's index where the steps that this one misses are not kept any more. */
    void requireKept(Log steps, int partitions) {
        int shard = steps.shard(0);
        UUID id = steps.id().value();
        if (copies.containsKey(id)) {
            throw new ThalwegException(ErrorCode.UNAVAILABLE, "its index is copied from another replica");
        }
        List<Long> applied = IndexStores.applied(stores.of(shard), id, partitions);
        for (int i = 0; i < partitions; i++) {
            long first = shards.numbered(shard).events().first(steps.stream(i));
            if (first > applied.get(i) + 1) {
                if (replicas.others(shard) == 0) {
                    throw new ThalwegException(
                            ErrorCode.UNAVAILABLE,
                            "its index has step " + applied.get(i) + ", steps are kept from " + first
                                    + " on, and there is no other replica: bring back a backup, or have the view begin"
                                    + " anew from its logs (thalweg view rewind)");
                }
                // Beside everything else: it may take long, and other views are not to wait for it.
                copies.computeIfAbsent(
                        id, _ -> Thread.ofVirtual().name("java-view-copy").start(() -> copy(shard, id, steps)));
                throw new ThalwegException(
                        ErrorCode.UNAVAILABLE, "its index misses steps, and is copied from another replica");
            }
        }
    }

    /**
     * Whether all states of a view are here as their steps in the shard say, as far as these are kept. Where they are not they are read beside everything else, once
     * at a time: that may take long, and other views are not to wait for it.
     */
    boolean isCaughtUp(Tenant tenant, View view) {
        if (catchingUp.contains(view.id())) {
            return false;
        }
        StepStore store = null;
        boolean behind = false;
        for (LogId state : view.states()) {
            Log steps = tenant.log(state).orElse(null);
            if (steps != null) {
                store = stores.of(steps.shard(0));
                behind |= isBehind(steps, store);
            }
        }
        if (!behind || store == null) {
            return true;
        }
        StepStore its = store;
        if (catchingUp.add(view.id())) {
            Thread.ofVirtual().name("java-view-catching-up").start(() -> {
                try {
                    boolean _ = reading(() -> {
                        States.catchUp(tenant, view, shards, its);
                        return true;
                    });
                } catch (RuntimeException e) {
                    LOG.warn("steps of view {} could not be read; trying again", view.name(), e);
                    pause();
                } finally {
                    catchingUp.remove(view.id());
                }
            });
        }
        return false;
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Whether there are steps that an index does not have and could. */
    private boolean isBehind(Log steps, StepStore store) {
        EventReader events = shards.numbered(steps.shard(0)).events();
        IndexSpace space = Surroundings.space(steps.id().value());
        for (int i = 0; i < States.partitions(steps); i++) {
            long step = store.step(space, i);
            StreamId stream = steps.stream(i);
            if (events.head(stream) > step && events.first(stream) <= step + 1) {
                return true;
            }
        }
        return false;
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

    /** Whether an index is copied from another replica now. */
    boolean isCopied(UUID steps) {
        return copies.containsKey(steps);
    }

    /** Has nothing be copied any more. */
    void close() throws InterruptedException {
        for (Thread copy : copies.values()) {
            copy.interrupt();
            copy.join();
        }
    }
}
