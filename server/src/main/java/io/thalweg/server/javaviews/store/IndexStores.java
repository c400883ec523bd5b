package io.thalweg.server.javaviews.store;

import io.thalweg.index.IndexSpace;
import io.thalweg.index.store.IndexStore;
import io.thalweg.index.store.RocksStore;
import io.thalweg.index.store.StoreDamage;
import io.thalweg.index.store.StoreException;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.config.HistorySettings;
import io.thalweg.view.java.run.StepStore;
import io.thalweg.view.java.run.Surroundings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stores of the indexes of views in Java on this node, one for each shard, whether it leads there or follows; and how far each view
 * is in them for good. Thread-safe.
 *
 * <pre>
 * indexes/N      of shard N
 * indexes/N.K    the same after it was found damaged for the K-th time; the newest counts
 * indexes/at/N   its checkpoints
 * indexes/past   states of earlier times that are made again
 * </pre>
 *
 * <p>All that is in a store can be made again: what takes the place of a damaged one begins with the newest checkpoint that is whole, or with nothing, and who runs the
 * views applies their steps, or copies another replica's index where these are not kept so far back. The damaged one stays open, for somebody may be reading from it,
 * and is removed a while after the next start.
 */
public final class IndexStores {
    private static final Logger LOG = LoggerFactory.getLogger(IndexStores.class);

    /** What is damaged again so soon is not for another store to cure. */
    private static final Duration RENEWED_AGAIN = Duration.ofMinutes(10);

    private static final long CACHE_BYTES = 64L << 20;
    private static final long WRITE_BUFFER_BYTES = 64L << 20;

    private final Path directory;
    private final HistorySettings settings;
    private final Map<Integer, StepStore> stores = new HashMap<>(); // guarded by this
    private final Map<Integer, RocksStore> open = new HashMap<>(); // guarded by this
    private final Map<Integer, Long> renewedNs = new HashMap<>(); // guarded by this

    /** Damaged ones, which are closed with the others. */
    private final List<RocksStore> renewed = new ArrayList<>(); // guarded by this

    private final Map<Integer, StoreCheckpoints> checkpoints = new HashMap<>(); // guarded by this
    private boolean closed; // guarded by this

    /** For each view the newest step of each partition that a crash leaves. */
    private final Map<UUID, Durable> durable = new ConcurrentHashMap<>();

    /** @param store that has them; of another one it says nothing */
    private record Durable(StepStore store, List<Long> steps) {}

    public IndexStores(Path directory, HistorySettings settings) {
        this.directory = directory;
        this.settings = settings;
        Folders.remove(past());
    }

    /**
     * The store of a shard; opened when it is first asked for, and made again when it is damaged then.
     *
     * @throws ThalwegException {@code UNAVAILABLE} once all are closed: another node may ask still
     */
    public synchronized StepStore of(int shard) {
        if (closed) {
            throw new ThalwegException(ErrorCode.UNAVAILABLE, "the node is stopping");
        }
        return stores.computeIfAbsent(shard, number -> {
            Path live = places(number).getLast();
            try {
                return opened(number, live, RocksStore.open(live, CACHE_BYTES, WRITE_BUFFER_BYTES));
            } catch (StoreDamage e) {
                LOG.error("the indexes of views in Java in {} are damaged, and are made again", live, e);
                renewedNs.put(number, System.nanoTime());
                return anew(number);
            }
        });
    }

    private StepStore opened(int shard, Path live, RocksStore store) {
        open.put(shard, store);
        StepStore steps = new StepStore(store);
        checkpoints.put(shard, new StoreCheckpoints(earlier(shard), live, store, steps, settings));
        return steps;
    }

    private Path earlier(int shard) {
        return directory.resolve("at").resolve(Integer.toString(shard));
    }

    /** Where the store of a shard is, or will be, behind those that were damaged. */
    private List<Path> places(int shard) {
        if (!Files.isDirectory(directory)) {
            return List.of(directory.resolve(Integer.toString(shard)));
        }
        try (Stream<Path> all = Files.list(directory)) {
            List<Path> places = all.filter(place -> name(place).matches(shard + "(\\.\\d{1,9})?"))
                    .sorted(Comparator.comparingInt(IndexStores::damages))
                    .toList();
            return places.isEmpty() ? List.of(directory.resolve(Integer.toString(shard))) : places;
        } catch (IOException e) {
            throw new UncheckedIOException("stores in " + directory + " cannot be listed", e);
        }
    }

