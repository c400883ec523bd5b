package io.thalweg.index.store;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.Checkpoint;
import org.rocksdb.CompactRangeOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.Filter;
import org.rocksdb.FlushOptions;
import org.rocksdb.IndexType;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.Logger;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * A store on disk: RocksDB with one column family and no log of its own. RocksDB moves whole batches, in order, from memory to disk;
 * several families would be flushed one by one, and a position in one would not be that of the data in another.
 */
public final class RocksStore implements IndexStore {
    /** What of the memory of commits that are not yet on disk tells which keys are none of theirs: who looks for one need not go down a list of them. */
    private static final double MEMTABLE_FILTER = 0.02;

    private final Path directory;
    private final LRUCache cache;
    private final BloomFilter bloom;
    private final Options options;
    private final WriteOptions unlogged;
    private final RocksDB db;
    private final @Nullable Logger logger;
    private volatile boolean quiet;
    private volatile boolean damaged;
    private final Reader newest = new Reader(null);
    private final Object readers = new Object();
    private int open; // snapshots; guarded by readers, as the next
    private boolean ending;

    private RocksStore(
            Path directory, LRUCache cache, BloomFilter bloom, Options options, RocksDB db, @Nullable Logger logger) {
        this.directory = directory;
        this.cache = cache;
        this.bloom = bloom;
        this.options = options;
        this.db = db;
        this.logger = logger;
        this.unlogged = new WriteOptions().setDisableWAL(true);
    }

    /**
     * Opens the store in {@code directory}, or makes one.
     *
     * @param cacheBytes memory for blocks that were read
     * @param writeBufferBytes memory for commits that are not yet on disk
     * @throws StoreDamage if its bytes are not what was written
     * @throws StoreException if it is in use, or cannot be opened just now
     */
    public static RocksStore open(Path directory, long cacheBytes, long writeBufferBytes) {
        try {
            return opened(directory, cacheBytes, writeBufferBytes);
        } catch (RocksDBException e) {
            throw exception("index store " + directory + " does not open", e);
        }
    }

