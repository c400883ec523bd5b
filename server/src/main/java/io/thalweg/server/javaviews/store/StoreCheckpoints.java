package io.thalweg.server.javaviews.store;

import io.thalweg.index.IndexSpace;
import io.thalweg.index.store.IndexStore;
import io.thalweg.index.store.Overlay;
import io.thalweg.index.store.RocksStore;
import io.thalweg.index.store.StoreDamage;
import io.thalweg.index.store.StoreException;
import io.thalweg.server.config.HistorySettings;
import io.thalweg.view.java.run.StepStore;
import io.thalweg.view.java.run.Surroundings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies of one store by hard link, of times that are over: from the nearest of them and the steps behind it the state of any moment since the
 * oldest is made again. There are so many at most, so far apart in time, and together with the steps that are kept for them they take so many bytes;
 * over that the oldest goes. One that has cells of a view that is deleted is written anew without them, at once: of what was deleted no byte is to
 * stay, and other views' earlier times are not to go with it. One that cannot be read goes. Thread-safe; who asks waits while one is written anew.
 *
 * <p>Each is a folder, named by the milliseconds since 1970 when it was made, or by one more than the newest has. It is renamed when it is
 * whole, by RocksDB. What takes its place is beside it under {@code .without} once that is whole, so that a crash leaves one of the two.
 */
public final class StoreCheckpoints {
    private static final Logger LOG = LoggerFactory.getLogger(StoreCheckpoints.class);

    /** From one to the next at most, of all views of the store together: who asks for a state waits until so many are applied. */
    private static final long STEPS_APART = 100_000;

    private static final long CACHE_BYTES = 1L << 20;

    /** What the name of one ends with that is to take the place of another. */
    private static final String WITHOUT = ".without";

    private final Path folder;
    private final Path live;
    private final RocksStore store;
    private final HistorySettings settings;

    /** By its name; of a clock that was ahead, it is later than now. */
    private @Nullable Instant newest; // guarded by this, as all that follows

    /** When the newest was made, by the clock as it is now. */
    private @Nullable Instant since;

    private final Map<Path, Set<UUID>> views = new HashMap<>();
    private final Map<Path, Map<UUID, List<Long>>> steps = new HashMap<>();

    /**
     * @param folder where they lie
     * @param live of the store itself
     */
    StoreCheckpoints(Path folder, Path live, RocksStore store, HistorySettings settings) {
        this.folder = folder;
        this.live = live;
        this.store = store;
        this.settings = settings;
        List<Path> there = all();
        newest = there.isEmpty() ? null : made(there.getLast());
        since = newest;
    }

