package io.thalweg.view;

import io.thalweg.index.store.RocksLibrary;
import io.thalweg.model.ViewId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.CompressionType;
import org.rocksdb.FlushOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The indexes of all views of a host in one RocksDB with one column family. Keys, big-endian so that they sort:
 *
 * <pre>
 * view 16 bytes · version u32 · 0            the view's position and its code's own state
 * view 16 bytes · version u32 · 1 · key      what the view's code put
 * </pre>
 *
 * <p>There is no write-ahead log: the event log is one. A commit is one {@link WriteBatch} with the position in it; RocksDB moves
 * whole batches, in order, from memory to disk, so that after a crash each view finds itself at some earlier commit with exactly
 * that commit's position. Nothing is durable before {@link #flush}. One family is what makes this hold: several are flushed one by
 * one (Kafka Streams learned that, KAFKA-20663).
 *
 * <p>Thread-safe. After {@link #close} nothing may be called any more.
 */
final class IndexDatabase implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(IndexDatabase.class);
    private static final int VERSION_PREFIX_BYTES = 20;

    /** Stands for a deletion among values; told from a value of no bytes by identity. */
    static final byte[] DELETED = new byte[0];

    private static final byte META = 0;
    private static final byte USER = 1;
    private static final byte END = 2;

    private final Path directory;
    private final Runnable whenDamaged;
    private volatile boolean damaged;
    private final LRUCache cache;
    private final BloomFilter bloom;
    private final Options options;
    private final WriteOptions unlogged;
    private final RocksDB db;
    private final ExecutorService flusher = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("view-index-flush").factory());
    private @Nullable CompletableFuture<Void> waitingFlush; // guarded by this

    private IndexDatabase(
            Path directory, LRUCache cache, BloomFilter bloom, Options options, RocksDB db, Runnable whenDamaged) {
        this.directory = directory;
        this.whenDamaged = whenDamaged;
        this.cache = cache;
        this.bloom = bloom;
        this.options = options;
        this.db = db;
        this.unlogged = new WriteOptions().setDisableWAL(true);
    }

    /**
     * Opens the database, or makes one; throws {@link IndexFailure} when it does not open.
     *
     * @param damage called once, from any thread, when an operation finds the files damaged
     */
    static IndexDatabase open(Path directory, long cacheBytes, long writeBufferBytes, Runnable damage) {
        RocksLibrary.load(directory);
        LRUCache cache = new LRUCache(cacheBytes);
        BloomFilter bloom = new BloomFilter(10);
        Options options = new Options()
                .setCreateIfMissing(true)
                .setWriteBufferSize(Math.max(1 << 20, writeBufferBytes / 2))
                .setDbWriteBufferSize(writeBufferBytes)
                .setMaxOpenFiles(1024)
                .setKeepLogFileNum(2)
                .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
                .setCompressionType(CompressionType.LZ4_COMPRESSION)
                .setTableFormatConfig(new BlockBasedTableConfig()
                        .setBlockCache(cache)
                        .setCacheIndexAndFilterBlocks(true)
                        .setFilterPolicy(bloom));
        try {
            Files.createDirectories(directory);
            RocksDB db = RocksDB.open(options, directory.toString());
            return new IndexDatabase(directory, cache, bloom, options, db, damage);
        } catch (RocksDBException e) {
            options.close();
            bloom.close();
            cache.close();
            throw new IndexFailure("index " + directory + " does not open", e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Path directory() {
        return directory;
    }

    /** Whether some operation found files that are not what was written; nothing here is used any more then. */
    boolean isDamaged() {
        return damaged;
    }

    private IndexFailure failure(String what, RocksDBException e) {
        String where = directory + ": " + what;
        if (!IndexDamage.isMeantBy(e)) {
            return new IndexFailure(where, e);
        }
        if (!damaged) {
            damaged = true;
            whenDamaged.run();
        }
        return new IndexDamage(where, e);
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
        try {
            return db.get(space.key(key));
        } catch (RocksDBException e) {
            throw failure("index cannot be read", e);
        }
    }

    /** What the last commit said about the position; null if there was none. */
    byte @Nullable [] meta(Space space) {
        try {
            return db.get(space.meta);
        } catch (RocksDBException e) {
            throw failure("index cannot be read", e);
        }
    }

    /**
     * Writes everything or nothing.
     *
     * @param changes values by key; {@link #DELETED} itself, not an equal array, stands for a deletion
     */
    @SuppressWarnings("ReferenceEquality")
    void commit(Space space, Map<byte[], byte[]> changes, byte[] meta) {
        try (WriteBatch batch = new WriteBatch()) {
            for (Map.Entry<byte[], byte[]> change : changes.entrySet()) {
                byte[] key = space.key(change.getKey());
                if (change.getValue() == DELETED) {
                    batch.delete(key);
                } else {
                    batch.put(key, change.getValue());
                }
            }
            batch.put(space.meta, meta);
            db.write(unlogged, batch);
        } catch (RocksDBException e) {
            throw failure("index cannot be written", e);
        }
    }

    /** Deletes all keys of one version. */
    void clear(Space space) {
        try {
            db.deleteRange(unlogged, space.meta, space.end);
        } catch (RocksDBException e) {
            throw failure("index cannot be cleared", e);
        }
    }

    /** Deletes the keys of all versions that {@code wanted} does not know; goes from one version to the next, not through all keys. */
    void keepOnly(Predicate<Map.Entry<ViewId, Integer>> wanted) {
        List<Space> unwanted = new ArrayList<>();
        try (ReadOptions reading = new ReadOptions();
                RocksIterator it = db.newIterator(reading)) {
            it.seekToFirst();
            while (it.isValid()) {
                ByteBuffer key = ByteBuffer.wrap(it.key());
                ViewId view = new ViewId(new UUID(key.getLong(), key.getLong()));
                int version = key.getInt();
                Space space = new Space(view, version);
                if (!wanted.test(Map.entry(view, version))) {
                    unwanted.add(space);
                }
                it.seek(space.end);
            }
            it.status();
        } catch (RocksDBException e) {
            throw failure("index cannot be listed", e);
        }
        unwanted.forEach(this::clear);
    }

    /** A walk over the user keys of one version within bounds; to be closed. */
    Walk walk(Space space, byte[] from, byte[] to, boolean reverse) {
        return new Walk(space, from, to, reverse);
    }

    /** Stands on a key, or behind the last. */
    final class Walk implements AutoCloseable {
        private final Space space;
        private final Slice lower;
        private final Slice upper;
        private final ReadOptions reading;
        private final RocksIterator it;
        private final boolean reverse;

        private Walk(Space space, byte[] from, byte[] to, boolean reverse) {
            this.space = space;
            this.reverse = reverse;
            this.lower = new Slice(space.key(from));
            this.upper = new Slice(to.length == 0 ? space.end : space.key(to));
            this.reading = new ReadOptions().setIterateLowerBound(lower).setIterateUpperBound(upper);
            this.it = db.newIterator(reading);
            if (reverse) {
                it.seekToLast();
            } else {
                it.seekToFirst();
            }
        }

        /** The key without the prefix; null behind the last. */
        byte @Nullable [] key() {
            if (!it.isValid()) {
                try {
                    it.status();
                } catch (RocksDBException e) {
                    throw failure("index cannot be read", e);
                }
                return null;
            }
            byte[] full = it.key();
            byte[] key = new byte[full.length - space.user.length];
            System.arraycopy(full, space.user.length, key, 0, key.length);
            return key;
        }

        byte[] value() {
            return it.value();
        }

        void step() {
            if (reverse) {
                it.prev();
            } else {
                it.next();
            }
        }

        @Override
        public void close() {
            it.close();
            reading.close();
            lower.close();
            upper.close();
        }
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
        try (FlushOptions whole = new FlushOptions().setWaitForFlush(true)) {
            db.flush(whole);
            waiting.complete(null);
        } catch (RocksDBException e) {
            waiting.completeExceptionally(failure("index cannot be flushed", e));
        }
    }

    /** Ends flushes and compactions under way and begins no more: the files stand still until {@link #close}. */
    void quiesce() throws InterruptedException {
        flusher.shutdown();
        if (!flusher.awaitTermination(60, TimeUnit.SECONDS)) {
            LOG.error("flush of the index database does not end");
        }
        try {
            db.pauseBackgroundWork();
        } catch (RocksDBException e) {
            LOG.warn("index {} closes while it still works on its files", directory, e);
        }
    }

    /** To be called after {@link #quiesce}, when nobody uses the database any more. */
    @Override
    public void close() {
        try {
            db.continueBackgroundWork();
        } catch (RocksDBException e) {
            LOG.warn("index database closes without its background work", e);
        }
        db.close();
        unlogged.close();
        options.close();
        bloom.close();
        cache.close();
    }
}
