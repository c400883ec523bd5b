package io.thalweg.view.host;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.Position;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.ViewId;
import io.thalweg.view.QueryOutcome;
import io.thalweg.view.VersionSpec;
import io.thalweg.view.VersionStatus;
import io.thalweg.view.ViewLimits;
import io.thalweg.view.ViewQuery;
import io.thalweg.view.ViewSpec;
import io.thalweg.view.follow.Follower;
import io.thalweg.view.follow.QueryLine;
import io.thalweg.view.follow.Saving;
import io.thalweg.view.schedule.ViewHostOptions;
import io.thalweg.view.schedule.ViewThreads;
import io.thalweg.view.state.IndexKeeper;
import io.thalweg.view.state.Indexes;
import io.thalweg.view.state.SnapshotFile;
import io.thalweg.view.state.SnapshotKeeper;
import io.thalweg.view.state.StateDirectory;
import io.thalweg.view.state.StateKeeper;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs all views of a node. Thread-safe. Only {@link #query} and {@link #close} wait; nothing here ever slows a write.
 *
 * <p>What should run comes from outside as {@link ViewSpec}s; the host compares and acts. What is on disk below
 * {@link ViewHostOptions#directory} is its own, and can be rebuilt from the logs alone:
 *
 * <pre>
 * VIEW/VERSION/*.snapshot    state of views that live in memory, see {@link SnapshotFile}
 * VIEW/VERSION/renewed       the state was made again once, see {@link #renew}
 * index, index-N/             indexes of all other views, see {@link Indexes}
 * </pre>
 */
public final class ViewHost implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ViewHost.class);
    private static final Duration REST_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration END_TIMEOUT = Duration.ofSeconds(15);

    private final ViewHostOptions options;
    private final ViewPorts ports;
    private final StateDirectory states;
    private final Indexes indexes;
    private final Map<ViewId, Hosted> views = new ConcurrentHashMap<>(); // changed under this
    private final Map<TenantId, Map<StreamId, LongAdder>> computeNs = new ConcurrentHashMap<>();
    private final Map<StreamId, Watched> watched = new HashMap<>(); // guarded by this
    private final Map<Version, CompletableFuture<Void>> ending = new HashMap<>(); // guarded by this
    private final LongAdder renewed = new LongAdder();
    private boolean closed; // guarded by this

    /** Who follows a stream. */
    private record Watched(ViewThreads.Watch watch, List<Follower> followers) {}

    private record Version(ViewId view, int number) {}

    /** One view's versions; replaced as a whole, so that queries move from one to the other in one step. */
    private record Hosted(TenantId tenant, StreamId stream, int active, SortedMap<Integer, Follower> versions) {}

    private ViewHost(ViewHostOptions options, ViewPorts ports) {
        this.options = options;
        this.ports = ports;
        this.states = new StateDirectory(ports.disk(), options.directory());
        this.indexes = new Indexes(
                options.directory(), options.indexCacheBytes(), options.indexWriteBufferBytes(), this::wakeAll);
        ports.threads().housekeeping(this::tick);
    }

    /** Starts a host without any view. */
    public static ViewHost open(ViewHostOptions options, ViewPorts ports) {
        return new ViewHost(options, ports);
    }

    /**
     * Makes one view run as described: starts versions that are new, stops and deletes those that are gone, pauses, resumes, moves
     * queries to the active version in one step, and wakes a version parked at a sequence that is now skipped. Returns at once; the
     * same description again changes nothing.
     */
    public synchronized void apply(ViewSpec spec) {
        if (closed) {
            return;
        }
        Hosted before = views.get(spec.view());
        SortedMap<Integer, Follower> versions = new TreeMap<>();
        List<Follower> fresh = new ArrayList<>();
        for (VersionSpec wanted : spec.versions()) {
            boolean active = wanted.version() == spec.activeVersion();
            Follower follower = before == null ? null : before.versions().get(wanted.version());
            if (follower == null) {
                follower = follower(spec, wanted, active);
                fresh.add(follower);
            } else {
                follower.update(wanted, active);
            }
            versions.put(wanted.version(), follower);
        }
        views.put(spec.view(), new Hosted(spec.tenant(), spec.stream(), spec.activeVersion(), versions));
        fresh.forEach(this::begin);
        if (before != null) {
            for (Follower old : before.versions().values()) {
                if (!versions.containsKey(old.id.version())) {
                    var _ = end(old);
                }
            }
        }
    }

    private Follower follower(ViewSpec spec, VersionSpec version, boolean active) {
        return new Follower(
                new Follower.Identity(spec.tenant(), spec.view(), version.version(), spec.stream()),
                version,
                active,
                new Follower.Surroundings(
                        ports.clock(),
                        ports.readers().apply(spec.stream()),
                        ports.deadLetters(),
                        ports.takeover(),
                        this::keeper,
                        computeNs
                                .computeIfAbsent(spec.tenant(), _ -> new ConcurrentHashMap<>())
                                .computeIfAbsent(spec.stream(), _ -> new LongAdder()),
                        () -> ports.memory().apply(spec.tenant()),
                        options.slice().toNanos(),
                        options.compare(),
                        options.tries(),
                        options.maxQueuedQueries()),
                ports.threads());
    }

    private StateKeeper keeper(SnapshotFile.Owner owner, boolean usesIndex, ViewLimits limits) {
        return usesIndex
                ? new IndexKeeper(indexes.acquire(), owner, limits.maxResultBytes(), indexes::release)
                : new SnapshotKeeper(
                        ports.disk(),
                        states.of(owner.view(), owner.version()),
                        owner,
                        ports.threads().savers());
    }

    /** Lets a new version run, once an earlier one of the same name has left the disk. */
    private synchronized void begin(Follower follower) {
        Hosted hosted = views.get(follower.id.view());
        if (hosted == null || hosted.versions().get(follower.id.version()) != follower) {
            return; // gone before it began
        }
        CompletableFuture<Void> earlier = ending.get(version(follower));
        if (earlier != null && !earlier.isDone()) {
            var _ = earlier.whenComplete((_, _) -> begin(follower));
            return;
        }
        follower.begin();
        watched.computeIfAbsent(follower.id.stream(), this::watch).followers().add(follower);
    }

    private Watched watch(StreamId stream) {
        List<Follower> followers = new CopyOnWriteArrayList<>();
        ViewThreads.Watch watch =
                ports.threads().watch(ports.readers().apply(stream), stream, () -> followers.forEach(Follower::signal));
        return new Watched(watch, followers);
    }

    private static Version version(Follower follower) {
        return new Version(follower.id.view(), follower.id.version());
    }

    private synchronized CompletableFuture<Void> end(Follower follower) {
        unwatch(follower);
        Version version = version(follower);
        // One that never began because its predecessor had not ended ends before that does.
        CompletableFuture<Void> predecessor = ending.getOrDefault(version, CompletableFuture.completedFuture(null));
        CompletableFuture<Void> gone = CompletableFuture.allOf(predecessor, follower.stop(true))
                .thenRunAsync(() -> forget(version), ports.threads().savers());
        ending.put(version, gone);
        return gone.whenComplete((_, _) -> {
            synchronized (this) {
                ending.remove(version, gone);
            }
        });
    }

    /** One that never got so far as to open its state has not deleted it. */
    private void forget(Version version) {
        states.forget(version.view(), version.number());
        indexes.forget(version.view(), version.number());
    }

    private synchronized void unwatch(Follower follower) {
        Watched stream = watched.get(follower.id.stream());
        if (stream != null
                && stream.followers().remove(follower)
                && stream.followers().isEmpty()) {
            watched.remove(follower.id.stream());
            stream.watch().close();
        }
    }

    /** Stops a view and deletes its state; unknown views are ignored. Completes when nothing is left of it. */
    public synchronized CompletableFuture<Void> remove(ViewId view) {
        Hosted gone = views.remove(view);
        if (gone == null) {
            return CompletableFuture.completedFuture(null);
        }
        CompletableFuture<?>[] ends =
                gone.versions().values().stream().map(this::end).toArray(CompletableFuture<?>[]::new);
        return CompletableFuture.allOf(ends)
                .thenRunAsync(() -> states.delete(view), ports.threads().savers());
    }

    /**
     * {@link #apply}s all of these and removes everything else, also from the disk. To be called once at the start with all that there is;
     * it reads directories.
     */
    public synchronized void reconcile(Collection<ViewSpec> all) {
        if (closed) {
            return;
        }
        Set<Version> wanted = new HashSet<>();
        Set<ViewId> wantedViews = new HashSet<>();
        for (ViewSpec spec : all) {
            wantedViews.add(spec.view());
            spec.versions().forEach(version -> wanted.add(new Version(spec.view(), version.version())));
        }
        for (ViewId view : List.copyOf(views.keySet())) {
            if (!wantedViews.contains(view)) {
                var _ = remove(view);
            }
        }
        sweep(wanted);
        all.forEach(this::apply);
    }

    private void sweep(Set<Version> wanted) {
        states.keepOnly((view, version) -> wanted.contains(new Version(view, version)), views::containsKey);
        indexes.keepOnly(entry ->
                wanted.contains(new Version(entry.getKey(), entry.getValue())) || views.containsKey(entry.getKey()));
    }

    /** Something changed for all of them. */
    private void wakeAll() {
        views.values().forEach(hosted -> hosted.versions().values().forEach(Follower::signal));
    }

    private void tick() {
        long nowMs = Saving.nowMs(ports.clock());
        long nowNs = ports.clock().monotonicNs();
        for (Hosted hosted : views.values()) {
            for (Follower follower : hosted.versions().values()) {
                follower.tick(nowMs, nowNs);
            }
        }
    }

    /**
     * Asks the active version.
     *
     * @param after the answer must reflect this position, as far as it is about streams that the view follows
     * @param deadline longest wait for {@code after} and for the answer
     * @throws ThalwegException {@code NOT_FOUND}; {@code VIEW_PARKED} or {@code VIEW_PAUSED} when {@code after} cannot be reached;
     *     {@code VIEW_FAILED} when the view cannot run or its code trapped; {@code OVERLOADED} when too many queries wait;
     *     {@code DEADLINE_EXCEEDED} when it was the answer that took too long
     */
    public QueryOutcome query(ViewId view, ViewQuery query, Position after, Duration deadline)
            throws InterruptedException {
        Hosted hosted = hosted(view);
        return ask(follower(hosted, view, hosted.active()), query, after, deadline);
    }

    /** Asks one version, active or not; otherwise like the shorter form. */
    public QueryOutcome query(ViewId view, int version, ViewQuery query, Position after, Duration deadline)
            throws InterruptedException {
        return ask(follower(hosted(view), view, version), query, after, deadline);
    }

    private static QueryOutcome ask(Follower follower, ViewQuery query, Position after, Duration deadline)
            throws InterruptedException {
        QueryLine.Pending pending = follower.ask(query, after);
        try {
            return pending.outcome.get(deadline.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            Position position = follower.position();
            if (position.of(follower.id.stream()) < after.of(follower.id.stream())) {
                return new QueryOutcome.Behind(position, after, follower.id.version());
            }
            throw new ThalwegException(
                    ErrorCode.DEADLINE_EXCEEDED, "view did not answer within " + deadline.toMillis() + " ms", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ThalwegException refusal) {
                throw new ThalwegException(refusal.code(), String.valueOf(refusal.getMessage()), refusal);
            }
            throw new ThalwegException(ErrorCode.INTERNAL, "query failed in the host", e);
        } catch (CancellationException e) {
            throw new ThalwegException(ErrorCode.UNAVAILABLE, "query was cancelled", e);
        } finally {
            follower.leave(pending);
        }
    }

    private Hosted hosted(ViewId view) {
        Hosted hosted = views.get(view);
        if (hosted == null) {
            throw new ThalwegException(ErrorCode.NOT_FOUND, "view " + view + " does not exist");
        }
        return hosted;
    }

    private static Follower follower(Hosted hosted, ViewId view, int version) {
        Follower follower = hosted.versions().get(version);
        if (follower == null) {
            throw new ThalwegException(
                    ErrorCode.NOT_FOUND,
                    "view " + view + " has no version " + version + " but "
                            + hosted.versions().keySet());
        }
        return follower;
    }

    /** All versions of a view, oldest first; empty when there is no such view. */
    public List<VersionStatus> status(ViewId view) {
        Hosted hosted = views.get(view);
        return hosted == null
                ? List.of()
                : hosted.versions().values().stream().map(Follower::status).toList();
    }

    /** All versions of all views. */
    public List<VersionStatus> status() {
        return views.values().stream()
                .flatMap(hosted -> hosted.versions().values().stream())
                .map(Follower::status)
                .toList();
    }

    /** Makes a parked or failed version try again; throws {@code NOT_FOUND} when it does not exist, {@code INVALID_REQUEST} when it runs. */
    public void retry(ViewId view, int version) {
        if (!follower(hosted(view), view, version).retry()) {
            throw new ThalwegException(
                    ErrorCode.INVALID_REQUEST,
                    "version " + version + " of view " + view + " is neither parked nor failed");
        }
    }

    /**
     * Makes the state of a version again because it is wrong: from one that does not reflect a sequence, or from its stream. Queries wait until it is where it was. Where
     * the stream has no more what is needed the version stays as it is, and says so. It is done once for a version, also over starts of the process: what is wrong again is
     * so for another reason.
     *
     * @return false if it was done before, or is under way
     */
    public boolean renew(ViewId view, int version, long sequence) {
        Follower follower = follower(hosted(view), view, version);
        if (states.isRenewed(view, version) || !follower.renew(sequence, () -> states.renewed(view, version))) {
            return false;
        }
        renewed.increment();
        return true;
    }

    /** How often {@link #renew} did something. */
    public long renewed() {
        return renewed.sum();
    }

    /** Makes the state durable now; completes with the position that it reflects. */
    public CompletableFuture<Position> snapshot(ViewId view, int version) {
        return follower(hosted(view), view, version).save();
    }

    /**
     * The oldest event of a stream that some version here would need again if the process ended now, because its durable state does not
     * reflect it; {@link Long#MAX_VALUE} when none follows.
     */
    public long neededFrom(StreamId stream) {
        return views.values().stream()
                .filter(hosted -> hosted.stream().equals(stream))
                .flatMap(hosted -> hosted.versions().values().stream())
                .mapToLong(Follower::needsFrom)
                .min()
                .orElse(Long.MAX_VALUE);
    }

    /** Wall-clock nanoseconds spent in the code of a tenant's views since the host started, removed ones included, by what they follow. */
    public Map<StreamId, Long> computeNs(TenantId tenant) {
        Map<StreamId, Long> spent = new HashMap<>();
        computeNs.getOrDefault(tenant, Map.of()).forEach((stream, ns) -> spent.put(stream, ns.sum()));
        return spent;
    }

    /** Stops all views in order, each with a snapshot; returns when their state is durable, or after a quarter of a minute. */
    @Override
    public void close() {
        List<CompletableFuture<?>> ends = beginStop(true);
        try {
            CompletableFuture.allOf(ends.toArray(CompletableFuture<?>[]::new))
                    .get(END_TIMEOUT.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("not all views stopped in order; they will replay a little more", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        release(() -> {});
    }

    /**
     * Stops like a crash, for tests: saves nothing more.
     *
     * @param frozen runs when nothing moves any more, and before anything is closed
     */
    public void crash(Runnable frozen) {
        var _ = beginStop(false);
        release(frozen);
    }

    private synchronized List<CompletableFuture<?>> beginStop(boolean inOrder) {
        if (closed) {
            return List.of();
        }
        closed = true;
        watched.values().forEach(stream -> stream.watch().close());
        List<CompletableFuture<?>> ends = new ArrayList<>(ending.values());
        if (inOrder) {
            views.values().forEach(hosted -> hosted.versions().values().forEach(f -> ends.add(f.stop(false))));
        }
        return ends;
    }

    private void release(Runnable frozen) {
        try {
            if (!ports.threads().rest(REST_TIMEOUT)) {
                LOG.warn("index of views stays open because a view still runs");
                return;
            }
            indexes.quiesce();
            frozen.run();
            indexes.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