    /** Oldest first. */
    private List<Path> all() {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> name(file).matches("\\d{1,18}"))
                    .sorted(Comparator.comparing(StoreCheckpoints::made))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException("checkpoints in " + folder + " cannot be listed", e);
        }
    }

    private static String name(Path file) {
        return String.valueOf(file.getFileName());
    }

    private static Instant made(Path checkpoint) {
        return Instant.ofEpochMilli(Long.parseLong(name(checkpoint)));
    }

    /**
     * Makes one if it is time, and lets go of those that are too many.
     *
     * @param there the views of the store, by their steps, with how many partitions each has
     * @param isWhole whether what is not there was deleted, and is not only unknown yet
     * @param stepBytes of the steps that are kept for checkpoints alone
     */
    synchronized void sweep(Map<UUID, Integer> there, boolean isWhole, long stepBytes, Instant now) {
        removeHalves();
        for (Path each : readable(this::views)) {
            if (isWhole) {
                Set<UUID> gone = new TreeSet<>(views(each));
                gone.removeAll(there.keySet());
                rewrite(each, gone);
            }
        }
        if (settings.checkpoints() > 0 && isDue(there, now)) {
            make(now);
        }
        List<Path> all = new ArrayList<>(all());
        while (all.size() > settings.checkpoints()
                || (!all.isEmpty() && ownBytes(all) + stepBytes > settings.bytes())) {
            remove(all.removeFirst());
        }
    }

    private boolean isDue(Map<UUID, Integer> there, Instant now) {
        List<Path> all = readable(this::views);
        long steps = 0;
        for (Map.Entry<UUID, Integer> view : there.entrySet()) {
            List<Long> before = all.isEmpty() ? List.of() : steps(all.getLast(), view.getKey(), view.getValue());
            for (int i = 0; i < view.getValue(); i++) {
                steps += current(view.getKey(), i) - (before.isEmpty() ? 0 : before.get(i));
            }
        }
        Instant last = since;
        if (last != null && last.isAfter(now)) {
            since = now; // the clock was ahead: nobody waits until it would have come there
        }
        boolean isTime = last == null || Duration.between(last, now).compareTo(settings.every()) >= 0;
        return steps > 0 && (isTime || steps >= STEPS_APART);
    }

    private long current(UUID view, int partition) {
        return StepStore.step(Surroundings.space(view), partition, store.latest());
    }

    private void make(Instant now) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException("folder of checkpoints " + folder + " cannot be made", e);
        }
        Instant last = newest;
        long ms = Math.max(now.toEpochMilli(), last == null ? 0 : last.toEpochMilli() + 1);
        store.checkpoint(folder.resolve(Long.toString(ms)));
        newest = Instant.ofEpochMilli(ms);
        since = now;
    }

    /** Writes one anew without some views; it goes when nothing else is in it. */
    private void rewrite(Path checkpoint, Set<UUID> gone) {
        if (gone.isEmpty()) {
            return;
        }
        if (gone.containsAll(views(checkpoint))) {
            remove(checkpoint);
            return;
        }
        Path work = checkpoint.resolveSibling(name(checkpoint) + ".work");
        Path without = checkpoint.resolveSibling(name(checkpoint) + WITHOUT);
        try {
            try (RocksStore branch = RocksStore.branch(checkpoint, work, CACHE_BYTES, Scratch.BUFFER_BYTES)) {
                Overlay cells = new Overlay(branch.latest());
                gone.forEach(view -> Surroundings.space(view).clear(cells));
                branch.erase(cells.changes().emptied());
            }
            // Opened again it lists no file that went.
            try (RocksStore branch = RocksStore.open(work, CACHE_BYTES, Scratch.BUFFER_BYTES)) {
                branch.checkpoint(without);
            }
        } catch (StoreDamage e) {
            // Of no use to anybody, and what is deleted goes in any case.
            LOG.warn("checkpoint {} is damaged and is removed", checkpoint, e);
            remove(checkpoint);
            return;
        } catch (StoreException e) {
            LOG.warn(
                    "checkpoint {} could not be written anew without views that are deleted; the next look tries again",
                    checkpoint,
                    e);
            return;
        } finally {
            Folders.remove(work);
        }
        replace(without);
    }

    /** Puts what was written anew in the place of what it was made of. */
    private void replace(Path without) {
        String its = name(without);
        Path checkpoint = without.resolveSibling(its.substring(0, its.length() - WITHOUT.length()));
        remove(checkpoint);
        try {
            Files.move(without, checkpoint);
        } catch (IOException e) {
            throw new UncheckedIOException(without + " cannot take the place of " + checkpoint, e);
        }
    }

    /** What a crash has left of one that was being made. */
    private void removeHalves() {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (Stream<Path> files = Files.list(folder)) {
            files.filter(file -> name(file).matches("\\d{1,18}\\" + WITHOUT))
                    .toList()
                    .forEach(this::replace);
        } catch (IOException e) {
            throw new UncheckedIOException("checkpoints in " + folder + " cannot be listed", e);
        }
        try (Stream<Path> files = Files.list(folder)) {
            files.filter(file -> !name(file).matches("\\d{1,18}")).toList().forEach(Folders::remove);
        } catch (IOException e) {
            throw new UncheckedIOException("checkpoints in " + folder + " cannot be listed", e);
        }
    }

    private void remove(Path checkpoint) {
        views.remove(checkpoint);
        steps.remove(checkpoint);
        Folders.remove(checkpoint);
    }

    /** Bytes of files that the store itself has no more. */
    private long ownBytes(List<Path> all) {
        Set<String> counted = new HashSet<>(names(live));
        long bytes = 0;
        for (Path each : all) {
            for (String name : names(each)) {
                if (counted.add(name)) {
                    bytes += each.resolve(name).toFile().length();
                }
            }
        }
        return bytes;
    }

    private static List<String> names(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(StoreCheckpoints::name)
                    .filter(name -> name.endsWith(".sst"))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(directory + " cannot be listed", e);
        }
    }

    // --- what they have

    /**
     * Oldest first, those that can be read. One that is damaged is of no use to anybody, would only hold back what may go, and is removed; one
     * that cannot be read just now stays, and is left out.
     */
    private List<Path> readable(Consumer<Path> reading) {
        List<Path> readable = new ArrayList<>();
        for (Path each : all()) {
            try {
                reading.accept(each);
                readable.add(each);
            } catch (StoreDamage e) {
                LOG.warn("checkpoint {} is damaged and is removed", each, e);
                remove(each);
            } catch (StoreException e) {
                LOG.warn("checkpoint {} cannot be read just now", each, e);
            }
        }
        return readable;
    }

    private List<Path> readable(UUID view, int partitions) {
        return readable(each -> steps(each, view, partitions));
    }

    private Set<UUID> views(Path checkpoint) {
        return views.computeIfAbsent(checkpoint, its -> {
            try (RocksStore frozen = RocksStore.openFrozen(its, CACHE_BYTES);
                    IndexStore.Snapshot cells = frozen.snapshot()) {
                return IndexSpace.views(cells);
            }
        });
    }

    private List<Long> steps(Path checkpoint, UUID view, int partitions) {
        return steps.computeIfAbsent(checkpoint, _ -> new HashMap<>()).computeIfAbsent(view, _ -> {
            try (RocksStore frozen = RocksStore.openFrozen(checkpoint, CACHE_BYTES);
                    IndexStore.Snapshot cells = frozen.snapshot()) {
                List<Long> its = new ArrayList<>();
                for (int i = 0; i < partitions; i++) {
                    its.add(StepStore.step(Surroundings.space(view), i, cells));
                }
                return List.copyOf(its);
            }
        });
    }

    /** For each checkpoint, the oldest first, the newest step of each partition of a view that it has. */
    public synchronized List<List<Long>> steps(UUID view, int partitions) {
        return readable(view, partitions).stream()
                .map(each -> steps(each, view, partitions))
                .toList();
    }

    /** The oldest step of a partition that is needed for what is kept; {@link Long#MAX_VALUE} when none is, and 0 when that cannot be said just now. */
    public synchronized long neededFrom(UUID view, int partition, int partitions) {
        List<Path> readable = readable(view, partitions);
        List<Path> all = all();
        if (all.isEmpty()) {
            return Long.MAX_VALUE;
        }
        return readable.equals(all) ? steps(all.getFirst(), view, partitions).get(partition) : 0;
    }

    /**
     * A store that has what a checkpoint has, to be written on; null when that is gone.
     *
     * @param has the steps of a view by which it is known
     * @param target an empty folder, or none, on the same file system
     */
    public synchronized @Nullable RocksStore branch(UUID view, List<Long> has, Path target) {
        for (Path each : readable(view, has.size())) {
            if (steps(each, view, has.size()).equals(has)) {
                try {
                    return RocksStore.branch(each, target, CACHE_BYTES, Scratch.BUFFER_BYTES);
                } catch (RuntimeException e) {
                    Folders.remove(target);
                    throw e;
                }
            }
        }
        return null;
    }
}
