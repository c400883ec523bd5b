package io.thalweg.view.state;

import io.thalweg.index.store.Cursor;
import io.thalweg.index.store.IndexStore;
import io.thalweg.index.store.Overlay;
import io.thalweg.index.store.RocksStore;
import io.thalweg.index.store.StoreDamage;
import io.thalweg.index.store.StoreException;
import io.thalweg.model.ViewId;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The indexes of all views of a host in one {@link RocksStore}. Keys, big-endian so that they sort:
 *
 * <pre>
 * view 16 bytes · version u32 · 0            the view's position and its code's own state
 * view 16 bytes · version u32 · 1 · key      what the view's code put
 * </pre>
 *
 * <p>There is no write-ahead log: the event log is one. A commit has the position in it; the store keeps commits whole and in order, so that
 * after a crash each view finds itself at some earlier commit with exactly that commit's position. Nothing is durable before {@link #flush}.
 *
 * <p>Thread-safe. After {@link #close} nothing may be called any more.
 */
public final class IndexDatabase implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(IndexDatabase.class);
    private static final int VERSION_PREFIX_BYTES = 20;

    /** Readings of whole indexes that wait, each with a moment of all that keeps what is overwritten meanwhile; there are no more. */
    private static final int DIGESTS_MAX = 16;

    /** Bytes that are read at once; then a reading rests for as long as that took. */
    private static final long DIGEST_BYTES = 4 << 20;

    /** Stands for a deletion among values; told from a value of no bytes by identity. */
    static final byte[] DELETED = new byte[0];

    private static final byte META = 0;
    private static final byte USER = 1;
    private static final byte END = 2;

    /** Before and behind all keys: no id of a view is all ones. */
    private static final byte[] FIRST = {};

    private static final byte[] LAST = new byte[VERSION_PREFIX_BYTES];

    static {
        Arrays.fill(LAST, (byte) -1);
    }

    private final Path directory;
    private final RocksStore store;
    private final Runnable whenDamaged;
    private volatile boolean damaged;
    private final ExecutorService flusher = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("view-index-flush").factory());
    private final ExecutorService digester = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("view-index-digest").factory());
    private @Nullable CompletableFuture<Void> waitingFlush; // guarded by this
    private final AtomicInteger digests = new AtomicInteger();
    private volatile boolean ending;

    private IndexDatabase(Path directory, RocksStore store, Runnable whenDamaged) {
        this.directory = directory;
        this.store = store;
        this.whenDamaged = whenDamaged;
    }

    /**
     * Opens the database, or makes one; throws {@link StoreException} when it does not open.
     *
     * @param damage called once, from any thread, when an operation finds the files damaged
     */
    static IndexDatabase open(Path directory, long cacheBytes, long writeBufferBytes, Runnable damage) {
        return new IndexDatabase(directory, RocksStore.open(directory, cacheBytes, writeBufferBytes), damage);
    }

    Path directory() {
        return directory;
    }

    /** Whether some operation found files that are not what was written; nothing here is used any more then. */
    boolean isDamaged() {
        return damaged;
    }

    /** Does something to the store, and notes it if that finds damage. */
    private <T extends @Nullable Object> T noting(Supplier<T> what) {
        try {
            return what.get();
        } catch (StoreDamage e) {
            if (!damaged) {
                damaged = true;
                whenDamaged.run();
            }
            throw e;
        }
    }

    private void commit(Overlay changes) {
        noting(() -> {
            store.commit(changes.changes());
            return true;
        });
    }

    /** Where one version's keys are. */
    static final class Space {
        private final byte[] meta;
        private final byte[] user;
        private final byte[] end;

        Space(ViewId view, int version) {
            meta = prefix(view, version, META);
            user = prefix(view, version, USER);
            end = prefix(view, version, END);
        }

        private static byte[] prefix(ViewId view, int version, byte kind) {
            UUID id = view.value();
            return ByteBuffer.allocate(VERSION_PREFIX_BYTES + 1)
                    .putLong(id.getMostSignificantBits())
                    .putLong(id.getLeastSignificantBits())
                    .putInt(version)
                    .put(kind)
                    .array();
        }

        private byte[] key(byte[] key) {
            byte[] full = new byte[user.length + key.length];
            System.arraycopy(user, 0, full, 0, user.length);
            System.arraycopy(key, 0, full, user.length, key.length);
            return full;
        }
    }

    byte @Nullable [] get(Space space, byte[] key) {
        return noting(() -> store.latest().get(space.key(key)));
    }

    /** What the last commit said about the position; null if there was none. */
    byte @Nullable [] meta(Space space) {
        return noting(() -> store.latest().get(space.meta));
    }

    /**
     * Writes everything or nothing.
     *
     * @param changes values by key; {@link #DELETED} itself, not an equal array, stands for a deletion
     */
    @SuppressWarnings("ReferenceEquality")
    void commit(Space space, Map<byte[], byte[]> changes, byte[] meta) {
        Overlay written = new Overlay(store.latest());
        changes.forEach((key, value) -> {
            if (value == DELETED) {
                written.delete(space.key(key));
            } else {
                written.put(space.key(key), value);
            }
        });
        written.put(space.meta, meta);
        commit(written);
    }

    /** Deletes all keys of one version. */
    void clear(Space space) {
        Overlay written = new Overlay(store.latest());
        written.deleteRange(space.meta, space.end);
        commit(written);
    }

    /** Deletes all keys of one version, if there are any. */
    void forget(Space space) {
        boolean any = noting(() -> {
            try (Cursor cells = store.latest().cursor(space.meta, space.end, false)) {
                return cells.valid();
            }
        });
        if (any) {
            clear(space);
        }
    }

    /** Deletes the keys of all versions that {@code wanted} does not know; goes from one version to the next, not through all keys. */
    void keepOnly(Predicate<Map.Entry<ViewId, Integer>> wanted) {
        List<Space> unwanted = new ArrayList<>();
        noting(() -> {
            try (Cursor cells = store.latest().cursor(FIRST, LAST, false)) {
                while (cells.valid()) {
                    ByteBuffer key = ByteBuffer.wrap(cells.key());
                    ViewId view = new ViewId(new UUID(key.getLong(), key.getLong()));
                    int version = key.getInt();
                    Space space = new Space(view, version);
                    if (!wanted.test(Map.entry(view, version))) {
                        unwanted.add(space);
                    }
                    cells.seek(space.end);
                }
            }
            return true;
        });
        unwanted.forEach(this::clear);
    }

    /** A walk over the user keys of one version within bounds; to be closed. */
    Walk walk(Space space, byte[] from, byte[] to, boolean reverse) {
        return new Walk(
                space, store.latest().cursor(space.key(from), to.length == 0 ? space.end : space.key(to), reverse));
    }

    /** Stands on a key, or behind the last. */
    final class Walk implements AutoCloseable {
        private final Space space;
        private final Cursor cells;

        private Walk(Space space, Cursor cells) {
            this.space = space;
            this.cells = cells;
        }

        /** The key without the prefix; null behind the last. */
        byte @Nullable [] key() {
            if (!noting(cells::valid)) {
                return null;
            }
            byte[] full = cells.key();
            return Arrays.copyOfRange(full, space.user.length, full.length);
        }

        byte[] value() {
            return cells.value();
        }

        void step() {
            cells.next();
        }

        @Override
        public void close() {
            cells.close();
        }
    }

    /**
     * A number of what one version has committed, and of some bytes; reads all of it, as it is now, after those who asked before, half of the time at most. Fails when too many
     * have asked.
     */
    CompletableFuture<Long> digest(Space space, byte[] beside) {
        if (digests.incrementAndGet() > DIGESTS_MAX) {
            digests.decrementAndGet();
            return CompletableFuture.failedFuture(
                    new RejectedExecutionException(DIGESTS_MAX + " other indexes are to be read before"));
        }
        IndexStore.Snapshot now;
        try {
            now = store.snapshot();
        } catch (RuntimeException e) {
            digests.decrementAndGet();
            throw e;
        }
        try {
            return CompletableFuture.supplyAsync(
                    () -> {
                        try (now) {
                            return noting(() -> digest(now, space, beside));
                        } finally {
                            digests.decrementAndGet();
                        }
                    },
                    digester);
        } catch (RejectedExecutionException e) {
            now.close();
            digests.decrementAndGet();
            return CompletableFuture.failedFuture(e);
        }
    }

    private long digest(IndexStore.Snapshot now, Space space, byte[] beside) {
        StateHash hash = new StateHash().add(beside);
        long beganNs = System.nanoTime();
        long bytes = 0;
        try (Cursor cells = now.cursor(space.user, space.end, false)) {
            while (cells.valid()) {
                if (ending) {
                    throw new CancellationException("the index is being closed");
                }
                byte[] key = cells.key();
                byte[] value = cells.value();
                hash.add(Arrays.copyOfRange(key, space.user.length, key.length)).add(value);
                cells.next();
                bytes += (long) key.length + value.length;
                if (bytes >= DIGEST_BYTES) {
                    LockSupport.parkNanos(System.nanoTime() - beganNs);
                    beganNs = System.nanoTime();
                    bytes = 0;
                }
            }
        }
        return hash.value();
    }

    /** Makes all commits so far durable. Calls that come while one is at work share the next. */
    synchronized CompletableFuture<Void> flush() {
        CompletableFuture<Void> waiting = waitingFlush;
        if (waiting == null) {
            waiting = new CompletableFuture<>();
            waitingFlush = waiting;
            flusher.execute(this::flushNow);
        }
        return waiting;
    }

    private void flushNow() {
        CompletableFuture<Void> waiting;
        synchronized (this) {
            waiting = waitingFlush;
            waitingFlush = null;
        }
        if (waiting == null) {
            return;
        }
        try {
            noting(() -> {
                store.flush();
                return true;
            });
            waiting.complete(null);
        } catch (StoreException e) {
            waiting.completeExceptionally(e);
        } catch (RuntimeException | Error e) {
            // Who waits would wait for ever.
            waiting.completeExceptionally(e);
            throw e;
        }
    }

    /** Ends readings, flushes and compactions under way and begins no more: the files stand still until {@link #close}. */
    void quiesce() throws InterruptedException {
        ending = true;
        digester.shutdown();
        flusher.shutdown();
        if (!digester.awaitTermination(60, TimeUnit.SECONDS)) {
            LOG.error("reading of the index database does not end");
        }
        if (!flusher.awaitTermination(60, TimeUnit.SECONDS)) {
            LOG.error("flush of the index database does not end");
        }
        try {
            store.quiesce();
        } catch (StoreException e) {
            LOG.warn("index {} closes while it still works on its files", directory, e);
        }
    }

    /** To be called after {@link #quiesce}, when nobody uses the database any more. */
    @Override
    public void close() {
        store.close();
    }
}
