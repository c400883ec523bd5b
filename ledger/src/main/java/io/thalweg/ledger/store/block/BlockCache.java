package io.thalweg.ledger.store.block;

import static io.thalweg.ledger.store.block.BlockFile.BLOCK_BYTES;

import io.thalweg.ports.disk.CorruptionException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32C;

/**
 * Blocks of files in memory outside the heap, shared by all stores of a process. A block is checked when it is loaded and
 * copied out when it is read, so that nobody holds on to what must make room for another.
 *
 * <p>The place of a block is one of the eight of the set that its number hashes to, and the one of them that was not read for
 * the longest time makes room. A set is searched in one cache line of keys, under one of 64 locks; a block is loaded outside
 * the lock, at worst by two threads at once. Memory is taken as it fills. Thread-safe.
 *
 * <p>Who knows what it will read says so ({@link #prepare}): a disk answers many questions in hardly more time than one.
 */
public final class BlockCache implements AutoCloseable {
    private static final int WAYS = 8;
    private static final int STRIPES = 64;
    private static final int SET_BYTES = WAYS * BLOCK_BYTES;

    /** Reads of one {@link #prepare} that are under way together. */
    private static final int TOGETHER_MAX = 16;

    private final Arena arena = Arena.ofShared();
    private final Object[] stripes = new Object[STRIPES];
    private final int sets;
    private final long[] keys;
    private final int[] used;
    private final int[] ticks = new int[STRIPES];
    private final MemorySegment[] memory;
    private final Executor readers;
    private final ConcurrentLinkedQueue<Loader> loaders = new ConcurrentLinkedQueue<>();

    private record Loader(ByteBuffer buffer, MemorySegment segment, CRC32C crc) {}

    /**
     * Makes a cache whose callers read for themselves, one block after the other.
     *
     * @param bytes memory to use at most, at least 128 KiB
     */
    public BlockCache(long bytes) {
        this(bytes, Runnable::run);
    }

    /**
     * Makes a cache.
     *
     * @param bytes memory to use at most, at least 128 KiB
     * @param readers helps those who {@link #prepare}; stays the caller's, and may refuse
     */
    public BlockCache(long bytes, Executor readers) {
        this.readers = readers;
        long count = Math.max(1, bytes / SET_BYTES);
        if (count > Integer.MAX_VALUE / WAYS) {
            throw new IllegalArgumentException(
                    "a cache of " + bytes + " bytes is more than " + (long) (Integer.MAX_VALUE / WAYS) * SET_BYTES);
        }
        sets = (int) count;
        keys = new long[sets * WAYS];
        used = new int[sets * WAYS];
        memory = new MemorySegment[sets];
        for (int i = 0; i < STRIPES; i++) {
            stripes[i] = new Object();
        }
    }

    /** Bytes that the cache may take. */
    public long bytes() {
        return (long) sets * SET_BYTES;
    }

    /** Copies bytes of a file that lie within one block. */
    public void read(BlockFile file, long position, MemorySegment target, long targetOffset, int length) {
        long block = position / BLOCK_BYTES;
        int offset = (int) (position % BLOCK_BYTES);
        long key = ((long) file.number() << 32) | block;
        int set = setOf(key);
        int stripe = set & (STRIPES - 1);
        synchronized (stripes[stripe]) {
            int way = find(set, key);
            if (way >= 0) {
                used[set * WAYS + way] = ++ticks[stripe];
                MemorySegment.copy(memory[set], (long) way * BLOCK_BYTES + offset, target, targetOffset, length);
                return;
            }
        }
        Loader loader = load(file, block, set, key);
        MemorySegment.copy(loader.segment(), offset, target, targetOffset, length);
        loaders.add(loader);
    }

