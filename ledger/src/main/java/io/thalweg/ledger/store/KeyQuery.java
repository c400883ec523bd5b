package io.thalweg.ledger.store;

import io.thalweg.ledger.layout.Bytes;
import io.thalweg.ledger.store.block.Section;
import io.thalweg.ledger.store.run.RecordMemory;
import io.thalweg.ledger.store.run.Run;
import io.thalweg.ledger.store.run.RunFormat;
import io.thalweg.ledger.store.schema.Field;
import java.lang.foreign.MemorySegment;
import java.util.SortedSet;
import java.util.TreeSet;

/** Lists the keys of a field, from the directories of the runs and of the chunks in memory. */
final class KeyQuery {
    private final Records records;
    private final RecordMemory memory;
    private final ChunkIndexes chunks;
    private final Field field;
    private final int number;

    KeyQuery(Records records, RecordMemory memory, ChunkIndexes chunks, Field field, int number) {
        this.records = records;
        this.memory = memory;
        this.chunks = chunks;
        this.field = field;
        this.number = number;
    }

    long[] run(long min, long max, long bound) {
        SortedSet<Long> keys = new TreeSet<>(Long::compareUnsigned);
        while (true) {
            View view = records.acquireView();
            try {
                addRuns(view, min, max, bound, keys);
                if (addMemory(view.to(), min, max, bound, keys)) {
                    return keys.stream().mapToLong(Long::longValue).toArray();
                }
            } finally {
                view.release();
            }
        }
    }

    private void addRuns(View view, long min, long max, long bound, SortedSet<Long> keys) {
        MemorySegment entry = MemorySegment.ofArray(new long[RunFormat.KEY_BYTES / 8]);
        for (Run run : view.runs()) {
            Section section = run.section(RunFormat.keys(number));
            long at = run.from() >= bound ? section.count() : run.lowerBound(section, min, 0, entry);
            for (; at < section.count(); at++) {
                run.readEntry(section, at, entry);
                long key = entry.get(Bytes.U64, 0);
                if (entry.get(Bytes.U64, 8) != 0 || Long.compareUnsigned(key, max) > 0) {
                    break;
                }
                keys.add(key);
            }
        }
    }

    /** False if memory was let go meanwhile. */
    private boolean addMemory(long from, long min, long max, long bound, SortedSet<Long> keys) {
        long at = from;
        while (at < bound) {
            long end = at + memory.chunkRecords();
            if (end <= bound) {
                ChunkIndexes.ChunkIndex index = chunks.get(at / memory.chunkRecords(), number);
                if (index == null) {
                    return false;
                }
                for (int i = 0; i < index.low().length; i++) {
                    add(index.low()[i], min, max, keys);
                }
            } else {
                long[] found = new long[(int) (bound - at)];
                int count = 0;
                for (long slot = at; slot < bound; slot++) {
                    MemorySegment chunk = memory.sharedChunk(slot);
                    if (field.holds(chunk, memory.offset(slot))) {
                        found[count++] = field.low(chunk, memory.offset(slot));
                    }
                }
                if (!memory.holds(at)) {
                    return false;
                }
                for (int i = 0; i < count; i++) {
                    add(found[i], min, max, keys);
                }
            }
            at = end;
        }
        return true;
    }

    private static void add(long key, long min, long max, SortedSet<Long> keys) {
        if (Long.compareUnsigned(key, min) >= 0 && Long.compareUnsigned(key, max) <= 0) {
            keys.add(key);
        }
    }
}
