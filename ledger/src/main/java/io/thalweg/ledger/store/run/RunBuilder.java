package io.thalweg.ledger.store.run;

import io.thalweg.ledger.layout.Bytes;
import io.thalweg.ledger.store.id.IdSorter;
import io.thalweg.ledger.store.id.Ids;
import io.thalweg.ledger.store.id.SeenIds;
import io.thalweg.ledger.store.schema.Field;
import io.thalweg.ledger.store.schema.Schema;
import io.thalweg.ledger.store.schema.StoreOptions;
import io.thalweg.ports.disk.Disk;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Deque;
import java.util.List;

/**
 * Makes a run of a bar of records that are in memory. Each record is looked at once, a thousand records at a time so that they
 * stay in the processor's cache while field after field groups them; then everything is sorted by counting. Keeps its working
 * memory from one bar to the next; not thread-safe.
 */
public final class RunBuilder {
    private static final int PIECE_RECORDS = 512;

    private final Disk disk;
    private final Path directory;
    private final String prefix;
    private final Schema schema;
    private final StoreOptions options;
    private final RecordMemory memory;
    private final RecordFile file;
    private final Deque<ByteBuffer> buffers = RunWriter.newBuffers();
    private final IdSorter sorter = new IdSorter();
    private final AmountSums sums = new AmountSums();
    private final KeyGroups[] fields;
    /** Whether each record's id is above the one before. */
    private boolean ascending;

    private long[] low = {};
    private long[] high = {};

    public RunBuilder(
            Disk disk,
            Path directory,
            String prefix,
            Schema schema,
            StoreOptions options,
            RecordMemory memory,
            RecordFile file) {
        this.disk = disk;
        this.directory = directory;
        this.prefix = prefix;
        this.schema = schema;
        this.options = options;
        this.memory = memory;
        this.file = file;
        this.fields = new KeyGroups[schema.fields().size()];
        for (int i = 0; i < fields.length; i++) {
            fields[i] = new KeyGroups();
        }
    }

    /**
     * Writes the run of the records from {@code from} to {@code to}, which are sealed, and of the first {@code orphans} ids.
     */
    public RunName build(long serial, long from, long to, long[] orphanIds, int orphans) throws IOException {
        int records = (int) (to - from);
        if (low.length < records + orphans) {
            low = new long[records + orphans];
            high = new long[records + orphans];
        }
        gather(from, records);
        try (RunWriter run =
                new RunWriter(disk, RunName.path(directory, prefix, serial), schema, options.writeBytes(), buffers)) {
            writeBlocks(run, from, to);
            long[] bounds = writeIds(run, records, orphanIds, orphans);
            writeSums(run);
            for (int i = 0; i < fields.length; i++) {
                writeField(run, i, fields[i]);
            }
            return run.finish(serial, 0, from, to, bounds);
        }
    }

    /** Whether all ids of the run that was built last are among the {@link SeenIds}, as orphans always are. */
    public boolean hasSeenAll() {
        return !ascending;
    }

    private void gather(long from, int records) {
        ascending = schema.idOffset() >= 0 && records > 0;
        sums.clear();
        for (KeyGroups groups : fields) {
            groups.clear();
        }
        List<Field> list = schema.fields();
        int step = Math.min(PIECE_RECORDS, memory.chunkRecords());
        for (int start = 0; start < records; start += step) {
            MemorySegment chunk = memory.sharedChunk(from + start);
            long at = memory.offset(from + start);
            int count = Math.min(step, records - start);
            if (schema.idOffset() >= 0) {
                gatherIds(chunk, at + schema.idOffset(), start, count);
            }
            for (int i = 0; i < fields.length; i++) {
                gather(list.get(i), fields[i], chunk, at, count);
            }
            if (schema.sums()) {
                for (int i = 0; i < count; i++) {
                    sums.add(chunk, at + (long) i * schema.recordBytes(), schema.timestampOffset());
                }
            }
        }
    }

    private void gatherIds(MemorySegment chunk, long at, int start, int count) {
        long id = at;
        for (int i = start; i < start + count; i++, id += schema.recordBytes()) {
            low[i] = chunk.get(Bytes.U64, id);
            high[i] = chunk.get(Bytes.U64, id + 8);
        }
        for (int i = Math.max(1, start); i < start + count && ascending; i++) {
            ascending = Ids.less(low[i - 1], high[i - 1], low[i], high[i]);
        }
    }

