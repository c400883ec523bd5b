package io.thalweg.server.javaviews.store;

import io.thalweg.index.IndexSpace;
import io.thalweg.index.store.Changes;
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
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies of one store by hard link, of times that are over: from the nearest of them and the steps behind it the state of any moment since the
 * oldest is made again. There are so many at most, so far apart in time, and together with the steps that are kept for them they take so many bytes;
 * over that the oldest goes. One that has cells of a view that is deleted is written anew without them, at once: of what was deleted no byte is to
 * stay, and other views' earlier times are not to go with it. None is made of the store until its own files are rid of what was deleted, too. One that
 * cannot be read goes, and so does one that cannot be written anew in {@value #TRIES} looks, or for want of space. Thread-safe; nobody waits while one
 * is made or written anew.
 *
 * <p>Each is a folder, named by the milliseconds since 1970 when it was made, or by one more than the newest has. It is renamed when it is
 * whole, by RocksDB. What takes its place is beside it under {@code .without} once that is whole, so that a crash leaves one of the two.
 */
public final class StoreCheckpoints {
    private static final Logger LOG = LoggerFactory.getLogger(StoreCheckpoints.class);

    /** From one to the next at most, of all views of the store together: who asks for a state waits until so many are applied. */
    private static final long STEPS_APART = 100_000;

    /** Looks at which one fails to be written anew before it goes as it is. */
    static final int TRIES = 30;

    private static final long CACHE_BYTES = 1L << 20;

    /** What the name of one ends with that is to take the place of another. */
    private static final String WITHOUT = ".without";

    private final Path folder;
    private final Path live;
    private final RocksStore store;
    private final StepStore stepStore;
    private final HistorySettings settings;
    private final BiConsumer<RocksStore, List<Changes.Range>> eraser;

    /** Held while they are looked after, which may take long; before {@code this}, which is held to look at what there is or to change it. */
    private final Object sweeping = new Object();

    /** By its name; of a clock that was ahead, it is later than now. */
    private @Nullable Instant newest; // guarded by sweeping, as the two that follow

    /** When the newest was made, by the clock as it is now. */
    private @Nullable Instant since;

    /** For each that could not be written anew, at how many looks. */
    private final Map<Path, Integer> failed = new HashMap<>();

    private final Map<Path, Set<UUID>> views = new HashMap<>(); // guarded by this, as the next
    private final Map<Path, Map<UUID, List<Long>>> steps = new HashMap<>();

    /**
     * @param folder where they lie
     * @param live of the store itself
     * @param stepStore the way of steps into the store
     */
    StoreCheckpoints(Path folder, Path live, RocksStore store, StepStore stepStore, HistorySettings settings) {
        this(folder, live, store, stepStore, settings, RocksStore::erase);
    }

    /** @param eraser as {@link RocksStore#erase} */
    StoreCheckpoints(
            Path folder,
            Path live,
            RocksStore store,
            StepStore stepStore,
            HistorySettings settings,
            BiConsumer<RocksStore, List<Changes.Range>> eraser) {
        this.folder = folder;
        this.live = live;
        this.store = store;
        this.stepStore = stepStore;
        this.settings = settings;
        this.eraser = eraser;
        try {
            removeHalves();
        } catch (UncheckedIOException e) {
            LOG.warn("what a crash left in {} stays until the next look", folder, e);
        }
        List<Path> there = all();
        newest = there.isEmpty() ? null : made(there.getLast());
        since = newest;
    }

    /** What there is in a folder, to be read from when nothing else can be. */
    static List<Path> newestFirst(Path folder) {
        List<Path> all = new ArrayList<>(all(folder));
        Collections.reverse(all);
        return all;
    }

    private List<Path> all() {
        return all(folder);
    }

    /** Oldest first. */
    private static List<Path> all(Path folder) {
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
     * Makes one if it is time, and lets go of those that are too many. A thread that is interrupted begins nothing more that may take long.
     *
     * @param there the views of the store, by their steps, with how many partitions each has
     * @param isWhole whether what is not there was deleted, and is not only unknown yet
     * @param stepBytes of the steps that are kept for checkpoints alone
     */
    void sweep(Map<UUID, Integer> there, boolean isWhole, long stepBytes, Instant now) {
        synchronized (sweeping) {
            try {
                removeHalves();
                List<Map.Entry<Path, Set<UUID>>> gone = isWhole ? gone(there.keySet()) : List.of();
                for (Map.Entry<Path, Set<UUID>> each : gone) {
                    if (Thread.currentThread().isInterrupted()) {
                        return;
                    }
                    rewrite(each.getKey(), each.getValue());
                }
                List<Changes.Range> cleared = stepStore.cleared();
                if (!cleared.isEmpty() && !Thread.currentThread().isInterrupted()) {
                    store.compact(cleared);
                    stepStore.erased(cleared);
                }
                if (settings.checkpoints() > 0
                        && isDue(there, now)
                        && !Thread.currentThread().isInterrupted()) {
                    make(now);
                }
            } finally {
                // Also when nothing else goes: it may be the way out of a full disk.
                letGo(stepBytes);
            }
        }
    }

    private synchronized void letGo(long stepBytes) {
        List<Path> all = new ArrayList<>(all());
        while (all.size() > settings.checkpoints()
                || (!all.isEmpty() && ownBytes(all) + stepBytes > settings.bytes())) {
            remove(all.removeFirst());
        }
        failed.keySet().retainAll(all);
    }

    /** Those that can be read and have views that are not there, with these. */
    private synchronized List<Map.Entry<Path, Set<UUID>>> gone(Set<UUID> there) {
        List<Map.Entry<Path, Set<UUID>>> all = new ArrayList<>();
        for (Path each : readable(this::views)) {
            Set<UUID> gone = new TreeSet<>(views(each));
            gone.removeAll(there);
            if (!gone.isEmpty()) {
                all.add(Map.entry(each, gone));
            }
        }
        return all;
    }

    private synchronized boolean isDue(Map<UUID, Integer> there, Instant now) {
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
        Path made = folder.resolve(Long.toString(ms));
        store.checkpoint(made);
        newest = Instant.ofEpochMilli(ms);
        if (!stepStore.cleared().isEmpty()) {
            remove(made); // it may have bytes of what was deleted meanwhile; the next look makes another
            return;
        }
        since = now;
    }

    /** Writes one anew without some views; it goes when nothing else is in it. */
    private void rewrite(Path checkpoint, Set<UUID> gone) {
        Path work = checkpoint.resolveSibling(name(checkpoint) + ".work");
        Path without = checkpoint.resolveSibling(name(checkpoint) + WITHOUT);
        try {
            try (RocksStore branch = begin(checkpoint, work, gone)) {
                if (branch == null) {
                    return;
                }
                Overlay cells = new Overlay(branch.latest());
                gone.forEach(view -> Surroundings.space(view).clear(cells));
                eraser.accept(branch, cells.changes().emptied());
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
        } catch (StoreException | UncheckedIOException e) {
            boolean isLast = failed.merge(checkpoint, 1, Integer::sum) >= TRIES || isForWantOfSpace(e);
            LOG.warn(
                    "checkpoint {} could not be written anew without views that are deleted; {}",
                    checkpoint,
                    isLast ? "it is removed" : "the next look tries again",
                    e);
            if (isLast) {
                remove(checkpoint);
            }
            return;
        } finally {
            Folders.remove(work);
        }
        replace(without);
    }

    /** A store that has what one has, to be written anew; null when nothing is to stay of it, and it went. */
    private synchronized @Nullable RocksStore begin(Path checkpoint, Path work, Set<UUID> gone) {
        if (gone.containsAll(views(checkpoint))) {
            remove(checkpoint);
            return null;
        }
        return RocksStore.branch(checkpoint, work, CACHE_BYTES, Scratch.BUFFER_BYTES);
    }

    private static boolean isForWantOfSpace(Throwable e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (String.valueOf(cause.getMessage()).contains("No space left")) {
                return true;
            }
        }
        return false;
    }

    /** Puts what was written anew in the place of what it was made of. */
    private synchronized void replace(Path without) {
        String name = name(without);
        Path checkpoint = without.resolveSibling(name.substring(0, name.length() - WITHOUT.length()));
        remove(checkpoint);
        try {
            Files.move(without, checkpoint);
        } catch (IOException e) {
            throw new UncheckedIOException(without + " cannot take the place of " + checkpoint, e);
        }
    }

    private static boolean isWithout(Path file) {
        return name(file).matches("\\d{1,18}\\" + WITHOUT);
    }

    /** Whether one is on its way into the place of another, which may be gone already. */
    private boolean isSomeHalfReplaced() {
        if (!Files.isDirectory(folder)) {
            return false;
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.anyMatch(StoreCheckpoints::isWithout);
        } catch (IOException e) {
            throw new UncheckedIOException("checkpoints in " + folder + " cannot be listed", e);
        }
    }

    /** What a crash has left of one that was being made. */
    private void removeHalves() {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (Stream<Path> files = Files.list(folder)) {
            files.filter(StoreCheckpoints::isWithout).toList().forEach(this::replace);
        } catch (IOException e) {
            throw new UncheckedIOException("checkpoints in " + folder + " cannot be listed", e);
        }
        try (Stream<Path> files = Files.list(folder)) {
            files.filter(file -> !name(file).matches("\\d{1,18}")).toList().forEach(Folders::remove);
        } catch (IOException e) {
            throw new UncheckedIOException("checkpoints in " + folder + " cannot be listed", e);
        }
    }

    private synchronized void remove(Path checkpoint) {
        views.remove(checkpoint);
        steps.remove(checkpoint);
        Folders.remove(checkpoint);
    }

    /** Bytes of files that the store itself has no more. */
    private long ownBytes(List<Path> all) {
        Set<Object> counted = new HashSet<>(files(live).keySet());
        long bytes = 0;
        for (Path each : all) {
            for (Map.Entry<Object, Long> file : files(each).entrySet()) {
                bytes += counted.add(file.getKey()) ? file.getValue() : 0;
            }
        }
        return bytes;
    }

    /**
     * The bytes of files with cells, each by what the file system knows it by, or else by its path: in one that was written anew they have names that
     * others have elsewhere.
     */
    private static Map<Object, Long> files(Path directory) {
        Map<Object, Long> files = new HashMap<>();
        try (Stream<Path> all = Files.list(directory)) {
            for (Path file : all.filter(each -> name(each).endsWith(".sst")).toList()) {
                try {
                    BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
                    Object key = attributes.fileKey();
                    files.put(key == null ? file : key, attributes.size());
                } catch (NoSuchFileException e) {
                    LOG.trace("{} was merged away meanwhile", file, e);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(directory + " cannot be listed", e);
        }
        return files;
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
        if (isSomeHalfReplaced()) {
            return 0;
        }
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
                    if (e instanceof StoreDamage) {
                        LOG.warn("checkpoint {} is damaged and is removed", each, e);
                        remove(each);
                    }
                    throw e;
                }
            }
        }
        return null;
    }
}
