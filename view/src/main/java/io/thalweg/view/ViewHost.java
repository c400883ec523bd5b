package io.thalweg.view;

import io.thalweg.log.EventReader;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.ViewId;
import io.thalweg.ports.disk.Disk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
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
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
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
 * index/                     indexes of all other views, see {@link IndexDatabase}
 * </pre>
 */
public final class ViewHost implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ViewHost.class);
    private static final String INDEX = "index";
    private static final int SAVERS = 2;
    private static final Duration END_TIMEOUT = Duration.ofSeconds(15);

    private final ViewHostOptions options;
    private final Disk disk;
    private final InstantSource clock;
    private final Function<StreamId, EventReader> readers;
    private final DeadLetters deadLetters;
    private final Takeover takeover;
    private final SliceScheduler scheduler;
    private final ExecutorService savers = Executors.newFixedThreadPool(
            SAVERS, Thread.ofPlatform().daemon().name("view-saver-", 1).factory());

    private final Map<ViewId, Hosted> views = new ConcurrentHashMap<>(); // changed under this
    private final Map<TenantId, LongAdder> computeNs = new ConcurrentHashMap<>();
    private final Map<StreamId, StreamWatch> watches = new HashMap<>(); // guarded by this
    private final Map<Version, CompletableFuture<Void>> ending = new HashMap<>(); // guarded by this
    private boolean closed; // guarded by this
    private final Object indexLock = new Object();
    private @Nullable IndexDatabase index; // guarded by indexLock

    private record Version(ViewId view, int number) {}

    /** One view's versions; replaced as a whole, so that queries move from one to the other in one step. */
    private record Hosted(TenantId tenant, StreamId stream, int active, SortedMap<Integer, Follower> versions) {}

    private ViewHost(
            ViewHostOptions options,
            Disk disk,
            InstantSource clock,
            Function<StreamId, EventReader> readers,
            DeadLetters deadLetters,
            Takeover takeover) {
        this.options = options;
        this.disk = disk;
        this.clock = clock;
        this.readers = readers;
        this.deadLetters = deadLetters;
        this.takeover = takeover;
        this.scheduler = new SliceScheduler(
                options.workers(),
                options.maxWorkers(),
                options.workerStackBytes(),
                this::tick,
                options.housekeeping());
    }

    /**
     * Starts a host without any view.
     *
     * @param readers the reader of the shard that a stream lives in
     */
    public static ViewHost open(
            ViewHostOptions options,
            Disk disk,
            InstantSource clock,
            Function<StreamId, EventReader> readers,
            DeadLetters deadLetters,
            Takeover takeover) {
        return new ViewHost(options, disk, clock, readers, deadLetters, takeover);
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
                if (!versions.containsKey(old.version)) {
                    var _ = end(old);
                }
            }
        }
    }

    private Follower follower(ViewSpec spec, VersionSpec version, boolean active) {
        return new Follower(
                spec.tenant(),
                spec.view(),
                spec.stream(),
                version,
                active,
                new Follower.Surroundings(
                        clock,
                        readers.apply(spec.stream()),
                        deadLetters,
                        takeover,
                        this::keeper,
                        computeNs.computeIfAbsent(spec.tenant(), _ -> new LongAdder()),
                        options.slice().toNanos(),
                        options.tries(),
                        options.maxQueuedQueries()),
                scheduler);
    }

    private StateKeeper keeper(SnapshotFile.Owner owner, boolean usesIndex, ViewLimits limits) {
        return usesIndex
                ? new IndexKeeper(index(), owner, limits.maxResultBytes())
                : new SnapshotKeeper(disk, directory(owner.view(), owner.version()), owner, savers);
    }

    private Path directory(ViewId view, int version) {
        return options.directory().resolve(view.toString()).resolve(Integer.toString(version));
    }

    /** The index database, opened when the first view needs it: loading it takes a moment that others need not wait. */
    private IndexDatabase index() {
        synchronized (indexLock) {
            IndexDatabase open = index;
            if (open == null) {
                open = IndexDatabase.open(
                        options.directory().resolve(INDEX), options.indexCacheBytes(), options.indexWriteBufferBytes());
                index = open;
            }
            return open;
        }
    }

    /** Lets a new version run, once an earlier one of the same name has left the disk. */
    private synchronized void begin(Follower follower) {
        Hosted hosted = views.get(follower.view);
        if (hosted == null || hosted.versions().get(follower.version) != follower) {
            return; // gone before it began
        }
        CompletableFuture<Void> earlier = ending.get(new Version(follower.view, follower.version));
        if (earlier != null && !earlier.isDone()) {
            var _ = earlier.whenComplete((_, _) -> begin(follower));
            return;
        }
        follower.begin();
        StreamWatch watch = watches.get(follower.stream);
        if (watch == null) {
            watch = new StreamWatch(follower.stream, readers.apply(follower.stream));
            watches.put(follower.stream, watch);
            watch.start();
        }
        watch.add(follower);
    }

    private synchronized CompletableFuture<Void> end(Follower follower) {
        unwatch(follower);
        Version version = new Version(follower.view, follower.version);
        // One that never began because its predecessor had not ended ends before that does.
        CompletableFuture<Void> predecessor = ending.getOrDefault(version, CompletableFuture.completedFuture(null));
        CompletableFuture<Void> gone = CompletableFuture.allOf(predecessor, follower.stop(true));
        ending.put(version, gone);
        return gone.whenComplete((_, _) -> {
            synchronized (this) {
                ending.remove(version, gone);
            }
        });
    }

    private synchronized void unwatch(Follower follower) {
        StreamWatch watch = watches.get(follower.stream);
        if (watch != null && watch.remove(follower)) {
            watches.remove(follower.stream);
            watch.stop();
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
                .thenRunAsync(() -> deleteQuietly(options.directory().resolve(view.toString())), savers);
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

    /** Removes the state of views that were deleted while this node did not run, or just before it stopped. */
    private void sweep(Set<Version> wanted) {
        try {
            for (Path viewEntry : disk.list(options.directory())) {
                ViewId view = viewId(viewEntry);
                if (view == null || views.containsKey(view)) {
                    continue;
                }
                Path viewDirectory = options.directory().resolve(viewEntry.getFileName());
                boolean any = false;
                for (Path versionEntry : disk.list(viewDirectory)) {
                    int version = versionNumber(versionEntry);
                    if (wanted.contains(new Version(view, version))) {
                        any = true;
                    } else {
                        Path directory = viewDirectory.resolve(versionEntry.getFileName());
                        for (Path file : disk.list(directory)) {
                            disk.delete(directory.resolve(file.getFileName()));
                        }
                        deleteQuietly(directory);
                    }
                }
                if (!any) {
                    deleteQuietly(viewDirectory);
                }
            }
        } catch (IOException e) {
            LOG.warn("state of deleted views below {} could not be removed", options.directory(), e);
        }
        if (Files.isDirectory(options.directory().resolve(INDEX))) {
            index().keepOnly(entry -> wanted.contains(new Version(entry.getKey(), entry.getValue()))
                    || views.containsKey(entry.getKey()));
        }
    }

    private static @Nullable ViewId viewId(Path entry) {
        try {
            return ViewId.parse(entry.getFileName().toString());
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static int versionNumber(Path entry) {
        try {
            return Integer.parseInt(entry.getFileName().toString());
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    private void deleteQuietly(Path path) {
        try {
            disk.delete(path);
        } catch (IOException | UncheckedIOException e) {
            LOG.warn("{} could not be deleted", path, e);
        }
    }

    private void tick() {
        long nowMs = clock.millis();
        long nowNs = System.nanoTime();
        for (Hosted hosted : views.values()) {
            for (Follower follower : hosted.versions().values()) {
                follower.tick(nowMs, nowNs);
            }
        }
    }

    /**
     * Asks the active version.
     *
     * @param after the answer must reflect this sequence; 0 for whatever the view knows now
     * @param deadline longest wait for {@code after} and for the answer
     * @throws ThalwegException {@code NOT_FOUND}; {@code VIEW_PARKED} or {@code VIEW_PAUSED} when {@code after} cannot be reached;
     *     {@code VIEW_FAILED} when the view cannot run or its code trapped; {@code OVERLOADED} when too many queries wait;
     *     {@code DEADLINE_EXCEEDED} when it was the answer that took too long
     */
    public QueryOutcome query(ViewId view, ViewQuery query, long after, Duration deadline) throws InterruptedException {
        Hosted hosted = hosted(view);
        return ask(follower(hosted, view, hosted.active()), query, after, deadline);
    }

    /** Asks one version, active or not; otherwise like the shorter form. */
    public QueryOutcome query(ViewId view, int version, ViewQuery query, long after, Duration deadline)
            throws InterruptedException {
        return ask(follower(hosted(view), view, version), query, after, deadline);
    }

    private static QueryOutcome ask(Follower follower, ViewQuery query, long after, Duration deadline)
            throws InterruptedException {
        QueryLine.Pending pending = follower.ask(query, after);
        try {
            return pending.outcome.get(deadline.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            long position = follower.position();
            if (position < after) {
                return new QueryOutcome.Behind(position, after, follower.version);
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

    /** Makes the state durable now; completes with the sequence that it reflects. */
    public CompletableFuture<Long> snapshot(ViewId view, int version) {
        return follower(hosted(view), view, version).save();
    }

    /** Wall-clock nanoseconds spent in the code of a tenant's views since the host started, removed ones included. */
    public long computeNs(TenantId tenant) {
        LongAdder spent = computeNs.get(tenant);
        return spent == null ? 0 : spent.sum();
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
    void crash(Runnable frozen) {
        var _ = beginStop(false);
        release(frozen);
    }

    private synchronized List<CompletableFuture<?>> beginStop(boolean inOrder) {
        if (closed) {
            return List.of();
        }
        closed = true;
        watches.values().forEach(StreamWatch::stop);
        List<CompletableFuture<?>> ends = new ArrayList<>(ending.values());
        if (inOrder) {
            views.values().forEach(hosted -> hosted.versions().values().forEach(f -> ends.add(f.stop(false))));
        }
        return ends;
    }

    private void release(Runnable frozen) {
        try {
            boolean quiet = scheduler.shutdown(Duration.ofSeconds(5));
            savers.shutdown();
            quiet &= savers.awaitTermination(10, TimeUnit.SECONDS);
            synchronized (indexLock) {
                if (index != null && !quiet) {
                    LOG.warn("index database stays open because a view still runs");
                    return;
                }
                if (index != null) {
                    index.quiesce();
                }
                frozen.run();
                if (index != null) {
                    index.close();
                    index = null;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