    @SuppressWarnings("MustBeClosed") // the store closes what it opens
    private static RocksStore opened(Path directory, long cacheBytes, long writeBufferBytes) throws RocksDBException {
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new UncheckedIOException("folder of an index store cannot be made", e);
        }
        RocksLibrary.load(directory);
        LRUCache cache = new LRUCache(cacheBytes);
        BloomFilter bloom = new BloomFilter(10);
        Options options = new Options()
                .setCreateIfMissing(true)
                .setWriteBufferSize(Math.max(1 << 20, writeBufferBytes / 2))
                .setDbWriteBufferSize(writeBufferBytes)
                .setMaxOpenFiles(1024)
                .setMemtableWholeKeyFiltering(true)
                .setMemtablePrefixBloomSizeRatio(MEMTABLE_FILTER)
                .setKeepLogFileNum(2)
                .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
                .setCompressionType(CompressionType.LZ4_COMPRESSION)
                .setTableFormatConfig(tables(cache, bloom));
        try {
            return new RocksStore(directory, cache, bloom, options, RocksDB.open(options, directory.toString()), null);
        } catch (RocksDBException e) {
            options.close();
            bloom.close();
            cache.close();
            throw e;
        }
    }

    /**
     * How files are laid out. A file's filter and index are in blocks of their own, a few KiB each: as one block, the filter of a million keys (1.25 MB) is
     * larger than a part of a cache of 64 MiB, is never kept, and is read from disk with each key that is looked up.
     */
    public static BlockBasedTableConfig tables(Cache cache, Filter filter) {
        return new BlockBasedTableConfig()
                .setBlockCache(cache)
                .setCacheIndexAndFilterBlocks(true)
                .setIndexType(IndexType.kTwoLevelIndexSearch)
                .setPartitionFilters(true)
                .setFilterPolicy(filter);
    }

    /**
     * Opens a {@link #checkpoint} to read from, and changes nothing in it; it cannot be written.
     *
     * @throws StoreDamage if its bytes are not what was written
     * @throws StoreException if it cannot be opened just now, for want of memory or files, say
     */
    @SuppressWarnings("MustBeClosed") // the store closes what it opens
    public static RocksStore openFrozen(Path directory, long cacheBytes) {
        RocksLibrary.load(directory.resolveSibling(""));
        LRUCache cache = new LRUCache(cacheBytes);
        BloomFilter bloom = new BloomFilter(10);
        Logger silent = new Silent();
        Options options = new Options().setTableFormatConfig(tables(cache, bloom));
        options.setLogger(silent);
        try {
            RocksDB db = RocksDB.openReadOnly(options, directory.toString());
            return new RocksStore(directory, cache, bloom, options, db, silent);
        } catch (RocksDBException e) {
            options.close();
            silent.close();
            bloom.close();
            cache.close();
            throw exception("checkpoint " + directory + " does not open", e);
        }
    }

    /**
     * Opens another store that begins with what a {@link #checkpoint} has, by hard links where the file system has them.
     *
     * @param target where it is to be, and is when all of it is there; there is nothing yet. What a crash left behind of another attempt goes
     * @throws StoreDamage if the checkpoint's bytes are not what was written
     * @throws StoreException if it cannot be opened just now
     * @throws UncheckedIOException if its files cannot be linked or copied
     */
    public static RocksStore branch(Path checkpoint, Path target, long cacheBytes, long writeBufferBytes) {
        Path making = target.resolveSibling(target.getFileName() + ".making");
        try (Stream<Path> files = Files.list(checkpoint)) {
            Files.createDirectories(making);
            empty(making);
            for (Path file : files.toList()) {
                String name = String.valueOf(file.getFileName());
                if (name.endsWith(".sst")) {
                    link(file, making.resolve(name));
                } else if (!name.equals("LOCK") && !name.startsWith("LOG")) {
                    // These are written on.
                    Files.copy(file, making.resolve(name));
                }
            }
            Files.move(making, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException("checkpoint " + checkpoint + " cannot be copied to " + target, e);
        }
        try {
            return opened(target, cacheBytes, writeBufferBytes);
        } catch (RocksDBException e) {
            throw exception("what checkpoint " + checkpoint + " has does not open", e);
        }
    }

    private static void empty(Path folder) throws IOException {
        try (Stream<Path> left = Files.list(folder)) {
            for (Path file : left.toList()) {
                Files.delete(file);
            }
        }
    }

    private static void link(Path file, Path link) throws IOException {
        try {
            Files.createLink(link, file);
        } catch (UnsupportedOperationException | FileSystemException e) {
            Files.copy(file, link);
        }
    }

    private StoreException failed(String what, RocksDBException cause) {
        StoreException failure = exception("index store " + directory + " " + what, cause);
        damaged |= failure instanceof StoreDamage;
        return failure;
    }

    private static StoreException exception(String what, RocksDBException cause) {
        return StoreDamage.isMeantBy(cause) ? new StoreDamage(what, cause) : new StoreException(what, cause);
    }

    /** Whether anybody has met bytes that are not what was written. */
    public boolean isDamaged() {
        return damaged;
    }

    /**
     * Reads every block of the store in {@code directory}, which nobody uses, and changes nothing.
     *
     * @param scratch for what RocksDB unpacks; outside of the store
     * @throws StoreException if it is not as it was written
     */
    public static void verify(Path directory, Path scratch) {
        RocksLibrary.load(scratch);
        try (Options options = new Options().setInfoLogLevel(InfoLogLevel.ERROR_LEVEL);
                Logger silent = new Silent()) {
            options.setLogger(silent);
            try (RocksDB db = RocksDB.openReadOnly(options, directory.toString())) {
                db.verifyChecksum();
            }
        } catch (RocksDBException e) {
            throw new StoreException("index store " + directory + " is damaged", e);
        }
    }

    /** Keeps RocksDB from writing a log of its own beside what it reads. */
    private static final class Silent extends Logger {
        Silent() {
            super(InfoLogLevel.ERROR_LEVEL);
        }

        @Override
        protected void log(InfoLogLevel level, String message) {}
    }

    /** @throws ThalwegException {@code UNAVAILABLE} behind {@link #endReading} */
    @Override
    public Snapshot snapshot() {
        synchronized (readers) {
            if (ending) {
                throw new ThalwegException(ErrorCode.UNAVAILABLE, "the index store is being closed: the node stops");
            }
            open++;
        }
        return new Reader(db.getSnapshot());
    }

    /**
     * Gives no snapshot any more, and waits until those that were given are closed: a store that is closed while somebody reads from it takes the process
     * with it.
     *
     * @param untilNs how long to wait, by {@link System#nanoTime}
     * @return whether nobody has one any more
     */
    public boolean endReading(long untilNs) throws InterruptedException {
        synchronized (readers) {
            ending = true;
            for (long left = untilNs - System.nanoTime(); open > 0 && left > 0; left = untilNs - System.nanoTime()) {
                TimeUnit.NANOSECONDS.timedWait(readers, left);
            }
            return open == 0;
        }
    }

    @Override
    public Reading latest() {
        return newest;
    }

    @Override
    public void commit(Changes changes) {
        try (WriteBatch batch = new WriteBatch()) {
            for (Changes.Range range : changes.emptied()) {
                batch.deleteRange(range.from(), range.to());
            }
            for (int i = 0; i < changes.size(); i++) {
                byte[] value = changes.value(i);
                if (value == null) {
                    batch.delete(changes.key(i));
                } else {
                    batch.put(changes.key(i), value);
                }
            }
            db.write(unlogged, batch);
        } catch (RocksDBException e) {
            throw failed("cannot be written", e);
        }
    }

    @Override
    public void flush() {
        try (FlushOptions whole = new FlushOptions().setWaitForFlush(true)) {
            db.flush(whole);
        } catch (RocksDBException e) {
            throw failed("cannot be flushed", e);
        }
    }

    /**
     * Empties ranges so that no file of the store has anything of them any more, however deep it lies: files that had are written anew. For stores that
     * nobody else writes, as a {@link #branch}; as long as that takes. Only what lists the files may still have the first and last keys of those that
     * went, until the store is opened again.
     */
    public void erase(List<Changes.Range> ranges) {
        try {
            for (Changes.Range range : ranges) {
                // Files that have nothing else go unread.
                db.deleteFilesInRanges(db.getDefaultColumnFamily(), List.of(range.from(), range.to()), false);
                db.deleteRange(unlogged, range.from(), range.to());
            }
        } catch (RocksDBException e) {
            throw failed("cannot be rid of what is erased", e);
        }
        compact(ranges, true);
    }

    /**
     * Writes files anew that have something of ranges, so that none has anything of them any more that was emptied, but for what a snapshot of before
     * still sees. As long as that takes; others may read and write meanwhile.
     */
    public void compact(List<Changes.Range> ranges) {
        compact(ranges, false);
    }

    private void compact(List<Changes.Range> ranges, boolean isAlone) {
        flush();
        try (CompactRangeOptions whole = new CompactRangeOptions()
                .setExclusiveManualCompaction(isAlone)
                .setBottommostLevelCompaction(CompactRangeOptions.BottommostLevelCompaction.kForce)) {
            for (Changes.Range range : ranges) {
                db.compactRange(db.getDefaultColumnFamily(), range.from(), range.to(), whole);
            }
        } catch (RocksDBException e) {
            throw failed("cannot be rid of what is erased", e);
        }
    }

    /** Makes a copy of the store, as of now, by hard links where the file system has them; it is durable and opens as a store. */
    public void checkpoint(Path target) {
        flush();
        try (Checkpoint checkpoint = Checkpoint.create(db)) {
            checkpoint.createCheckpoint(target.toString());
        } catch (RocksDBException e) {
            throw failed("cannot be copied to " + target, e);
        }
    }

    /** Ends flushes and compactions under way and begins no more: the files stand still until {@link #close}. */
    public void quiesce() {
        try {
            db.pauseBackgroundWork();
            quiet = true;
        } catch (RocksDBException e) {
            throw failed("still works on its files", e);
        }
    }

    /** To be called when nobody reads (see {@link #endReading}) or writes any more. What was not flushed is lost, as after a crash. */
    @Override
    public void close() {
        try {
            if (quiet) {
                db.continueBackgroundWork();
            }
        } catch (RocksDBException e) {
            throw failed("closes without its background work", e);
        } finally {
            newest.close();
            db.close();
            unlogged.close();
            options.close();
            if (logger != null) {
                logger.close();
            }
            bloom.close();
            cache.close();
        }
    }

    /** Reads as of a snapshot, or what is newest. */
    private final class Reader implements Snapshot {
        private final org.rocksdb.@Nullable Snapshot snapshot;
        private final ReadOptions reading;

        Reader(org.rocksdb.@Nullable Snapshot snapshot) {
            this.snapshot = snapshot;
            this.reading = new ReadOptions();
            if (snapshot != null) {
                reading.setSnapshot(snapshot);
            }
        }

        @Override
        public byte @Nullable [] get(byte[] key) {
            try {
                return db.get(reading, key);
            } catch (RocksDBException e) {
                throw failed("cannot be read", e);
            }
        }

        @Override
        public boolean has(byte[] key) {
            return db.keyExists(reading, key);
        }

        @Override
        public Cursor cursor(byte[] from, byte[] to, boolean reverse) {
            return new Walk(snapshot, from, to, reverse);
        }

        @Override
        public void close() {
            reading.close();
            if (snapshot != null) {
                db.releaseSnapshot(snapshot);
                synchronized (readers) {
                    open--;
                    readers.notifyAll();
                }
            }
        }
    }

    private final class Walk implements Cursor {
        private final Slice lower;
        private final Slice upper;
        private final ReadOptions reading;
        private final RocksIterator cells;
        private final boolean reverse;

        Walk(org.rocksdb.@Nullable Snapshot snapshot, byte[] from, byte[] to, boolean reverse) {
            this.reverse = reverse;
            this.lower = new Slice(from);
            this.upper = new Slice(to);
            this.reading = new ReadOptions().setIterateLowerBound(lower).setIterateUpperBound(upper);
            if (snapshot != null) {
                reading.setSnapshot(snapshot);
            }
            this.cells = db.newIterator(reading);
            if (reverse) {
                cells.seekToLast();
            } else {
                cells.seekToFirst();
            }
        }

        @Override
        public boolean valid() {
            if (cells.isValid()) {
                return true;
            }
            try {
                cells.status();
            } catch (RocksDBException e) {
                throw failed("cannot be read", e);
            }
            return false;
        }

        @Override
        public byte[] key() {
            return cells.key();
        }

        @Override
        public byte[] value() {
            return cells.value();
        }

        @Override
        public void next() {
            if (reverse) {
                cells.prev();
            } else {
                cells.next();
            }
        }

        @Override
        public void seek(byte[] key) {
            if (reverse) {
                cells.seekForPrev(key);
            } else {
                cells.seek(key);
            }
        }

        @Override
        public void close() {
            cells.close();
            reading.close();
            lower.close();
            upper.close();
        }
    }
}
