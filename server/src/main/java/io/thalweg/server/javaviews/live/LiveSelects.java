package io.thalweg.server.javaviews.live;

import io.thalweg.directory.View;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.ViewId;
import io.thalweg.model.change.Change;
import io.thalweg.server.form.Json;
import io.thalweg.server.javaviews.JavaViews;
import io.thalweg.server.javaviews.RunningView;
import io.thalweg.server.memory.NodeMemory;
import io.thalweg.server.memory.Places;
import io.thalweg.view.java.run.Streams;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
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

    /** Queries of a tenant that are followed and asked at a time: with what else it asks a quarter of the threads for queries. */
    private static final int QUERIES_MAX = 2;

    private final JavaViews views;
    private final NodeMemory memory;
    private final MadeObjects objects;

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
     * @param json an object with the one field {@code values}; not to be changed
     * @param number how many changes were told before
     */
    public record State(String id, byte[] json, String checksum, long number) {}

    /**
     * What became different between two moments.
     *
     * @param id of the second
     * @param number of this, from 1
     * @param changes each as JSON, as it is told, the last one with the checksum; at least one
     */
    public record Told(long number, String from, String id, List<byte[]> changes) {
        /** Null where they take more than {@code bytesMax}. */
        static @Nullable Told of(String from, List<Change> changes, State now, long bytesMax) {
            long leftBytes = bytesMax;
            List<byte[]> told = new ArrayList<>(changes.size());
            for (Change change : changes) {
                Map<String, @Nullable Object> data = new LinkedHashMap<>();
                data.put("path", change.path());
                switch (change) {
                    case Change.Set set -> data.put("value", set.value());
                    case Change.Insert insert -> {
                        data.put("insert", true);
                        data.put("value", insert.value());
                    }
                    case Change.Remove _ -> data.put("removed", true);
                }
                if (told.size() == changes.size() - 1) {
                    data.put("checksum", now.checksum);
                }
                byte[] json = Json.write(data);
                told.add(json);
                leftBytes -= json.length + LiveSelect.CHANGE_BYTES;
                if (leftBytes < 0) {
                    return null;
                }
            }
            return new Told(now.number, from, now.id, List.copyOf(told));
        }
    }

    /**
     * What became different since a moment.
     *
     * @param number to go on from
     */
    public record Since(List<Told> told, long number) {}

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

    /**
     * @param memoryBytes for what is followed, of all tenants together; beyond that nobody follows more, nor does what is followed grow. What is made anew takes as much
     *     at most while it is: the next ones wait
     */
    public LiveSelects(JavaViews views, long memoryBytes) {
        this.views = views;
        this.memory = NodeMemory.refusingAtOnce(memoryBytes);
        this.objects = new MadeObjects(memoryBytes);
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
        public Since since(String moment) throws InterruptedException {
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
                running -> new LiveSelect(
                        new PathSource(running, index, path),
                        turns(turns, running, READS_MAX),
                        share(running),
                        objects));
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
            return new LiveSelect(source, turns(queryTurns, running, QUERIES_MAX), share(running), objects);
        });
    }

    private NodeMemory.Share share(RunningView view) {
        return memory.share(view.tenant());
    }

    private Following follow(Key key, Made made) throws InterruptedException {
        RunningView running = views.running(key.view);
        if (running == null) {
            throw new ThalwegException(ErrorCode.UNAVAILABLE, "the view is starting, or runs on another node");
        }
        Following following = follow(key, running, (LiveSelect) null);
        if (following != null) {
            return following;
        }
        LiveSelect its = made.of(running);
        try {
            following = Objects.requireNonNull(follow(key, running, its));
            return following;
        } finally {
            if (following == null || following.shared != its) {
                its.close();
            }
        }
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
            shared.close();
            live.remove(key, shared);
            readers.computeIfPresent(shared.view(), (_, reader) -> reader.remove(shared) ? null : reader);
        }
    }
}