    private void gather(Field field, KeyGroups groups, MemorySegment chunk, long at, int count) {
        int bytes = schema.recordBytes();
        if (field.kind() == Field.Kind.U128 && field.zero() && field.flagMask() == 0) {
            // Most of the work is in the fields of this kind, the accounts.
            long key = at + field.offset();
            for (int i = 0; i < count; i++, key += bytes) {
                groups.put(chunk.get(Bytes.U64, key), chunk.get(Bytes.U64, key + 8));
            }
            return;
        }
        if (isEmpty(field, chunk, at, count)) {
            groups.skip(count);
            return;
        }
        long record = at;
        for (int i = 0; i < count; i++, record += bytes) {
            if (field.holds(chunk, record)) {
                groups.put(field.low(chunk, record), field.high(chunk, record));
            } else {
                groups.skip();
            }
        }
    }

    /** Whether surely no record is in the field's index: most fields are not used by most ledgers. */
    private boolean isEmpty(Field field, MemorySegment chunk, long at, int count) {
        int bytes = schema.recordBytes();
        long any = 0;
        if (field.flagMask() != 0) {
            long flags = at + field.flagOffset();
            for (int i = 0; i < count; i++, flags += bytes) {
                any |= chunk.get(Bytes.U16, flags) & field.flagMask();
            }
        } else if (!field.zero() && field.kind() == Field.Kind.U32) {
            long value = at + field.offset();
            for (int i = 0; i < count; i++, value += bytes) {
                any |= chunk.get(Bytes.U32, value);
            }
        } else if (!field.zero()) {
            long value = at + field.offset();
            int second = field.kind() == Field.Kind.U128 ? 8 : 0;
            for (int i = 0; i < count; i++, value += bytes) {
                any |= chunk.get(Bytes.U64, value) | chunk.get(Bytes.U64, value + second);
            }
        } else {
            return false;
        }
        return any == 0;
    }

    private void writeBlocks(RunWriter run, long from, long to) throws IOException {
        SectionWriter out = run.begin(RunFormat.RECORD_BLOCK_BYTES);
        for (long block = from / file.perBlock(); block < to / file.perBlock(); block++) {
            out.next().putInt(file.of(block)).putLong(file.firstTimestamp(block));
        }
        run.put(RunFormat.RECORD_BLOCKS, out.finish());
    }

    private long[] writeIds(RunWriter run, int records, long[] orphanIds, int orphans) throws IOException {
        if (schema.idOffset() < 0) {
            return IdSections.NO_IDS.clone();
        }
        if (ascending && orphans == 0) {
            SectionWriter out = run.begin(RunFormat.FENCE_BYTES);
            for (int i = 0; i < records; i += file.perBlock()) {
                out.next().putLong(low[i]).putLong(high[i]);
            }
            run.put(RunFormat.FENCES, out.finish());
            return new long[] {low[0], high[0], low[records - 1], high[records - 1]};
        }
        int size = records + orphans;
        for (int i = 0; i < orphans; i++) {
            low[records + i] = orphanIds[2 * i];
            high[records + i] = orphanIds[2 * i + 1];
        }
        int[] order = sorter.sort(low, high, size);
        IdSections out = new IdSections(run, size);
        for (int i = 0; i < size; i++) {
            int index = order[i];
            out.put(low[index], high[index], index < records ? index : RunFormat.ORPHAN);
        }
        return out.finish();
    }

    private void writeSums(RunWriter run) throws IOException {
        sums.finish();
        SectionWriter out = run.begin(RunFormat.SUM_BYTES);
        long[] longs = sums.sums();
        for (int i = 0; i < sums.size(); i++) {
            ByteBuffer to = out.next().putLong(sums.minute(i)).putLong(sums.owner(i));
            for (int j = 0; j < AmountSums.LONGS; j++) {
                to.putLong(longs[sums.at(i) + j]);
            }
        }
        run.put(RunFormat.SUMS, out.finish());
    }

    private static void writeField(RunWriter run, int number, KeyGroups groups) throws IOException {
        groups.finish();
        SectionWriter postings = run.begin(RunFormat.POSTING_BYTES);
        int[] slots = groups.slots();
        int count = groups.postings();
        int at = 0;
        while (at < count) {
            int batch = Math.min(postings.room(), count - at);
            ByteBuffer to = postings.batch(batch);
            for (int i = 0; i < batch; i++) {
                to.putInt(slots[at + i]);
            }
            at += batch;
        }
        run.put(RunFormat.postings(number), postings.finish());
        SectionWriter keys = run.begin(RunFormat.KEY_BYTES);
        for (int i = 0; i < groups.size(); i++) {
            keys.next().putLong(groups.low(i)).putLong(groups.high(i)).putLong(groups.end(i));
        }
        run.put(RunFormat.keys(number), keys.finish());
    }
}
