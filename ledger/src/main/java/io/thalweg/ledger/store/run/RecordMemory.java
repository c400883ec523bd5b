package io.thalweg.ledger.store.run;

import io.thalweg.ports.disk.Disk.DiskFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * The newest records, off-heap, in chunks that are used again. One thread writes; any thread reads records that were published
 * to it, but must ask with {@link #holds} <em>after</em> it has copied something whether it was still there: a chunk may be
 * taken for newer records at any time after {@link #release}. Chunks are never unmapped before {@link #close}, so such a read
 * yields wrong bytes and no fault.
 */
public final class RecordMemory implements AutoCloseable {
    /** Chunks that are made at once: a request may fill three. */
    private static final int SPARES = 4;

    private final Arena arena = Arena.ofShared();
    private final Deque<MemorySegment> free = new ArrayDeque<>();
    /** Chunks that another thread has made. */
    private final Queue<MemorySegment> spares = new ConcurrentLinkedQueue<>();

    private final int recordShift;
    private final int chunkShift;
    private final int chunkMask;
    private final int chunkBytes;

    private volatile MemorySegment[] shared;
    private MemorySegment[] chunks;
    private volatile long from;
    /** The first slot of the oldest chunk, and the slot behind the newest. */
    private long start;

    private long end;

    /**
     * Begins empty.
     *
     * @param chunkRecords records that share memory, a power of two
     * @param from the first slot that will be added
     */
    public RecordMemory(int recordBytes, int chunkRecords, long from) {
        this.recordShift = Integer.numberOfTrailingZeros(recordBytes);
        this.chunkShift = Integer.numberOfTrailingZeros(chunkRecords);
        this.chunkMask = chunkRecords - 1;
        this.chunkBytes = chunkRecords * recordBytes;
        this.chunks = new MemorySegment[4];
        this.shared = chunks;
        this.from = from;
        this.start = from & ~(long) chunkMask;
        this.end = start;
    }

    /** Records in a chunk. */
    public int chunkRecords() {
        return 1 << chunkShift;
    }

    /** The oldest record that is surely here; grows. */
    public long from() {
        return from;
    }

    public boolean holds(long slot) {
        VarHandle.loadLoadFence();
        return slot >= from;
    }

    /** Makes room for a record and all before it, with any content. */
    public void room(long slot) {
        while (slot >= end) {
            addChunk();
        }
    }

    private void addChunk() {
        int index = (int) (end >>> chunkShift);
        if (((end - start) >>> chunkShift) == chunks.length) {
            MemorySegment[] larger = new MemorySegment[2 * chunks.length];
            for (long slot = start; slot < end; slot += 1L << chunkShift) {
                int number = (int) (slot >>> chunkShift);
                larger[number & (larger.length - 1)] = chunks[number & (chunks.length - 1)];
            }
            chunks = larger;
        }
        MemorySegment chunk = free.isEmpty() ? spares.poll() : free.pop();
        if (chunk == null) {
            // Aligned, so that it can be written without the system copying it.
            chunk = arena.allocate(chunkBytes, DiskFile.ALIGNMENT);
        }
        chunks[index & (chunks.length - 1)] = chunk;
        shared = chunks;
        end += 1L << chunkShift;
    }

    /** Whether the next chunk would have to be made while the writer waits; never for a store that is small. */
    public boolean needsSpare() {
        return free.isEmpty() && spares.isEmpty() && (end - start) >>> chunkShift >= SPARES;
    }

    /** Makes chunks ahead, which takes the system long the first time. Any thread. */
    public void addSpares() {
        for (int i = 0; i < SPARES; i++) {
            spares.add(arena.allocate(chunkBytes, DiskFile.ALIGNMENT));
        }
    }

    /** The memory that has this record, at {@link #offset}. */
    public MemorySegment chunk(long slot) {
        MemorySegment[] ring = chunks;
        return ring[(int) (slot >>> chunkShift) & (ring.length - 1)];
    }

    public long offset(long slot) {
        return (slot & chunkMask) << recordShift;
    }

    /** For threads that do not write: the memory that had this record when it was published. */
    public MemorySegment sharedChunk(long slot) {
        MemorySegment[] ring = shared;
        return ring[(int) (slot >>> chunkShift) & (ring.length - 1)];
    }

    /** Lets go of the records before {@code slot}; their memory goes by the chunk. */
    public void release(long slot) {
        if (slot <= from) {
            return;
        }
        from = slot;
        // Before anything newer may be written over them.
        VarHandle.storeStoreFence();
        while (start + chunkMask < slot) {
            free.push(chunk(start));
            start += chunkMask + 1;
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