    private static String name(Path place) {
        return String.valueOf(place.getFileName());
    }

    private static int damages(Path place) {
        int dot = name(place).indexOf('.');
        return dot < 0 ? 0 : Integer.parseInt(name(place).substring(dot + 1));
    }

    private StepStore anew(int shard) {
        Path live = directory.resolve(shard + "." + (damages(places(shard).getLast()) + 1));
        for (Path checkpoint : StoreCheckpoints.newestFirst(earlier(shard))) {
            try {
                RocksStore.verify(checkpoint, directory);
                return opened(shard, live, RocksStore.branch(checkpoint, live, CACHE_BYTES, WRITE_BUFFER_BYTES));
            } catch (StoreException | UncheckedIOException e) {
                LOG.warn("checkpoint {} is damaged, too, or cannot be read", checkpoint, e);
                Folders.remove(live);
            }
        }
        return opened(shard, live, RocksStore.open(live, CACHE_BYTES, WRITE_BUFFER_BYTES));
    }

    /** The shards whose stores are to be {@link #renew}ed. */
    public synchronized List<Integer> damaged() {
        return open.entrySet().stream()
                .filter(each -> each.getValue().isDamaged())
                .map(Map.Entry::getKey)
                .filter(shard -> {
                    Long lastNs = renewedNs.get(shard);
                    return lastNs == null || System.nanoTime() - lastNs > RENEWED_AGAIN.toNanos();
                })
                .toList();
    }

    /** Puts another store in the place of a damaged one, which nobody writes any more. */
    public synchronized void renew(int shard) {
        RocksStore before = open.get(shard);
        if (before == null) {
            return;
        }
        LOG.error(
                "the indexes of views in Java in {} are damaged, and are made again",
                places(shard).getLast());
        stores.put(shard, anew(shard));
        renewedNs.put(shard, System.nanoTime());
        renewed.add(before);
    }

    /** What is kept of earlier times of a shard's store. */
    public synchronized StoreCheckpoints checkpoints(int shard) {
        StepStore _ = of(shard);
        return Objects.requireNonNull(checkpoints.get(shard));
    }

    /** Whether a shard has a store. */
    public boolean isThere(int shard) {
        return Files.isDirectory(places(shard).getLast());
    }

    /** Where states of earlier times are made again, each in a folder of its own; what a crash left there is gone. */
    public Path past() {
        return directory.resolve("past");
    }

    /** Makes sure that what a view has now survives a crash, and gives the newest step of each of its partitions that does. */
    public List<Long> flush(int shard, UUID view, int partitions) {
        StepStore store = of(shard);
        List<Long> steps = applied(store, view, partitions);
        Durable before = durable.get(view);
        if (before == null || before.store != store || !before.steps.equals(steps)) {
            store.store().flush();
            durable.put(view, new Durable(store, steps));
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
        removeFormer(shard);
        StepStore store = of(shard);
        try (IndexStore.Snapshot snapshot = store.store().snapshot()) {
            IndexSpace.views(snapshot).stream()
                    .filter(view -> !there.contains(view))
                    .forEach(view -> store.clear(Surroundings.space(view)));
        }
    }

    /** What was damaged in earlier lives of the node: a while after its start. */
    private synchronized void removeFormer(int shard) {
        if (!renewedNs.containsKey(shard)) {
            List<Path> places = places(shard);
            places.subList(0, places.size() - 1).forEach(Folders::remove);
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
        closed = true;
        for (RocksStore each : open.values()) {
            if (!each.isDamaged()) {
                each.flush();
            }
            if (each.endReading(untilNs)) {
                each.close();
            }
        }
        for (RocksStore each : renewed) {
            if (each.endReading(untilNs)) {
                each.close();
            }
        }
        stores.clear();
        open.clear();
        renewed.clear();
        checkpoints.clear();
    }
}