    /**
     * Reads those of a file's blocks that are not here, many of them at once, and returns when that is done. A hint: what cannot
     * be read is left out, and found by {@link #read}, and others may take the room again.
     */
    public void prepare(BlockFile file, long[] blocks, int count) {
        // A quarter of what there is room for, or they would push each other out before they are read.
        int most = Math.min(count, Math.max(1, sets * WAYS / 4));
        long[] missing = new long[most];
        int found = 0;
        for (int i = 0; i < most; i++) {
            if (!touch(((long) file.number() << 32) | blocks[i])) {
                missing[found++] = blocks[i];
            }
        }
        if (found < 2) {
            return;
        }
        Preparation preparation = new Preparation(file, missing, found);
        try {
            for (int helpers = Math.min(found, TOGETHER_MAX) - 1; helpers > 0; helpers--) {
                readers.execute(preparation);
            }
        } catch (RejectedExecutionException e) {
            // It ends; we do what is left.
        }
        preparation.run();
        preparation.await();
    }

    /** Blocks that several threads read: each takes the next one. */
    private final class Preparation implements Runnable {
        private final BlockFile file;
        private final long[] blocks;
        private final int count;
        private final AtomicInteger next = new AtomicInteger();
        private final CountDownLatch left;

        Preparation(BlockFile file, long[] blocks, int count) {
            this.file = file;
            this.blocks = blocks;
            this.count = count;
            this.left = new CountDownLatch(count);
        }

        @Override
        public void run() {
            for (int i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
                try {
                    long key = ((long) file.number() << 32) | blocks[i];
                    loaders.add(load(file, blocks[i], setOf(key), key));
                } catch (UncheckedIOException | CorruptionException e) {
                    // Whoever needs it meets it again, and tells.
                } finally {
                    left.countDown();
                }
            }
        }

        /** Waits for what others have begun, which their disk ends. */
        void await() {
            boolean interrupted = false;
            while (true) {
                try {
                    left.await();
                    break;
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Whether a block is here; it counts as read just now. */
    private boolean touch(long key) {
        int set = setOf(key);
        int stripe = set & (STRIPES - 1);
        synchronized (stripes[stripe]) {
            int way = find(set, key);
            if (way >= 0) {
                used[set * WAYS + way] = ++ticks[stripe];
            }
            return way >= 0;
        }
    }

    /** Reads a block, checks it and gives it a place. The loader that has it, too, is the caller's to give back. */
    private Loader load(BlockFile file, long block, int set, long key) {
        Loader loader = loaders.poll();
        if (loader == null) {
            ByteBuffer buffer = ByteBuffer.allocateDirect(BLOCK_BYTES);
            loader = new Loader(buffer, MemorySegment.ofBuffer(buffer), new CRC32C());
        }
        try {
            file.load(block, loader.buffer().clear(), loader.crc());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read block " + block + " of " + file.path(), e);
        }
        int stripe = set & (STRIPES - 1);
        synchronized (stripes[stripe]) {
            place(set, stripe, key, loader.segment());
        }
        return loader;
    }

    private int setOf(long key) {
        long mixed = key * 0x9E3779B97F4A7C15L;
        mixed = (mixed ^ (mixed >>> 29)) * 0xBF58476D1CE4E5B9L;
        return (int) Math.unsignedMultiplyHigh(mixed, sets);
    }

    private int find(int set, long key) {
        for (int way = 0; way < WAYS; way++) {
            if (keys[set * WAYS + way] == key) {
                return way;
            }
        }
        return -1;
    }

    private void place(int set, int stripe, long key, MemorySegment block) {
        int way = find(set, key);
        if (way < 0) {
            way = 0;
            for (int i = 1; i < WAYS; i++) {
                // By difference, since the ticks wrap around.
                if (used[set * WAYS + i] - used[set * WAYS + way] < 0) {
                    way = i;
                }
            }
        }
        if (memory[set] == null) {
            memory[set] = arena.allocate(SET_BYTES, 64);
        }
        MemorySegment.copy(block, 0, memory[set], (long) way * BLOCK_BYTES, BLOCK_BYTES);
        keys[set * WAYS + way] = key;
        used[set * WAYS + way] = ++ticks[stripe];
    }

    @Override
    public void close() {
        arena.close();
    }
}
