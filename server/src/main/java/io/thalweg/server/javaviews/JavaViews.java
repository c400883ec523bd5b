package io.thalweg.server.javaviews;

import io.thalweg.directory.Directory;
import io.thalweg.directory.Log;
import io.thalweg.directory.Tenant;
import io.thalweg.directory.View;
import io.thalweg.directory.ViewCode;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.LogId;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.ViewId;
import io.thalweg.server.config.HistorySettings;
import io.thalweg.server.javaviews.store.CheckpointKeeper;
import io.thalweg.server.javaviews.store.IndexStores;
import io.thalweg.server.routing.Administration;
import io.thalweg.server.routing.HostedShard;
import io.thalweg.server.routing.Shards;
import io.thalweg.server.views.Components;
import io.thalweg.shard.Consensus;
import io.thalweg.shard.Shard;
import io.thalweg.view.java.query.QueryThreads;
import io.thalweg.view.java.run.StepStore;
import io.thalweg.view.java.run.Surroundings;
import io.thalweg.view.java.run.Wiring;
import io.thalweg.view.java.ship.ViewJar;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the views in Java run that the directory wants and whose shard this node leads. A thread follows the directory; it also looks
 * after handlers that do not come back: asked to stop after {@link #PATIENCE}, given up when they were asked for as long. Of threads that were given up
 * there are at most {@value ViewThreads#STUCK_MAX}; beyond that no view starts until the node does. Thread-safe.
 */
public final class JavaViews implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(JavaViews.class);
    private static final Duration LOOK = Duration.ofMillis(200);
    private static final Duration CLOSING = Duration.ofSeconds(2);

    /** A view that does not start is tried again after 0.4 s, and twice as long each time up to 13 s. */
    private static final int AGAIN_SHIFT_MAX = 6;

    /** How long one step's handlers may run, unless somebody says otherwise. */
    static final Duration PATIENCE = Duration.ofSeconds(5);

    /** By then the directory is what it was before the start, and what is not in it was deleted. */
    private static final Duration SWEEP_AFTER = Duration.ofMinutes(1);

    private final Administration administration;
    private final Shards shards;
    private final Components components;
    private final IndexStores stores;
    private final FollowedViews followed;
    private final Map<ViewId, RunningView> running = new ConcurrentHashMap<>();
    private final Map<ViewId, Failure> failures = new ConcurrentHashMap<>();

    /** Versions with a state of their own, beside those that answer. */
    private final Map<ViewId, RunningView> besides = new ConcurrentHashMap<>();

    private final Map<ViewId, Failure> failuresBeside = new ConcurrentHashMap<>();
    /** Shards of the states that were ever seen here: what is gone of them is removed. */
    private final Map<UUID, Integer> states = new HashMap<>(); // guarded by this

    private final ViewThreads threads = new ViewThreads();

    private final UserCode code = new UserCode();
    private final QueryThreads queries = new QueryThreads();
    private final Rehearsals rehearsals = new Rehearsals();
    private final CheckpointKeeper checkpoints;
    private final OtherViews others;
    private final LentMoments lent = new LentMoments(System::nanoTime);
    private final KeptStates kept;
    private final StateCopies copies;
    private final Takeovers takeovers;
    private final Thread keeper =
            Thread.ofPlatform().daemon().name("java-view-keeper").unstarted(this::keep);

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
        this.stores = new IndexStores(directory, history);
        this.checkpoints = new CheckpointKeeper(administration, shards, stores, history, SWEEP_AFTER);
        this.followed = new FollowedViews(shards, stores, replicas);
        this.kept = new KeptStates(administration, shards, stores, history, replicas, running, besides);
        this.copies = new StateCopies(shards, kept);
        this.takeovers = new Takeovers(administration, shards, running, besides, this::tookOver, this::load);
        this.others = new OtherViews(administration, shards, components, stores, code, running::get, replicas);
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
                if (view.isJava()) {
                    view.states().forEach(state -> there.add(state.value()));
                }
                if (steps == null || shard == null) {
                    continue;
                }
                // Who leads applies the steps of what runs by himself; the rest of a view's states he follows like
                // others.
                view.states().forEach(state -> {
                    followedHere.add(state.value());
                    states.put(state.value(), steps.shard(0));
                });
                if (shard.role() == Consensus.Role.LEADER && tenant.javaViews()) {
                    gone.remove(view.id());
                    led.add(new Led(tenant, view));
                    runs(view).forEach(followedHere::remove);
                } else if (shard.role() == Consensus.Role.LEADER) {
                    view.states().forEach(state -> followedHere.remove(state.value()));
                }
            }
        }
        followed.retain(followedHere, there);
        for (Led each : led) {
            try {
                follow(each.tenant, each.view);
            } catch (RuntimeException e) {
                // Of this view alone: others are brought in line all the same.
                LOG.warn("view {} could not be brought in line with the directory; trying again", each.view.name(), e);
            }
            runs(each.view).forEach(followedHere::remove);
        }
        for (ViewId id : gone) {
            // Who no longer leads keeps the index, which is where he goes on when he leads again.
            stop(running, id, !wanted.contains(id));
            stop(besides, id, !wanted.contains(id));
        }
        followed.retain(followedHere, there);
        followOthers(now, followedHere);
        clearGone(there);
        if (!swept && System.nanoTime() - startedNs > SWEEP_AFTER.toNanos()) {
            swept = true;
            shards.hosted().forEach(home -> stores.sweep(home.number(), there));
        }
        failures.keySet().retainAll(wanted);
        failuresBeside.keySet().retainAll(wanted);
        others.retain(wanted);
    }

    /** The states of a view that run here. */
    private Set<UUID> runs(View view) {
        Set<UUID> runs = new HashSet<>();
        for (RunningView its : Arrays.asList(running.get(view.id()), besides.get(view.id()))) {
            if (its != null) {
                runs.add(its.steps().id().value());
            }
        }
        return runs;
    }

    /** Removes what is kept of states that nobody has any more; those that ran here went when they stopped. */
    private void clearGone(Set<UUID> there) {
        states.entrySet().removeIf(state -> {
            boolean gone = !there.contains(state.getKey()) && hosted(state.getValue()) != null;
            if (gone) {
                stores.of(state.getValue()).clear(Surroundings.space(state.getKey()));
            }
            return gone;
        });
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
                for (LogId state : view.isJava() ? view.states() : Set.<LogId>of()) {
                    tenant.log(state)
                            .filter(steps -> wanted.contains(steps.id().value()))
                            .filter(steps -> !kept.isCopied(steps.id().value()))
                            .ifPresent(steps -> followed.follow(tenant.id(), steps));
                }
            }
        }
    }

    private void follow(Tenant tenant, View view) throws InterruptedException {
        if (takeovers.isBusy(view.id())) {
            return; // what it finds in the steps at this moment is half of what comes
        }
        StepStore store = stores.of(tenant.log(view.log()).orElseThrow().shard(0));
        if (view.states().size() > 1 && !running.containsKey(view.id()) && !kept.isCaughtUp(tenant, view)) {
            return; // looked at again soon
        }
        States found = States.of(tenant, view, store);
        if (found == null) {
            return;
        }
        run(running, failures, tenant, view, found.answering(), found.answers(), null);
        Log follows = found.follows();
        if (copies.isMaking(view, found, store, running.get(view.id()))) {
            stop(besides, view.id(), false); // nothing runs on it before it is whole
            failuresBeside.remove(view.id());
        } else if (follows != null) { // also where what answers does not start: it is left so
            run(besides, failuresBeside, tenant, view, found.following(), follows, found.answers());
        } else {
            stop(besides, view.id(), false);
            failuresBeside.remove(view.id());
        }
    }

    /** Has a version run on a state, in the place of what ran there. */
    private void run(
            Map<ViewId, RunningView> among,
            Map<ViewId, Failure> failed,
            Tenant tenant,
            View view,
            int version,
            Log state,
            @Nullable Log ahead)
            throws InterruptedException {
        RunningView known = among.get(view.id());
        if (known != null) {
            boolean split = known.isSplit(tenant);
            if (!known.view().equals(view)) {
                known.become(view);
            }
            if (known.runs(version, state, ahead) && !split) {
                return;
            }
        }
        Failure before = failed.get(view.id());
        if (before != null && before.holds(view)) {
            return;
        }
        try {
            RunningView made = make(tenant, view, version, state, ahead);
            stop(among, view.id(), false);
            among.put(view.id(), made);
            failed.remove(view.id());
            made.start();
        } catch (RuntimeException | LinkageError e) {
            int times = before == null || !before.view.equals(view) ? 1 : before.times + 1;
            long pauseNs = LOOK.toNanos() << Math.min(times, AGAIN_SHIFT_MAX);
            failed.put(view.id(), new Failure(view, e.toString(), times, System.nanoTime() + pauseNs));
            if (before == null || !before.reason.equals(e.toString())) {
                LOG.warn("version {} of view {} does not start", version, view.name(), e);
            }
            if (known != null && !view.states().contains(known.steps().id())) {
                stop(among, view.id(), true);
            }
        }
    }

    private RunningView make(Tenant tenant, View view, int version, Log steps, @Nullable Log ahead)
            throws InterruptedException {
        int more = States.partitions(steps);
        requireRoom(tenant, view, version, more);
        RunningView.Release release = load(tenant, view, version, more);
        Wiring wiring = release.wiring();
        Set<String> names = new LinkedHashSet<>(wiring.logs());
        names.addAll(wiring.outputs());
        List<Log> logs = new ArrayList<>();
        for (String name : names) {
            logs.add(tenant.log(name)
                    .orElseThrow(() -> new ThalwegException(ErrorCode.NOT_FOUND, "log " + name + " is gone")));
        }
        kept.requireKept(steps, more);
        return new RunningView(
                tenant.id(),
                view,
                release,
                steps,
                ahead,
                logs,
                shards,
                stores.of(steps.shard(0)),
                stores.checkpoints(steps.shard(0)),
                stores.past(),
                new NodeCalls(administration, shards, tenant.id()),
                queries,
                others.of(tenant.id()));
    }

    private void requireRoom(Tenant tenant, View view, int version, int more) {
        int all = more;
        int its = more;
        for (RunningView each : all()) {
            if (!each.view().id().equals(view.id()) || each.version() != version) {
                all += each.partitions().size();
                its += each.tenant().equals(tenant.id()) ? each.partitions().size() : 0;
            }
        }
        threads.requireRoom(tenant.id(), all, its);
    }

    private RunningView.Release load(Tenant tenant, View view, int version, int partitions)
            throws InterruptedException {
        ViewCode its = view.version(version).orElseThrow().code();
        ViewJar jar = ViewJar.load(components.load(tenant, its), its.javaClass());
        return new RunningView.Release(version, code.declaration(jar, its.javaClass(), partitions), jar::create);
    }

    /** Loads another version of a view that runs. */
    private RunningView.Release load(RunningView running, int version) throws InterruptedException {
        Tenant tenant = administration
                .directory()
                .tenant(running.tenant())
                .orElseThrow(() -> new ThalwegException(ErrorCode.NOT_FOUND, "the tenant was deleted"));
        return load(tenant, running.view(), version, running.partitions().size());
    }

    private void stop(Map<ViewId, RunningView> among, ViewId id, boolean forGood) throws InterruptedException {
        stop(among.remove(id), forGood, System.nanoTime() + CLOSING.toNanos());
    }

    private void stop(@Nullable RunningView view, boolean forGood, long untilNs) throws InterruptedException {
        if (view == null) {
            return;
        }
        takeovers.end(view.view().id());
        copies.end(view.view().id());
        view.close();
        view.join(untilNs);
        giveUp(view);
        if (forGood && view.partitions().stream().allMatch(RunningPartition::hasEnded)) {
            view.clear();
        }
    }

    private synchronized void watchOver() throws InterruptedException {
        for (Map<ViewId, RunningView> among : List.of(running, besides)) {
            for (RunningView view : List.copyOf(among.values())) {
                if (view.partitions().stream().anyMatch(RunningPartition::isBehind)) {
                    // It begins again, from another replica's index.
                    stop(among, view.view().id(), false);
                }
            }
        }
        renewDamaged();
        takeovers.look();
        lent.look();
        threads.forgetEnded();
        for (RunningView view : all()) {
            long patienceNs = view.patience().toNanos();
            for (RunningPartition partition : view.partitions()) {
                partition.perhapsBeginAgain();
                switch (partition.look(patienceNs)) {
                    case LET -> {}
                    case ASK -> partition.interrupt();
                    case GIVE_UP -> {
                        partition.abandon();
                        partition.giveTo(threads, view.tenant());
                    }
                }
            }
        }
    }

    /** A store that is damaged gives way to another one, in which the views begin again. */
    private void renewDamaged() throws InterruptedException {
        for (int shard : stores.damaged()) {
            for (Map<ViewId, RunningView> among : List.of(running, besides)) {
                for (RunningView view : List.copyOf(among.values())) {
                    if (view.steps().shard(0) == shard) {
                        stop(among, view.view().id(), false);
                    }
                }
            }
            followed.end(shard);
            stores.renew(shard);
        }
    }

    private List<RunningView> all() {
        return Stream.concat(running.values().stream(), besides.values().stream())
                .toList();
    }

    /** What followed answers: it takes the place of the other at once, which is stopped. */
    private void tookOver(@Nullable RunningView from, RunningView to) {
        ViewId id = to.view().id();
        if (stopping) {
            return; // who holds the lock then waits for this thread
        }
        synchronized (this) {
            if (besides.get(id) != to || running.get(id) != from) {
                return; // whatever has happened meanwhile, the steps say how it is
            }
            running.put(id, to);
            besides.remove(id);
            takeovers.end(id);
            to.partitions().forEach(partition -> partition.hold(null)); // which wakes it
            failures.remove(id);
            if (from != null) {
                from.close();
                giveUp(from);
            }
        }
    }

    /** Knows of the threads of a view that was closed until they end. */
    private void giveUp(RunningView view) {
        view.partitions().forEach(each -> each.giveTo(threads, view.tenant()));
    }

    /** A view that runs here; null when it does not, or not yet. */
    public @Nullable RunningView running(ViewId view) {
        return running.get(view);
    }

    /** A version with a state of its own that follows the one that answers; null when there is none here. */
    public @Nullable RunningView beside(ViewId view) {
        return besides.get(view);
    }

    /** Why the version that follows does not run, or what keeps it from taking over; null when nothing is known against it. */
    public @Nullable String obstacle(ViewId view) {
        Failure failure = failuresBeside.get(view);
        String copying = copies.obstacle(view);
        return failure != null ? failure.reason : copying != null ? copying : takeovers.obstacle(view);
    }

    /** The threads of queries. */
    QueryThreads queries() {
        return queries;
    }

    /** What views read of each other. */
    OtherViews others() {
        return others;
    }

    /**
     * A moment of a view that is lent to another node.
     *
     * @param id by what it is known
     * @param steps of the state that answers
     */
    public record Lent(long id, UUID steps, int partitions) {}

    /** Lends the newest moment of a view, of which there is a replica here; {@code UNAVAILABLE} when there is none, or it is not whole. */
    public Lent lend(TenantId tenant, ViewId view) {
        return others.lend(tenant, view, lent);
    }

    /** A page of a moment that is lent. */
    public byte[] lent(long id, byte[] from, byte[] to, boolean reverse, int bytesMax) {
        return lent.page(id, from, to, reverse, bytesMax);
    }

    /** Has a moment back. */
    public void back(long id) {
        lent.back(id);
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

    /** What of the views lies here, for who lets go of events and for other nodes. */
    public KeptStates kept() {
        return kept;
    }

    /** Starts a view's partitions anew, those that were given up included. */
    public synchronized void restart(Tenant tenant, View view) throws InterruptedException {
        stop(running, view.id(), false);
        failures.remove(view.id());
        follow(tenant, view);
    }

    @Override
    public void close() {
        stopping = true;
        keeper.interrupt();
        try {
            keeper.join();
            synchronized (this) {
                all().forEach(RunningView::close);
                long untilNs = System.nanoTime() + CLOSING.toNanos();
                for (Map<ViewId, RunningView> among : List.of(running, besides)) {
                    for (ViewId id : List.copyOf(among.keySet())) {
                        stop(among.remove(id), false, untilNs);
                    }
                }
                followed.close();
                checkpoints.close();
                kept.close();
                lent.end();
                copies.endAll();
                boolean nothingReads = queries.end();
                boolean nothingLooks = kept.end(System.nanoTime() + CLOSING.toNanos());
                // What writes, or reads what is newest: readers of a snapshot are known to the stores.
                boolean nothingRehearses = rehearsals.end(System.nanoTime() + CLOSING.toNanos());
                boolean nothingTakesOver = takeovers.endAll(System.nanoTime() + CLOSING.toNanos());
                if (!threads.isAnyStuck() && nothingReads && nothingLooks && nothingRehearses && nothingTakesOver) {
                    stores.close(System.nanoTime() + CLOSING.toNanos());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
