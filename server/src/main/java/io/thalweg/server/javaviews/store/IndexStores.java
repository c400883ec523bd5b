package io.thalweg.server.javaviews.store;

import io.thalweg.index.IndexSpace;
import io.thalweg.index.store.IndexStore;
import io.thalweg.index.store.RocksStore;
import io.thalweg.server.config.HistorySettings;
import io.thalweg.view.java.run.StepStore;
import io.thalweg.view.java.run.Surroundings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The stores of the indexes of views in Java on this node, one for each shard, whether it leads there or follows; and how far each view
 * is in them for good. Thread-safe.
 */
public final class IndexStores {
    private static final long CACHE_BYTES = 64L << 20;
    private static final long WRITE_BUFFER_BYTES = 64L << 20;

    private final Path directory;
    private final HistorySettings settings;
    private final Map<Integer, StepStore> stores = new HashMap<>(); // guarded by this
    private final Map<Integer, RocksStore> live = new HashMap<>(); // guarded by this
    private final Map<Integer, StoreCheckpoints> checkpoints = new HashMap<>(); // guarded by this

    /** For each view the newest step of each partition that a crash leaves. */
    private final Map<UUID, List<Long>> durable = new ConcurrentHashMap<>();

    public IndexStores(Path directory, HistorySettings settings) {
        this.directory = directory;
        this.settings = settings;
        Folders.remove(past());
    }

    /** The store of a shard; opened when it is first asked for. */
    public synchronized StepStore of(int shard) {
        return stores.computeIfAbsent(shard, number -> {
            Path files = directory.resolve(Integer.toString(number));
            RocksStore store = RocksStore.open(files, CACHE_BYTES, WRITE_BUFFER_BYTES);
            live.put(number, store);
            Path at = directory.resolve("at").resolve(Integer.toString(number));
            StepStore steps = new StepStore(store);
            checkpoints.put(number, new StoreCheckpoints(at, files, store, steps, settings));
            return steps;
        });
    }

    /** What is kept of earlier times of a shard's store. */
    public synchronized StoreCheckpoints checkpoints(int shard) {
        StepStore _ = of(shard);
        return Objects.requireNonNull(checkpoints.get(shard));
    }

    /** Whether a shard has a store. */
    public boolean isThere(int shard) {
        return Files.isDirectory(directory.resolve(Integer.toString(shard)));
    }

    /** Where states of earlier times are made again, each in a folder of its own; what a crash left there is gone. */
    public Path past() {
        return directory.resolve("past");
    }

    /** Makes sure that what a view has now survives a crash, and gives the newest step of each of its partitions that does. */
    public List<Long> flush(int shard, UUID view, int partitions) {
        StepStore store = of(shard);
        List<Long> steps = applied(store, view, partitions);
        if (!steps.equals(durable.get(view))) {
            store.store().flush();
            durable.put(view, steps);
        }
        return steps;
    }

    /** The newest step of each partition that is applied. */
    public static List<Long> applied(StepStore store, UUID view, int partitions) {
        List<Long> steps = new ArrayList<>(partitions);
        for (int i = 0; i < partitions; i++) {
            steps.add(store.step(Surroundings.space(view), i));
        }
        return List.copyOf(steps);
    }

    /** Removes what a shard's store keeps for views that are not there any more, because they were deleted while this node was down. */
    public void sweep(int shard, Set<UUID> there) {
        if (!isThere(shard)) {
            return;
        }
        StepStore store = of(shard);
        try (IndexStore.Snapshot snapshot = store.store().snapshot()) {
            IndexSpace.views(snapshot).stream()
                    .filter(view -> !there.contains(view))
                    .forEach(view -> store.clear(Surroundings.space(view)));
        }
    }

    /** Forgets how far others than these views are for good: nobody asks for them any more. Who does all the same has the store flushed once more. */
    void retain(Set<UUID> there) {
        durable.keySet().retainAll(there);
    }

    /** The views that it is known of how far they are for good. */
    Set<UUID> known() {
        return Set.copyOf(durable.keySet());
    }

    /**
     * To be called when nobody writes any more. A store from which somebody still reads when the time is over stays open.
     *
     * @param untilNs how long to wait for readers, by {@link System#nanoTime}
     */
    public synchronized void close(long untilNs) throws InterruptedException {
        for (RocksStore each : live.values()) {
            each.flush();
            if (each.endReading(untilNs)) {
                each.close();
            }
        }
        live.clear();
        stores.clear();
        checkpoints.clear();
    }
}
