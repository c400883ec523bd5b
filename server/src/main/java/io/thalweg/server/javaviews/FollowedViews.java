package io.thalweg.server.javaviews;

import io.thalweg.directory.Log;
import io.thalweg.directory.View;
import io.thalweg.index.IndexCopy;
import io.thalweg.log.EventReader;
import io.thalweg.model.TenantId;
import io.thalweg.server.javaviews.store.IndexStores;
import io.thalweg.server.routing.Shards;
import io.thalweg.view.java.run.ChangeLog;
import io.thalweg.view.java.run.StepStore;
import io.thalweg.view.java.run.Surroundings;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the indexes of views warm that another node leads: applies their steps as they come, without any code of the views', on one thread.
 * A view whose steps are not kept far enough back begins from a copy of another replica's index. Thread-safe.
 */
final class FollowedViews {
    private static final Logger LOG = LoggerFactory.getLogger(FollowedViews.class);

    /** How far behind a follower is at most when it has nothing to do. */
    private static final long LOOK_MS = 50;

    private static final long FAILED_MS = 1_000;

    private final Shards shards;
    private final IndexStores stores;
    private final ReplicaWire replicas;
    private final Map<UUID, Followed> followed = new ConcurrentHashMap<>();
    private final Thread thread =
            Thread.ofPlatform().daemon().name("java-view-follower").unstarted(this::run);
    private volatile boolean stopping;

    /** One view; its lock is held while steps are applied. */
    private static final class Followed {
        private final UUID steps;
        private final Log log;
        private final int shard;
        private final StepStore store;
        private final List<ChangeLog> partitions;
        private boolean ended; // guarded by this
        private long againNs = System.nanoTime();

        Followed(Log log, StepStore store, List<ChangeLog> partitions) {
            this.steps = log.id().value();
            this.log = log;
            this.shard = log.shard(0);
            this.store = store;
            this.partitions = partitions;
        }

        synchronized boolean follow() {
            boolean some = false;
            for (ChangeLog partition : partitions) {
                if (ended) {
                    return false;
                }
                some |= partition.follow();
            }
            return some;
        }

        synchronized void end() {
            ended = true;
        }
    }

    FollowedViews(Shards shards, IndexStores stores, ReplicaWire replicas) {
        this.shards = shards;
        this.stores = stores;
        this.replicas = replicas;
    }

    void start() {
        thread.start();
    }

    /** Follows a view from now on, if it does not yet. */
    void follow(TenantId tenant, Log steps) {
        UUID id = steps.id().value();
        if (followed.containsKey(id)) {
            return;
        }
        StepStore store = stores.of(steps.shard(0));
        NodeStreams streams = new NodeStreams(shards, tenant, steps, List.of());
        int partitions = steps.partitions() / View.JAVA_STREAMS;
        followed.put(
                id,
                new Followed(
                        steps,
                        store,
                        IntStream.range(0, partitions)
                                .mapToObj(i -> new ChangeLog(Surroundings.space(id), i, streams, store))
                                .toList()));
    }

    /**
     * Follows no others than these; when it returns, no step of any other is being applied.
     *
     * @param there all that there are: of those that are gone nothing is kept
     */
    void retain(Set<UUID> wanted, Set<UUID> there) {
        for (UUID id : List.copyOf(followed.keySet())) {
            if (!wanted.contains(id)) {
                Followed gone = followed.remove(id);
                if (gone != null) {
                    gone.end();
                    if (!there.contains(id)) {
                        gone.store.clear(Surroundings.space(id));
                    }
                }
            }
        }
    }

    /** Follows nothing in a shard any more, until it is asked to again. */
    void end(int shard) {
        for (Followed view : List.copyOf(followed.values())) {
            if (view.shard == shard) {
                followed.remove(view.steps);
                view.end();
            }
        }
    }

    private void run() {
        try {
            while (!stopping) {
                boolean some = false;
                for (Followed view : followed.values()) {
                    some |= look(view);
                }
                if (!some) {
                    Thread.sleep(LOOK_MS);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean look(Followed view) throws InterruptedException {
        if (System.nanoTime() - view.againNs < 0) {
            return false;
        }
        try {
            return view.follow();
        } catch (ChangeLog.BehindException e) {
            LOG.info("view of steps {} begins from another replica's index: {}", view.steps, e.getMessage());
            return copy(view);
        } catch (RuntimeException e) {
            view.againNs = System.nanoTime() + FAILED_MS * 1_000_000;
            LOG.warn("steps of {} could not be followed; trying again", view.steps, e);
            return false;
        }
    }

    private boolean copy(Followed view) throws InterruptedException {
        try {
            synchronized (view) {
                if (!view.ended) {
                    copy(view.shard, view.steps, needed(shards, view.log), view.store, replicas);
                }
            }
            return true;
        } catch (RuntimeException e) {
            view.againNs = System.nanoTime() + FAILED_MS * 1_000_000;
            LOG.warn("index of {} could not be copied; trying again", view.steps, e);
            return false;
        }
    }

    /** For each partition the step that an index must have to go on with those that are kept. */
    static List<Long> needed(Shards shards, Log steps) {
        EventReader events = shards.numbered(steps.shard(0)).events();
        return IntStream.range(0, steps.partitions() / View.JAVA_STREAMS)
                .mapToObj(i -> events.first(steps.stream(i)) - 1)
                .toList();
    }

    /**
     * Puts another replica's index in the place of one that misses steps: that of whoever is ahead of the others.
     *
     * @param needed what it must have at least
     */
    static void copy(int shard, UUID steps, List<Long> needed, StepStore store, ReplicaWire replicas)
            throws InterruptedException {
        ReplicaWire.Report best = null;
        for (ReplicaWire.Report report : replicas.reports(shard, steps)) {
            if (isEnough(report.durable(), needed) && (best == null || sum(report) > sum(best))) {
                best = report;
            }
        }
        if (best == null) {
            throw new IllegalStateException("no other replica answers that has steps " + needed + " in its index");
        }
        String node = best.node();
        IndexCopy.receive(Surroundings.space(steps), after -> replicas.page(node, steps, after), store.store());
    }

    static boolean isEnough(List<Long> durable, List<Long> needed) {
        return durable.size() == needed.size()
                && IntStream.range(0, needed.size()).allMatch(i -> durable.get(i) >= needed.get(i));
    }

    private static long sum(ReplicaWire.Report report) {
        return report.durable().stream().mapToLong(Long::longValue).sum();
    }

    /** Ends; when it returns, nothing of it runs. */
    void close() throws InterruptedException {
        stopping = true;
        thread.interrupt();
        thread.join();
    }
}
