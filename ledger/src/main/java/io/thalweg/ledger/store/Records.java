package io.thalweg.ledger.store;

import io.thalweg.disk.Disk;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Records of a fixed size, only ever appended, and found again by id, by timestamp and by field. A record's number, its slot,
 * is the order of its creation.
 *
 * <p>One thread, the apply thread, changes things, and what it appended since the last {@link #publish} it may remove again.
 * Other threads see what is published.
 */
public final class Records implements AutoCloseable {
    /** No record has this id. */
    public static final long NONE = -1;

    /** No record has this id, nor ever will: it was given to {@link #orphan}. */
    public static final long ORPHAN = -2;

    private final Schema schema;
    private final StoreOptions options;
    private final RecordMemory memory;
    private final Orphans orphans = new Orphans();
    private final Deque<IdTable> spareTables = new ArrayDeque<>();

    private Bar[] bars = {};
    private long maxLow;
    private long maxHigh;
    private long touched;
    private long count;
    private long indexed;
    private volatile long published;

    private Records(Schema schema, StoreOptions options) {
        this.schema = schema;
        this.options = options;
        this.memory = new RecordMemory(schema.recordBytes(), 0);
    }

    /**
     * Opens a store as it was at a checkpoint.
     *
     * @param directory made if it is missing; several stores may share it under different names
     * @param name the start of the names of the store's files: letters and digits
     * @param cache for blocks of files; stays the caller's
     * @param background runs what may take long; tasks of milliseconds, one at a time
     * @param manifest from a {@link Capture} whose persist task has ended, or null for an empty store
     */
    public static Records open(
            Disk disk,
            Path directory,
            String name,
            Schema schema,
            StoreOptions options,
            BlockCache cache,
            Executor background,
            @Nullable ByteBuffer manifest)
            throws IOException {
        if (manifest != null) {
            throw new IOException("checkpoints of " + name + " cannot be opened yet");
        }
        disk.createDirectories(directory);
        return new Records(schema, options);
    }

    /** The number of records, those included that are not published. Apply thread. */
    public long count() {
        return count;
    }

    /** The number of records that all threads may see. */
    public long published() {
        return published;
    }

    /**
     * Adds a record of zeros, to be filled in through {@link #memory} and {@link #offset} and then told to {@link #appended}
     * before the next one is added.
     *
     * @return its slot
     */
    public long append() {
        memory.add(count);
        return count++;
    }

    /** The memory that holds a record that {@link #inMemory}, at {@link #offset}; 8-byte aligned. Apply thread. */
    public MemorySegment memory(long slot) {
        return memory.chunk(slot);
    }

    /** Bytes from the start of {@link #memory} to the record. */
    public long offset(long slot) {
        return memory.offset(slot);
    }

    /** Whether a record can be read in place. Apply thread. */
    public boolean inMemory(long slot) {
        return slot >= memory.from() && slot < count;
    }

    /** Says that the newest record has its id. Its other fields may change until it is published. */
    public void appended(long slot) {
        if (slot != indexed || slot != count - 1) {
            throw new IllegalArgumentException("slot " + slot + " is not the newest record of " + count);
        }
        indexed++;
        int idOffset = schema.idOffset();
        if (idOffset < 0) {
            return;
        }
        MemorySegment chunk = memory.chunk(slot);
        long at = memory.offset(slot) + idOffset;
        long low = chunk.get(Field.U64, at);
        long high = chunk.get(Field.U64, at + 8);
        raiseMax(low, high);
        if ((slot & (options.barRecords() - 1)) == 0 || bars.length == 0) {
            addBar(slot);
        }
        bars[bars.length - 1].add(low, high);
    }

    private void addBar(long from) {
        IdTable spare = spareTables.poll();
        bars = Arrays.copyOf(bars, bars.length + 1);
        bars[bars.length - 1] = new Bar(memory, schema.idOffset(), from, spare == null ? new IdTable() : spare);
    }

    private void raiseMax(long low, long high) {
        if (Ids.less(maxLow, maxHigh, low, high)) {
            maxLow = low;
            maxHigh = high;
        }
    }

    /** Removes the records from {@code slot} on, none of which may be published. */
    public void removeFrom(long slot) {
        if (slot < published || slot > count) {
            throw new IllegalArgumentException(
                    "cannot remove from slot " + slot + " on: " + published + " of " + count + " are published");
        }
        while (count > slot) {
            count--;
            if (count < indexed) {
                indexed--;
                if (schema.idOffset() >= 0) {
                    Bar newest = bars[bars.length - 1];
                    newest.removeLast();
                    if (newest.from() == count) {
                        bars = Arrays.copyOf(bars, bars.length - 1);
                        spareTables.push(newest.table());
                    }
                }
            }
        }
    }

    /** Copies a record: any below {@link #count} on the apply thread, any below {@link #published} on others. */
    public void read(long slot, MemorySegment target, long targetOffset) {
        MemorySegment.copy(memory.sharedChunk(slot), memory.offset(slot), target, targetOffset, schema.recordBytes());
    }

    /** Copies a part of a record, under the same rules: {@code bytes} from its offset {@code from} on. */
    public void read(long slot, int from, int bytes, MemorySegment target, long targetOffset) {
        MemorySegment.copy(memory.sharedChunk(slot), memory.offset(slot) + from, target, targetOffset, bytes);
    }

    /** The slot of the record with this id, {@link #NONE} or {@link #ORPHAN}. Apply thread. */
    public long find(long idLow, long idHigh) {
        if (Ids.less(maxLow, maxHigh, idLow, idHigh)) {
            return NONE;
        }
        long hash = Ids.hash(idLow, idHigh);
        for (int i = bars.length - 1; i >= 0; i--) {
            long slot = bars[i].find(idLow, idHigh, hash);
            if (slot >= 0) {
                return slot;
            }
        }
        return orphans.contains(idLow, idHigh, hash) ? ORPHAN : NONE;
    }

    /**
     * Brings what {@link #find} will read for a batch of ids into the processor's cache. Apply thread.
     *
     * @param offset of the first id in {@code ids}
     * @param stride bytes from one id to the next
     */
    public void touch(MemorySegment ids, long offset, long stride, int number) {
        long sum = touched;
        for (int i = 0; i < number; i++) {
            long at = offset + i * stride;
            long low = ids.get(Field.U64, at);
            long high = ids.get(Field.U64, at + 8);
            if (!Ids.less(maxLow, maxHigh, low, high)) {
                long hash = Ids.hash(low, high);
                for (Bar bar : bars) {
                    sum += bar.touch(low, high, hash);
                }
            }
        }
        touched = sum;
    }

    /** Remembers for ever that an id stands for nothing; {@link #removeFrom} does not undo it. */
    public void orphan(long idLow, long idHigh) {
        raiseMax(idLow, idHigh);
        orphans.add(idLow, idHigh);
    }

    /** The slot of the record with exactly this timestamp, or {@link #NONE}. Apply thread. */
    public long slotOf(long timestamp) {
        long slot = lowerBound(timestamp);
        return slot < count && timestamp(slot) == timestamp ? slot : NONE;
    }

    /** The first slot with this timestamp or a later one; {@link #count} if there is none. Apply thread. */
    public long lowerBound(long timestamp) {
        return lowerBound(timestamp, count);
    }

    /** The first slot with this timestamp or a later one among the first {@code bound} records, or {@code bound}. */
    public long lowerBound(long timestamp, long bound) {
        long low = 0;
        long high = bound;
        while (low < high) {
            long middle = (low + high) >>> 1;
            if (timestamp(middle) < timestamp) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** The timestamp of the newest record, 0 without any. Apply thread. */
    public long newestTimestamp() {
        return count == 0 ? 0 : timestamp(count - 1);
    }

    private long timestamp(long slot) {
        return memory.sharedChunk(slot).get(Field.U64, memory.offset(slot) + schema.timestampOffset());
    }

    /** Lets other threads see all records; they stay. Called between requests, it may wait for the background. */
    public void publish() {
        if (indexed != count) {
            throw new IllegalStateException("record " + indexed + " of " + count + " was not told to be appended");
        }
        published = count;
    }

    /** Begins a checkpoint of what is published. Apply thread, cheap. */
    public Capture capture() {
        return new Capture(ByteBuffer.allocate(0), () -> {
            throw new IOException("checkpoints cannot be taken yet");
        });
    }

    /**
     * The slots below {@code bound} of the records that have this key. Any thread; {@code bound} is at most
     * {@link #published}.
     */
    public Cursor postings(Field field, long keyHigh, long keyLow, long bound) {
        return new ScanCursor(memory, field, keyLow, keyHigh, 0, bound);
    }

    /**
     * The keys of a field, {@code min} to {@code max}, that records below {@code bound} have, and perhaps some that newer ones
     * have. For fields whose keys have 64 bits and few values. Any thread.
     */
    public long[] keys(Field field, long min, long max, long bound) {
        return LongStream.range(0, bound)
                .filter(slot -> field.holds(memory.sharedChunk(slot), memory.offset(slot)))
                .map(slot -> field.low(memory.sharedChunk(slot), memory.offset(slot)))
                .filter(key -> Long.compareUnsigned(key, min) >= 0 && Long.compareUnsigned(key, max) <= 0)
                .distinct()
                .toArray();
    }

    /** Sums of the published records by minute: those of one ledger, and of one code if it is not 0. Any thread. */
    public List<MinuteSum> sums(int ledger, int code, long fromMinute, long toMinute) {
        return List.of();
    }

    @Override
    public void close() {
        memory.close();
    }
}
