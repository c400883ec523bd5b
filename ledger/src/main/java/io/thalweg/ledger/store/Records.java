package io.thalweg.ledger.store;

import io.thalweg.ledger.layout.Bytes;
import io.thalweg.ledger.store.block.BlockCache;
import io.thalweg.ledger.store.block.RestingBlocks;
import io.thalweg.ledger.store.id.SeenIds;
import io.thalweg.ledger.store.run.RecordFile;
import io.thalweg.ledger.store.run.RecordMemory;
import io.thalweg.ledger.store.run.Run;
import io.thalweg.ledger.store.run.RunName;
import io.thalweg.ledger.store.run.RunWriter;
import io.thalweg.ledger.store.schema.Field;
import io.thalweg.ledger.store.schema.Schema;
import io.thalweg.ledger.store.schema.StoreOptions;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.Disk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Records of a fixed size, only ever appended, and found again by id, by timestamp and by field. A record's number, its slot,
 * is the order of its creation.
 *
 * <p>The newest records are in memory, in bars of {@link StoreOptions#barRecords}. A bar that is full and published is written
 * to the file of records, indexed by a run, and leaves memory; runs of one size are merged into the next. An id is looked up in
 * a hash table for each bar in memory and in one cache line for each run, and an id above all that came before, as most
 * clients make them, in nothing at all. Everything but the lookups is done by an {@link Indexer} in the background.
 *
 * <p>One thread, the apply thread, changes things, and what it appended since the last {@link #publish} it may remove again.
 * Other threads see what is published.
 */
public final class Records implements AutoCloseable {
    /** So many ids {@link #touch} prepares at most; what it read for more would have left the processor's cache. */
    public static final int TOUCHED_MAX = 256;

    /** No record has this id. */
    public static final long NONE = Run.NONE;

    /** No record has this id, nor ever will: it was given to {@link #orphan}. */
    public static final long ORPHAN = Run.ORPHAN;

    private static final int CHUNK_RECORDS = 4096;
    /** Bars that wait for the background, beside the one that is filled. */
    private static final int WAITING_BARS_MAX = 6;
    /** More than these, and the writer is slowed down, so that it need not stand still in the end. */
    private static final int WAITING_BARS_FREE = 3;
    /** For a record when one bar too many waits; each further bar doubles it. */
    private static final long DELAY_NS = 600;

    private static final long DELAY_NS_MIN = 1_000_000;

    private final Disk disk;
    private final Path directory;
    private final String name;
    private final Schema schema;
    private final StoreOptions options;
    private final RecordMemory memory;
    private final RecordFile file;
    private final Indexer indexer;
    private final KeptFiles kept;
    private final ChunkIndexes chunks;
    private final SeenIds seen = new SeenIds();
    private final IdIndex ids;

    private long count;
    private long indexed;
    /** The slot behind the last bar that was given to the background. */
    private long handed;

    private long writeRequested;
    /** What {@link #publish} owes for records that were not worth waiting for. */
    private long delayNs;

    private @Nullable Path lastTail;
    private volatile View view;
    private volatile long published;

    private Records(
            Disk disk,
            Path directory,
            String name,
            Schema schema,
            StoreOptions options,
            BlockCache cache,
            Executor background,
            Manifest manifest,
            List<Run> runs,
            long firstSerial)
            throws IOException {
        this.disk = disk;
        this.directory = directory;
        this.name = name;
        this.schema = schema;
        this.options = options;
        long base = manifest.to();
        this.memory = new RecordMemory(schema.recordBytes(), Math.min(CHUNK_RECORDS, options.barRecords()), base);
        this.chunks = new ChunkIndexes(schema, memory);
        this.kept = new KeptFiles(disk, directory);
        this.file =
                new RecordFile(disk, directory.resolve(name + ".records"), schema, memory, cache, options.writeBytes());
        this.indexer = new Indexer(
                disk, directory, name, schema, options, cache, background, memory, file, seen, runs, firstSerial);
        this.ids = new IdIndex(memory, file, indexer, schema.idOffset(), options.barRecords(), base, seen, runs);
        this.view = new View(runs, base);
        this.count = base;
        this.indexed = base;
        this.handed = base;
        this.writeRequested = manifest.count();
        for (Run run : runs) {
            file.seal(run);
        }
        file.assumeDurable(manifest.count());
    }

    /**
     * Opens a store as it was at a checkpoint.
     *
     * @param directory made if it is missing; several stores may share it under different names
     * @param name the start of the names of the store's files: letters and digits
     * @param cache for blocks of files; stays the caller's
     * @param background runs what may take long; pieces of milliseconds, of which a store has one at a time
     * @param manifest from a {@link Capture} whose persist task has ended, or null for an empty store
     * @throws CorruptionException if a file that the checkpoint names is not what was written
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
        disk.createDirectories(directory);
        Manifest from =
                manifest == null ? new Manifest(0, -1, List.of()) : Manifest.decode(manifest, schema, directory);
        Pattern pattern = Pattern.compile(Pattern.quote(name) + "-(\\d{12})\\.(run|tail)(\\.part|\\.tmp)?");
        List<Path> found = new ArrayList<>();
        long firstSerial = from.tail() + 1;
        for (Path path : disk.list(directory)) {
            Matcher matcher = pattern.matcher(String.valueOf(path.getFileName()));
            if (!matcher.matches()) {
                continue;
            }
            firstSerial = Math.max(firstSerial, Long.parseLong(matcher.group(1)) + 1);
            if (RunWriter.isBeside(path)) {
                disk.delete(path);
            } else {
                found.add(path);
            }
        }
        List<Run> runs = new ArrayList<>();
        try {
            for (RunName run : from.runs()) {
                runs.add(Run.open(disk, directory, name, schema, run, cache, false));
            }
            Records records =
                    new Records(disk, directory, name, schema, options, cache, background, from, runs, firstSerial);
            try {
                records.recover(from, found);
            } catch (IOException | RuntimeException e) {
                records.indexer.close();
                records.file.close();
                records.memory.close();
                throw e;
            }
            return records;
        } catch (IOException | RuntimeException e) {
            runs.forEach(Run::release);
            throw e;
        }
    }

    private void recover(Manifest from, List<Path> found) throws IOException {
        kept.found(found);
        List<Path> named = new ArrayList<>();
        from.runs().forEach(run -> named.add(RunName.path(directory, name, run.serial())));
        if (from.tail() >= 0) {
            Path path = Tail.path(directory, name, from.tail());
            named.add(path);
            lastTail = path;
            load(Tail.read(disk, path, from), path);
        }
        kept.found(named);
        found.stream().filter(path -> !named.contains(path)).forEach(kept::retire);
        published = count;
        hand();
    }

    private void load(Tail tail, Path path) throws IOException {
        int perBlock = file.perBlock();
        if (tail.checksums().length != (tail.count() - tail.from() + perBlock - 1) / perBlock) {
            throw new CorruptionException(path, 0, "the number of blocks does not fit to the number of records");
        }
        CRC32C crc = new CRC32C();
        for (int i = 0; i < tail.checksums().length; i++) {
            long slot = tail.from() + (long) i * perBlock;
            long end = Math.min(slot + perBlock, tail.count());
            memory.room(end - 1);
            file.load(slot, end, tail.checksums()[i], crc);
            while (count < end) {
                count++;
                appended(count - 1);
            }
        }
        for (int i = 0; i < tail.orphans().length; i += 2) {
            orphan(tail.orphans()[i], tail.orphans()[i + 1]);
        }
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
     * Adds a record with any content, all of which is to be written through {@link #memory} and {@link #offset} and then told to {@link #appended}
     * before the next one is added.
     *
     * @return its slot
     */
    public long append() {
        memory.room(count);
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
        ids.appended(slot);
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
                ids.removed(count);
            }
        }
    }

    /** Copies a record: any below {@link #count} on the apply thread, any below {@link #published} on others. */
    public void read(long slot, MemorySegment target, long targetOffset) {
        read(slot, 0, schema.recordBytes(), target, targetOffset);
    }

    /** Copies a part of a record, under the same rules: {@code bytes} from its offset {@code from} on. */
    public void read(long slot, int from, int bytes, MemorySegment target, long targetOffset) {
        if (slot >= memory.from()) {
            MemorySegment.copy(memory.sharedChunk(slot), memory.offset(slot) + from, target, targetOffset, bytes);
            if (memory.holds(slot)) {
                return;
            }
        }
        file.read(slot, from, bytes, target, targetOffset);
    }

    /**
     * Has what {@link #read} will ask the disk for read together, under the same rules.
     *
     * @param slots of which the first {@code count} count, in order, up or down
     */
    public void prepare(long[] slots, int count) {
        long[] stored = new long[count];
        long inMemory = memory.from();
        int found = 0;
        for (int i = 0; i < count; i++) {
            if (slots[i] < inMemory) {
                stored[found++] = slots[i];
            }
        }
        file.prepare(stored, found);
    }

    /** The slot of the record with this id, {@link #NONE} or {@link #ORPHAN}. Apply thread. */
    public long find(long idLow, long idHigh) {
        return find(-1, idLow, idHigh);
    }

    /** The same for the {@code number}-th of the ids that {@link #touch} was given last, which may save the search. */
    public long find(int number, long idLow, long idHigh) {
        return ids.find(number, idLow, idHigh);
    }

    /**
     * Prepares {@link #find} and {@link #appended} for up to {@link #TOUCHED_MAX} ids: brings what they will read into the processor's cache,
     * and asks the filters of all runs. Not needed, but faster, for ids that are not in ascending order. Apply thread.
     *
     * @param offset of the first id in {@code in}
     * @param stride bytes from one id to the next
     */
    public void touch(MemorySegment in, long offset, long stride, int number) {
        ids.touch(in, offset, stride, number);
    }

    /** Remembers for ever that an id stands for nothing; {@link #removeFrom} does not undo it. */
    public void orphan(long idLow, long idHigh) {
        ids.orphan(idLow, idHigh);
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

    /**
     * The first slot with this timestamp or a later one among the first {@code bound} records, or {@code bound}. Any thread,
     * for a bound of at most {@link #published}.
     */
    public long lowerBound(long timestamp, long bound) {
        while (true) {
            long low = Math.min(memory.from(), bound);
            if (low == bound) {
                return file.lowerBound(timestamp, low);
            }
            boolean before = memoryTimestamp(low) >= timestamp;
            long found = low;
            long high = before ? low : bound;
            while (found < high) {
                long middle = (found + high) >>> 1;
                if (memoryTimestamp(middle) < timestamp) {
                    found = middle + 1;
                } else {
                    high = middle;
                }
            }
            if (memory.holds(low)) {
                return before ? file.lowerBound(timestamp, low) : found;
            }
        }
    }

    /** The timestamp of the newest record, 0 without any. Apply thread. */
    public long newestTimestamp() {
        return count == 0 ? 0 : timestamp(count - 1);
    }

    private long timestamp(long slot) {
        return slot >= memory.from() ? memoryTimestamp(slot) : file.timestamp(slot);
    }

    private long memoryTimestamp(long slot) {
        return memory.sharedChunk(slot).get(Bytes.U64, memory.offset(slot) + schema.timestampOffset());
    }

    /**
     * Lets other threads see all records; they stay. Called between requests. When too many bars are full that have no run yet,
     * it waits for the background, first for so long as the new records are worth, then until there is one less, and does the
     * background's work if nobody else does.
     *
     * @throws java.io.UncheckedIOException if the background failed; the store must then be closed
     */
    public void publish() {
        if (indexed != count) {
            throw new IllegalStateException("record " + indexed + " of " + count + " was not told to be appended");
        }
        long added = count - published;
        published = count;
        hand();
        if ((published - writeRequested) * schema.recordBytes() >= options.writeBytes()) {
            writeRequested = published;
            indexer.write(published);
        }
        if (memory.needsSpare()) {
            indexer.prepare();
        }
        if (seen.needsSpare()) {
            indexer.prepareFilter();
        }
        adopt();
        slowDown(added);
        while (ids.waiting() > WAITING_BARS_MAX) {
            help();
            adopt();
        }
    }

    private void slowDown(long added) {
        int tooMany = Math.min(ids.waiting(), WAITING_BARS_MAX) - WAITING_BARS_FREE;
        if (tooMany <= 0) {
            delayNs = 0;
            return;
        }
        delayNs += added * (DELAY_NS << (tooMany - 1));
        if (delayNs >= DELAY_NS_MIN) {
            LockSupport.parkNanos(delayNs);
            delayNs = 0;
            adopt();
        }
    }

    private void help() {
        try {
            indexer.helpOrWait();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + name + " in " + directory, e);
        }
    }

    /** Gives full bars to the background, and orphans when they are many. */
    private void hand() {
        while (published - handed >= options.barRecords()) {
            hand(handed + options.barRecords());
        }
        if (ids.orphans() >= options.orphansMax()) {
            hand(handed);
        }
    }

    private void hand(long to) {
        ids.hand(handed, to);
        handed = to;
    }

    /** Takes into use what the background has made. */
    private void adopt() {
        for (Indexer.Done done = indexer.poll(); done != null; done = indexer.poll()) {
            switch (done) {
                case Indexer.Done.Added(Run run) -> added(run);
                case Indexer.Done.Merged(List<Run> old, Run run) -> {
                    view = view.merged(old, run);
                    ids.use(view.runs());
                    for (Run merged : old) {
                        kept.retire(merged.file().path());
                        merged.release();
                    }
                }
            }
        }
    }

    private void added(Run run) {
        View now = view.plus(run);
        view = now;
        ids.indexed(run, now.runs());
        memory.release(run.to());
        chunks.release(run.to());
    }

    /** Begins a checkpoint of what is published, which must be all. Apply thread, cheap. */
    public Capture capture() {
        if (count != published) {
            throw new IllegalStateException(count - published + " records are not published");
        }
        adopt();
        List<RunName> names = new ArrayList<>();
        List<Path> files = new ArrayList<>();
        for (Run run : view.runs()) {
            names.add(run.name());
            files.add(run.file().path());
        }
        Manifest manifest = new Manifest(count, indexer.nextSerial(), names);
        Path tail = Tail.path(directory, name, manifest.tail());
        files.add(tail);
        if (lastTail != null) {
            kept.retire(lastTail);
        }
        lastTail = tail;
        kept.begin(files);
        long lastBlock = count / file.perBlock() * file.perBlock();
        int lastChecksum = lastBlock < count ? file.checksum(lastBlock, count, new CRC32C()) : 0;
        Checkpoint checkpoint = new Checkpoint(this, memory, file, manifest, lastChecksum, ids.unindexedOrphans());
        return new Capture(manifest.encode(schema), checkpoint, () -> kept.complete(files));
    }

    /** Completes a checkpoint whose records are durable. */
    void write(Tail tail, long serial) throws IOException {
        tail.write(disk, Tail.path(directory, name, serial), serial);
    }

    /** The runs of now, kept open until the view is released. */
    View acquireView() {
        while (true) {
            View now = view;
            if (now.acquire()) {
                return now;
            }
            Thread.onSpinWait();
        }
    }

    /**
     * The slots below {@code bound} of the records that have this key. Any thread; {@code bound} is at most
     * {@link #published}.
     */
    public Cursor postings(Field field, long keyHigh, long keyLow, long bound) {
        return new PostingCursor(this, memory, chunks, field, schema.number(field), keyLow, keyHigh, bound);
    }

    /**
     * The keys of a field, {@code min} to {@code max} unsigned, that records below {@code bound} have, and perhaps some that
     * newer ones have; ascending. For fields whose keys have 64 bits and few values. Any thread.
     */
    public long[] keys(Field field, long min, long max, long bound) {
        return new KeyQuery(this, memory, chunks, field, schema.number(field)).run(min, max, bound);
    }

    /**
     * Sums of the records from {@code fromSlot} to before {@code toSlot}, by ledger, code, kind and time. Whole minutes are taken
     * from the runs; only the records of minutes at both ends are read, and those that have no run. Any thread, for published
     * records.
     *
     * @param ledger 0 for all
     * @param code 0 for all
     * @param minutes how many minutes are summed up in one
     * @param room hears before there are so many sums more; what it throws ends this
     * @return in order of time, then ledger, code and kind
     * @throws IllegalArgumentException for more than {@code most} sums
     */
    public List<AmountSum> sums(
            int ledger, int code, long minutes, long fromSlot, long toSlot, int most, IntConsumer room) {
        return new SumQuery(this, schema, ledger, code, minutes, most, room).run(fromSlot, toSlot);
    }

    /**
     * Reads every block of records and of runs whose checksum is known, and tells of each that is damaged. Only while nothing is
     * appended.
     */
    public void verify(Consumer<CorruptionException> damaged) throws IOException {
        file.blocks().verify(file.sealed() / file.perBlock(), damaged);
        View now = acquireView();
        try {
            for (Run run : now.runs()) {
                run.file().verify(run.name().blocks(), damaged);
            }
        } finally {
            now.release();
        }
    }

    /** Adds the blocks whose checksum is known, of records and of runs, as of now. Any thread. */
    public void resting(List<RestingBlocks> parts) {
        RestingBlocks.add(file.blocks(), file.sealed() / file.perBlock(), parts);
        view.runs().forEach(run -> RestingBlocks.add(run.file(), run.name().blocks(), parts));
    }

    @Override
    public void close() {
        try {
            indexer.close();
            view.release();
            file.close();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot close " + name + " in " + directory, e);
        } finally {
            memory.close();
        }
    }
}
