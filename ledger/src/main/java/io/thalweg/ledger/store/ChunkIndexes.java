package io.thalweg.ledger.store;

import io.thalweg.ledger.layout.U128;
import io.thalweg.ledger.store.run.KeyGroups;
import io.thalweg.ledger.store.run.RecordMemory;
import io.thalweg.ledger.store.schema.Field;
import io.thalweg.ledger.store.schema.Schema;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Postings of the chunks of records that no run has yet, made when the first query asks and kept until a run has them: a
 * writer whose ledger nobody queries pays nothing. Thread-safe.
 */
final class ChunkIndexes {
    private final Schema schema;
    private final RecordMemory memory;
    private final ConcurrentHashMap<Long, ChunkIndex> indexes = new ConcurrentHashMap<>();

    /** The postings of one field in one chunk; slots are relative to the chunk's first. */
    record ChunkIndex(long[] low, long[] high, int[] ends, int[] slots) {

        private int find(long keyLow, long keyHigh) {
            int first = 0;
            int last = low.length - 1;
            while (first <= last) {
                int middle = (first + last) >>> 1;
                int order = U128.compare(low[middle], high[middle], keyLow, keyHigh);
                if (order == 0) {
                    return middle;
                }
                if (order < 0) {
                    first = middle + 1;
                } else {
                    last = middle - 1;
                }
            }
            return -1;
        }

        /** The first slot of the key that is not before {@code slot}, or -1. */
        int ceiling(long keyLow, long keyHigh, int slot) {
            int key = find(keyLow, keyHigh);
            if (key < 0) {
                return -1;
            }
            int at = lowerBound(key, slot);
            return at < ends[key] ? slots[at] : -1;
        }

        /** The last slot of the key that is not behind {@code slot}, or -1. */
        int floor(long keyLow, long keyHigh, int slot) {
            int key = find(keyLow, keyHigh);
            if (key < 0) {
                return -1;
            }
            int at = lowerBound(key, slot + 1) - 1;
            return at >= start(key) ? slots[at] : -1;
        }

        private int start(int key) {
            return key == 0 ? 0 : ends[key - 1];
        }

        private int lowerBound(int key, int slot) {
            int found = Arrays.binarySearch(slots, start(key), ends[key], slot);
            return found < 0 ? -found - 1 : found;
        }
    }

    ChunkIndexes(Schema schema, RecordMemory memory) {
        this.schema = schema;
        this.memory = memory;
    }

    /** The index of a chunk that is published whole; null if its memory was let go. */
    @Nullable
    ChunkIndex get(long chunk, int field) {
        Long key = chunk * schema.fields().size() + field;
        ChunkIndex found = indexes.get(key);
        if (found != null) {
            return found;
        }
        ChunkIndex made = make(chunk * memory.chunkRecords(), schema.fields().get(field));
        if (!memory.holds(chunk * memory.chunkRecords())) {
            return null;
        }
        indexes.put(key, made);
        return made;
    }

    private ChunkIndex make(long from, Field field) {
        KeyGroups groups = new KeyGroups();
        groups.clear();
        MemorySegment chunk = memory.sharedChunk(from);
        for (int i = 0; i < memory.chunkRecords(); i++) {
            long record = (long) i * schema.recordBytes();
            if (field.holds(chunk, record)) {
                groups.put(field.low(chunk, record), field.high(chunk, record));
            } else {
                groups.skip();
            }
        }
        groups.finish();
        int size = groups.size();
        long[] low = new long[size];
        long[] high = new long[size];
        int[] ends = new int[size];
        for (int i = 0; i < size; i++) {
            low[i] = groups.low(i);
            high[i] = groups.high(i);
            ends[i] = groups.end(i);
        }
        return new ChunkIndex(low, high, ends, Arrays.copyOf(groups.slots(), groups.postings()));
    }

    /** Forgets the chunks before {@code slot}. */
    void release(long slot) {
        long first = slot / memory.chunkRecords() * schema.fields().size();
        indexes.keySet().removeIf(key -> key < first);
    }
}
