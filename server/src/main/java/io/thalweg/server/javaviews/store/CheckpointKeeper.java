package io.thalweg.server.javaviews.store;

import io.thalweg.directory.Directory;
import io.thalweg.directory.Log;
import io.thalweg.directory.Tenant;
import io.thalweg.directory.View;
import io.thalweg.model.LogId;
import io.thalweg.server.config.HistorySettings;
import io.thalweg.server.routing.Administration;
import io.thalweg.server.routing.HostedShard;
import io.thalweg.server.routing.Shards;
import io.thalweg.shard.stream.StreamStats;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes checkpoints of this node's stores of indexes when it is time, whether it leads their shards or follows, and lets go of old ones; a thread of its
 * own. Thread-safe.
 */
public final class CheckpointKeeper {
    private static final Logger LOG = LoggerFactory.getLogger(CheckpointKeeper.class);
    private static final Duration LOOK_MAX = Duration.ofSeconds(10);
    private static final Duration LOOK_MIN = Duration.ofMillis(20);

    private final Administration administration;
    private final Shards shards;
    private final IndexStores stores;
    private final HistorySettings settings;
    private final Duration patience;
    private final long startedNs = System.nanoTime();
    private final Thread thread =
            Thread.ofPlatform().daemon().name("java-view-checkpoints").unstarted(this::run);
    private volatile boolean stopping;

    /** @param patience by then the directory is what it was before the start, and what is not in it was deleted */
    public CheckpointKeeper(
            Administration administration,
            Shards shards,
            IndexStores stores,
            HistorySettings settings,
            Duration patience) {
        this.administration = administration;
        this.shards = shards;
        this.stores = stores;
        this.settings = settings;
        this.patience = patience;
    }

    /** From one look to the next. */
    public static Duration look(HistorySettings settings) {
        Duration every = settings.every();
        return every.compareTo(LOOK_MAX) > 0 ? LOOK_MAX : every.compareTo(LOOK_MIN) < 0 ? LOOK_MIN : every;
    }

    public void start() {
        thread.start();
    }

    private void run() {
        try {
            while (!stopping) {
                Thread.sleep(look(settings));
                sweep();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void sweep() {
        Directory now = administration.directory();
        Set<UUID> there = new HashSet<>();
        for (HostedShard home : shards.hosted()) {
            if (stopping) {
                return;
            }
            List<Log> steps = new ArrayList<>();
            for (Tenant tenant : now.tenants()) {
                for (View view : tenant.views()) {
                    for (LogId state : view.isJava() ? view.states() : Set.<LogId>of()) {
                        tenant.log(state)
                                .filter(log -> log.shard(0) == home.number())
                                .ifPresent(steps::add);
                    }
                }
            }
            steps.forEach(log -> there.add(log.id().value()));
            try {
                sweep(home, steps);
            } catch (RuntimeException e) {
                LOG.warn("checkpoints of shard {} could not be looked after; trying again", home.number(), e);
            }
        }
        stores.retain(there);
    }

    private void sweep(HostedShard home, List<Log> steps) {
        if (steps.isEmpty() && !stores.isThere(home.number())) {
            return;
        }
        Map<UUID, Integer> there = new HashMap<>();
        long bytes = 0;
        for (Log log : steps) {
            int partitions = log.partitions() / View.JAVA_STREAMS;
            there.put(log.id().value(), partitions);
            for (int i = 0; i < partitions; i++) {
                bytes += home.shard().stats(log.stream(i)).map(this::beyond).orElse(0L);
            }
        }
        boolean isWhole = System.nanoTime() - startedNs > patience.toNanos();
        stores.checkpoints(home.number()).sweep(there, isWhole, bytes, Instant.now());
    }

    /** Bytes of a stream's steps that are not kept in any case, about. */
    private long beyond(StreamStats stats) {
        long kept = stats.head() - stats.first() + 1;
        return kept <= settings.steps() ? 0 : stats.keptBytes() / kept * (kept - settings.steps());
    }

    /** Ends; when it returns, nothing of it runs. A checkpoint that is being made or written anew is waited for, and none is begun. */
    public void close() throws InterruptedException {
        stopping = true;
        thread.interrupt();
        thread.join();
    }
}
