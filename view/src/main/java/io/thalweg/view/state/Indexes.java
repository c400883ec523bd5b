package io.thalweg.view.state;

import io.thalweg.index.store.StoreDamage;
import io.thalweg.index.store.StoreException;
import io.thalweg.model.ViewId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The host's one {@link IndexDatabase}, opened when the first view needs it, and replaced when it turns out to be damaged, at the start
 * or while it is in use: all that is in it can be computed again.
 *
 * <pre>
 * index, index-1, index-2 …   the newest is in use; an older one is what a crash left of a replacement
 * index.damaged               the last one that was replaced, for whoever wants to know what happened
 * </pre>
 *
 * Views hold on to the database that they began with; a damaged one is closed when the last has let go of it, since RocksDB does not
 * survive use after that. Thread-safe.
 */
public final class Indexes {
    private static final Logger LOG = LoggerFactory.getLogger(Indexes.class);
    private static final String NAME = "index";
    private static final String DAMAGED = NAME + ".damaged";

    /** RocksDB has no code for it. A whole word: what a wrong checksum is told of is a block. */
    private static final Pattern IN_USE = Pattern.compile("\\block (file|hold)");

    private final Path parent;
    private final long cacheBytes;
    private final long writeBufferBytes;
    private final Runnable damaged;
    private final Map<IndexDatabase, Integer> users = new HashMap<>(); // guarded by this
    private @Nullable IndexDatabase current; // guarded by this
    private int generation; // of current; guarded by this

    /** @param damaged called, from any thread, when the database in use turns out to be damaged */
    public Indexes(Path parent, long cacheBytes, long writeBufferBytes, Runnable damaged) {
        this.parent = parent;
        this.cacheBytes = cacheBytes;
        this.writeBufferBytes = writeBufferBytes;
        this.damaged = damaged;
    }

    /** The database to use from now on, until {@link #release}. */
    public synchronized IndexDatabase acquire() {
        IndexDatabase database = usable();
        users.merge(database, 1, Integer::sum);
        return database;
    }

    public synchronized void release(IndexDatabase database) {
        if (users.computeIfPresent(database, (_, count) -> count == 1 ? null : (Integer) (count - 1)) == null) {
            retire(database);
        }
    }

    /** Deletes what no version needs; nothing is opened when there is no index on disk. */
    public void keepOnly(Predicate<Map.Entry<ViewId, Integer>> wanted) {
        clean(database -> database.keepOnly(wanted));
    }

    /** Deletes what is left of a version that nobody uses; nothing is opened when there is no index on disk. */
    public void forget(ViewId view, int version) {
        clean(database -> database.forget(new IndexDatabase.Space(view, version)));
    }

    private synchronized void clean(Consumer<IndexDatabase> what) {
        if (current == null && newestGeneration() < 0) {
            return;
        }
        try {
            what.accept(usable());
        } catch (StoreDamage e) {
            LOG.warn("index of views cannot be cleaned", e);
            usable();
        }
    }

    private IndexDatabase usable() {
        IndexDatabase database = current;
        if (database == null) {
            database = openNewest();
        } else if (database.isDamaged()) {
            LOG.error("{} is damaged; views with an index are computed again", database.directory());
            database = open(++generation);
            IndexDatabase old = current;
            current = database;
            if (old != null && !users.containsKey(old)) {
                retire(old);
            }
        }
        current = database;
        return database;
    }

    /** Opens what is there; what does not open is damaged if an empty one opens beside it. */
    private IndexDatabase openNewest() {
        int newest = Math.max(0, newestGeneration());
        generation = newest;
        IndexDatabase database;
        try {
            database = open(newest);
        } catch (StoreException e) {
            if (IN_USE.matcher(String.valueOf(e.getMessage())).find()) {
                throw e; // somebody uses it
            }
            try {
                database = open(++generation);
            } catch (StoreException second) {
                delete(directory(generation));
                e.addSuppressed(second);
                throw e;
            }
            LOG.error(
                    "index of views is damaged ({}); it is kept as {}, and views with an index are computed again",
                    e.getMessage(),
                    parent.resolve(DAMAGED));
            setAside(directory(newest));
        }
        for (int older = newest - 1; older >= 0; older--) {
            delete(directory(older));
        }
        return database;
    }

    private IndexDatabase open(int number) {
        return IndexDatabase.open(directory(number), cacheBytes, writeBufferBytes, damaged);
    }

    private Path directory(int number) {
        return parent.resolve(number == 0 ? NAME : NAME + "-" + number);
    }

    /** -1 when there is none. */
    private int newestGeneration() {
        try (Stream<Path> entries = Files.isDirectory(parent) ? Files.list(parent) : Stream.empty()) {
            return entries.map(entry -> entry.getFileName().toString())
                    .filter(name -> name.matches(NAME + "(-[1-9][0-9]{0,8})?"))
                    .mapToInt(name -> name.equals(NAME) ? 0 : Integer.parseInt(name.substring(NAME.length() + 1)))
                    .max()
                    .orElse(-1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Closes a database that is damaged and used no more. */
    private void retire(IndexDatabase database) {
        if (!database.isDamaged()) {
            return;
        }
        if (database.equals(current)) {
            return; // whoever comes next replaces it
        }
        try {
            database.quiesce();
            database.close();
            setAside(database.directory());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void setAside(Path directory) {
        Path aside = parent.resolve(DAMAGED);
        delete(aside);
        try {
            Files.move(directory, aside);
        } catch (IOException e) {
            LOG.warn("damaged index {} stays where it is", directory, e);
        }
    }

    private static void delete(Path directory) {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path one : List.copyOf(all.toList()).reversed()) {
                Files.delete(one);
            }
        } catch (IOException e) {
            LOG.warn("{} could not be deleted", directory, e);
        }
    }

    /** Ends all work on disk; nothing may use a database any more. */
    public synchronized void quiesce() throws InterruptedException {
        for (IndexDatabase database : all()) {
            database.quiesce();
        }
    }

    /** To be called after {@link #quiesce}. */
    public synchronized void close() {
        all().forEach(IndexDatabase::close);
        users.clear();
        current = null;
    }

    private List<IndexDatabase> all() {
        return Stream.concat(users.keySet().stream(), Stream.ofNullable(current))
                .distinct()
                .toList();
    }
}
