package io.thalweg.server.javaviews;

import io.thalweg.directory.View;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.ViewId;
import io.thalweg.model.change.Change;
import io.thalweg.server.memory.Places;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/** Paths into indexes that somebody follows: who follows the same one shares it. Thread-safe. */
public final class LiveSelects {
    /** Paths at the same time, each with what it finds in memory, and who follows them. */
    private static final int PATHS_MAX = 2_000;

    private static final int FOLLOWERS_MAX = 20_000;

    /** A tenant has half of them at most. */
    private static final int TENANT_PART = 2;

    /** Paths of a tenant that are read at a time. */
    private static final int READS_MAX = 16;

    private final JavaViews views;
    private final Map<Key, LiveSelect> live = new HashMap<>(); // guarded by this
    private final Places followers = new Places(FOLLOWERS_MAX);
    private final Map<TenantId, Semaphore> turns = new ConcurrentHashMap<>();

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

    private record Key(ViewId view, String index, List<?> path) {}

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
        public Told since(String moment) {
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

    private Semaphore turns(RunningView view) {
        return turns.computeIfAbsent(view.tenant(), _ -> new Semaphore(READS_MAX, true));
    }

    /** Begins to follow a path. */
    public Following follow(View view, String index, List<?> path) {
        RunningView running = views.running(view.id());
        if (running == null) {
            throw new ThalwegException(ErrorCode.UNAVAILABLE, "the view is starting, or runs on another node");
        }
        Key key = new Key(view.id(), index, path);
        Following following = follow(key, running, null);
        // Read without the lock: it takes as long as the path finds much, and may run the view's own code.
        return following != null
                ? following
                : Objects.requireNonNull(follow(key, running, new LiveSelect(running, index, path, turns(running))));
    }

    /** Joins who follows the path already, or with {@code made}; null if there is neither. */
    private synchronized @Nullable Following follow(Key key, RunningView running, @Nullable LiveSelect made) {
        LiveSelect known = live.get(key);
        TenantId tenant = running.tenant();
        long paths = live.values().stream()
                .filter(each -> each.view().tenant().equals(tenant))
                .count();
        if (known == null && (live.size() >= PATHS_MAX || paths >= PATHS_MAX / TENANT_PART)) {
            throw new ThalwegException(
                    ErrorCode.OVERLOADED,
                    live.size() + " paths are followed on this node, " + paths + " of them of this tenant; at most "
                            + PATHS_MAX + " may be, and of a tenant half as many");
        }
        LiveSelect shared = known != null && known.view() == running && known.ended() == null ? known : made;
        if (shared == null) {
            return null;
        }
        if (!followers.take(tenant, 1)) {
            throw new ThalwegException(ErrorCode.OVERLOADED, followers.none("who follow paths"));
        }
        live.put(key, shared);
        shared.follow();
        return new Following(key.view(), key, shared);
    }

    private synchronized void leave(Key key, LiveSelect shared) {
        followers.give(shared.view().tenant(), 1);
        if (shared.leave()) {
            live.remove(key, shared);
        }
    }
}
