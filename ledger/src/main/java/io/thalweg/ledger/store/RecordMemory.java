package io.thalweg.ledger.store;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The newest records, off-heap, in chunks that are used again. One thread writes; any thread reads records that were published
 * to it, but must ask with {@link #holds} <em>after</em> it has copied something whether it was still there: a chunk may be
 * taken for newer records at any time after {@link #release}. Chunks are never unmapped before {@link #close}, so such a read
 * yields wrong bytes and no fault.
 */
final class RecordMemory implements AutoCloseable {
    private static final int CHUNK_BYTES = 1 << 20;

    private final Arena arena = Arena.ofShared();
    private final Deque<MemorySegment> free = new ArrayDeque<>();
    private final int recordBytes;
    private final int recordShift;
    private final int chunkShift;
    private final int chunkMask;

    private volatile MemorySegment[] shared;
    private MemorySegment[] chunks;
    private volatile long from;
    private long end;

    RecordMemory(int recordBytes, long from) {
        this.recordBytes = recordBytes;
        this.recordShift = Integer.numberOfTrailingZeros(recordBytes);
        this.chunkShift = Integer.numberOfTrailingZeros(CHUNK_BYTES) - recordShift;
        this.chunkMask = (1 << chunkShift) - 1;
        this.chunks = new MemorySegment[4];
        this.shared = chunks;
        this.from = from & ~chunkMask;
        this.end = this.from;
    }

    /** Records in a chunk. */
    int chunkRecords() {
        return 1 << chunkShift;
    }

    /** The oldest record that is surely here; grows. */
    long from() {
        return from;
    }

    boolean holds(long slot) {
        VarHandle.loadLoadFence();
        return slot >= from;
    }

    /** Makes room for a record, which is the next or was there before, and zeroes it. */
    void add(long slot) {
        while (slot >= end) {
            addChunk();
        }
        MemorySegment chunk = chunk(slot);
        long at = offset(slot);
        for (int i = 0; i < recordBytes; i += 8) {
            chunk.set(ValueLayout.JAVA_LONG, at + i, 0);
        }
    }

    private void addChunk() {
        int index = (int) (end >>> chunkShift);
        if (((end - from) >>> chunkShift) == chunks.length) {
            MemorySegment[] larger = new MemorySegment[2 * chunks.length];
            for (long slot = from; slot < end; slot += 1L << chunkShift) {
                int number = (int) (slot >>> chunkShift);
                larger[number & (larger.length - 1)] = chunks[number & (chunks.length - 1)];
            }
            chunks = larger;
        }
        MemorySegment chunk = free.isEmpty() ? arena.allocate(CHUNK_BYTES, 64) : free.pop();
        chunks[index & (chunks.length - 1)] = chunk;
        shared = chunks;
        end += 1L << chunkShift;
    }

    /** The memory that has this record, at {@link #offset}. */
    MemorySegment chunk(long slot) {
        MemorySegment[] ring = chunks;
        return ring[(int) (slot >>> chunkShift) & (ring.length - 1)];
    }

    long offset(long slot) {
        return (slot & chunkMask) << recordShift;
    }

    /** For threads that do not write: the memory that had this record when it was published. */
    MemorySegment sharedChunk(long slot) {
        MemorySegment[] ring = shared;
        return ring[(int) (slot >>> chunkShift) & (ring.length - 1)];
    }

    /** Lets go of the records before {@code slot}, as far as they fill chunks. */
    void release(long slot) {
        long to = Math.min(slot & ~chunkMask, end);
        long old = from;
        if (to <= old) {
            return;
        }
        from = to;
        // Before anything newer may be written over them.
        VarHandle.storeStoreFence();
        for (long at = old; at < to; at += 1L << chunkShift) {
            free.push(chunk(at));
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
