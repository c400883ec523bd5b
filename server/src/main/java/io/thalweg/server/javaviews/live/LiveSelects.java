package io.thalweg.server.javaviews.live;

import io.thalweg.directory.View;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.ViewId;
import io.thalweg.model.change.Change;
import io.thalweg.server.javaviews.JavaViews;
import io.thalweg.server.javaviews.RunningView;
import io.thalweg.server.memory.Places;
import io.thalweg.view.java.run.Streams;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/** Paths into indexes, and queries, that somebody follows: who follows the same one shares it. Thread-safe. */
public final class LiveSelects {
    /** Paths at the same time, each with what it finds in memory, and who follows them. */
    private static final int PATHS_MAX = 2_000;

    private static final int FOLLOWERS_MAX = 20_000;

    /** A tenant has half of them at most. */
    private static final int TENANT_PART = 2;

    /** Paths of a tenant that are read at a time. */
    private static final int READS_MAX = 16;

    /** Queries of a tenant that are followed and asked at a time. */
    private static final int QUERIES_MAX = 4;

    private final JavaViews views;
    private final Map<Key, LiveSelect> live = new HashMap<>(); // guarded by this
    private final Places followers = new Places(FOLLOWERS_MAX);
    private final Map<RunningView, StepReader> readers = new HashMap<>(); // guarded by this
    private final Map<TenantId, Semaphore> turns = new ConcurrentHashMap<>();
    private final Map<TenantId, Semaphore> queryTurns = new ConcurrentHashMap<>();

    /** What the threads of queries have for those that are followed. */
    private final Map<TenantId, Semaphore> codes = new ConcurrentHashMap<>();

    /**
     * What the path finds at one moment.
     *
     * @param id names the moment
     * @param values as JSON has them; not to be changed
     * @param number how many changes were told before
     */
    public record State(String id, List<@Nullable Object> values, long number) {}

    /**
     * What became different between two moments.
     *
     * @param id of the second
     * @param number of this, from 1
     * @param bytes of the changes as JSON, about
     */
    public record Told(long number, String from, String id, List<Change> changes, String checksum, int bytes) {}

    /**
     * What is followed.
     *
     * @param query whether it is what a query answers, by its name; else what a path finds in an index, by that one's name
     * @param asked the path, or the arguments
     */
    private record Key(ViewId view, boolean query, String name, Object asked) {}

    /** The steps of a view that runs here. */
    private record ViewSteps(RunningView view) implements StepReader.Steps {
        @Override
        public int width() {
            return view.width();
        }

        @Override
        public long newest(int partition) {
            return view.step(partition);
        }

        @Override
        public List<Streams.Event> read(int partition, long after, int max) {
            return view.steps(partition, after, max);
        }

        @Override
        public void await(Map<Integer, Long> seen, Duration timeout) throws InterruptedException {
            view.awaitSteps(seen, timeout);
        }
    }

    public LiveSelects(JavaViews views) {
        this.views = views;
    }

    /** One who follows; to be closed. One thread. */
    public final class Following implements AutoCloseable {
        private final ViewId id;
        private final Key key;
        private final LiveSelect shared;

        private Following(ViewId id, Key key, LiveSelect shared) {
            this.id = id;
            this.key = key;
            this.shared = shared;
        }

        /** What the path finds now. */
        public State state() {
            return shared.state();
        }

        /**
         * What became different since a moment.
         *
         * @throws ThalwegException {@code SEQUENCE_GONE}, or {@code TOO_LARGE}, when nobody can tell any more
         */
        public Told since(String moment) throws InterruptedException {
            return shared.since(moment);
        }

        /** What was told behind a number, waited for {@code timeout} at most; null when it is not remembered any more. */
        public @Nullable List<Told> after(long number, Duration timeout) throws InterruptedException {
            return shared.after(number, timeout);
        }

        /** Why it does not go on here; null while it does. */
        public @Nullable String ended() {
            return views.running(id) == shared.view()
                    ? shared.ended()
                    : "the view begins again, here or on another node";
        }

        @Override
        public void close() {
            leave(key, shared);
        }
    }

    private static Semaphore turns(Map<TenantId, Semaphore> among, RunningView view, int max) {
        return among.computeIfAbsent(view.tenant(), _ -> new Semaphore(max, true));
    }

    /** Makes what is followed, without the lock: it takes as long as it is large, and may run the view's own code. */
    private interface Made {
        LiveSelect of(RunningView view) throws InterruptedException;
    }

    /** Begins to follow what a path finds in an index. */
    public Following follow(View view, String index, List<?> path) throws InterruptedException {
        return follow(
                new Key(view.id(), false, index, path),
                running -> new LiveSelect(new PathSource(running, index, path), turns(turns, running, READS_MAX)));
    }

    /**
     * Begins to follow what a query answers, which says from which path it makes that.
     *
     * @param arguments a JSON object
     */
    public Following followQuery(View view, String query, Map<?, ?> arguments) throws InterruptedException {
        return follow(new Key(view.id(), true, query, arguments), running -> {
            Semaphore code = turns(codes, running, QUERIES_MAX);
            LiveSource source = new QuerySource(running, query, arguments, code);
            return new LiveSelect(source, turns(queryTurns, running, QUERIES_MAX));
        });
    }

    private Following follow(Key key, Made made) throws InterruptedException {
        RunningView running = views.running(key.view);
        if (running == null) {
            throw new ThalwegException(ErrorCode.UNAVAILABLE, "the view is starting, or runs on another node");
        }
        Following following = follow(key, running, (LiveSelect) null);
        return following != null ? following : Objects.requireNonNull(follow(key, running, made.of(running)));
    }

    /** Joins who follows the same already, or with {@code made}; null if there is neither. */
    private synchronized @Nullable Following follow(Key key, RunningView running, @Nullable LiveSelect made) {
        LiveSelect known = live.get(key);
        TenantId tenant = running.tenant();
        long its = live.values().stream()
                .filter(each -> each.view().tenant().equals(tenant))
                .count();
        if (known == null && (live.size() >= PATHS_MAX || its >= PATHS_MAX / TENANT_PART)) {
            throw new ThalwegException(
                    ErrorCode.OVERLOADED,
                    live.size() + " paths are followed on this node, " + its + " of them of this tenant; at most "
                            + PATHS_MAX + " may be, and of a tenant half as many");
        }
        LiveSelect shared = known != null && known.view() == running && known.ended() == null ? known : made;
        if (shared == null) {
            return null;
        }
        StepReader reads = readers.get(running);
        StepReader reader = reads != null ? reads : new StepReader(new ViewSteps(running)); // which reads the store
        if (!followers.take(tenant, 1)) {
            throw new ThalwegException(ErrorCode.OVERLOADED, followers.none("who follow paths"));
        }
        if (shared != known) {
            live.put(key, shared);
            readers.put(running, reader);
            reader.add(shared);
        }
        shared.follow();
        return new Following(key.view(), key, shared);
    }

    private synchronized void leave(Key key, LiveSelect shared) {
        followers.give(shared.view().tenant(), 1);
        if (shared.leave()) {
            live.remove(key, shared);
            readers.computeIfPresent(shared.view(), (_, reader) -> reader.remove(shared) ? null : reader);
        }
    }
}
