package io.thalweg.ledger.store.run;

import static io.thalweg.ledger.store.block.BlockFile.BLOCK_BYTES;

import io.thalweg.ledger.layout.Bytes;
import io.thalweg.ledger.store.block.BlockCache;
import io.thalweg.ledger.store.block.BlockFile;
import io.thalweg.ledger.store.block.Section;
import io.thalweg.ledger.store.block.SectionReader;
import io.thalweg.ledger.store.id.IdFilter;
import io.thalweg.ledger.store.id.Ids;
import io.thalweg.ledger.store.id.SeenIds;
import io.thalweg.ledger.store.schema.Schema;
import io.thalweg.model.BinaryReader;
import io.thalweg.model.Checksum;
import io.thalweg.model.MalformedException;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.Disk;
import io.thalweg.ports.disk.Disk.DiskFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An immutable index over a range of slots, on disk. Its filter, the first id of each block of ids and the checksums are in
 * memory; all else is read through the cache. Thread-safe; closed when the last of those who {@link #acquire} it lets go.
 *
 * <p>Where each record's id is above the one before, as most clients make them, the records themselves are the sorted ids: such a
 * run {@link #isAscending} and has neither ids nor a filter, but the first id of each block of records.
 */
public final class Run implements BlockFile.Checks {
    /** Instead of a slot: no record of this run has the id. */
    public static final long NONE = -1;

    /** Instead of a slot: the id was given away without a record. */
    public static final long ORPHAN = -2;

    private static final int FENCE_LONGS = 2;

    private final RunName name;
    private final BlockFile file;
    private final BlockCache cache;
    private final AtomicInteger holders = new AtomicInteger(1);
    private final Section[] sections;
    private final int[] checksums;
    private final long minLow;
    private final long minHigh;
    private final long maxLow;
    private final long maxHigh;
    private final boolean ascending;
    private final boolean seen;
    private long[] fences = {};
    private IdFilter filter;

    private Run(
            Schema schema, RunName name, Path path, DiskFile disk, BlockCache cache, ByteBuffer meta, boolean seen) {
        this.name = name;
        this.cache = cache;
        this.seen = seen;
        this.file = new BlockFile(path, disk, this);
        this.filter = IdFilter.of(0);
        BinaryReader in = new BinaryReader(meta);
        try {
            int magic = in.i32();
            int version = in.i32();
            if (magic != RunFormat.MAGIC || version != RunFormat.VERSION) {
                throw new MalformedException("magic " + magic + ", version " + version);
            }
            if (in.i32() != name.level() || in.i64() != name.from() || in.i64() != name.to()) {
                throw new MalformedException("is not what the checkpoint names");
            }
            minLow = in.i64();
            minHigh = in.i64();
            maxLow = in.i64();
            maxHigh = in.i64();
            sections = new Section[RunFormat.sections(schema)];
            int count = in.i32();
            if (count != sections.length) {
                throw new MalformedException(count + " sections instead of " + sections.length);
            }
            for (int i = 0; i < count; i++) {
                sections[i] = new Section(in.i64(), in.i64(), in.i32());
                if (sections[i].count() < 0 || sections[i].block() < 0 || sections[i].end() > name.blocks()) {
                    throw new MalformedException("section " + i + " is outside of the file");
                }
            }
            ascending = schema.idOffset() >= 0
                    && sections[RunFormat.IDS].count() == 0
                    && !Ids.less(maxLow, maxHigh, minLow, minHigh);
            checksums = in.i32s(in.i64());
            in.end();
        } catch (MalformedException | ArithmeticException e) {
            throw new CorruptionException(
                    path, name.blocks() * BLOCK_BYTES, "the run's description: " + e.getMessage());
        }
    }

    /**
     * Opens a run and reads what is kept in memory of it.
     *
     * @param seen whether all its ids are among the {@link SeenIds}
     */
    public static Run open(
            Disk disk, Path directory, String prefix, Schema schema, RunName name, BlockCache cache, boolean seen)
            throws IOException {
        Path path = RunName.path(directory, prefix, name.serial());
        if (!disk.exists(path)) {
            throw new CorruptionException(path, 0, "the file is missing");
        }
        DiskFile file = disk.open(path);
        try {
            long metaAt = name.blocks() * BLOCK_BYTES;
            if (file.size() != metaAt + name.metaBytes()) {
                throw new CorruptionException(
                        path,
                        Math.min(file.size(), metaAt),
                        "the file has " + file.size() + " bytes, expected " + (metaAt + name.metaBytes()));
            }
            ByteBuffer meta = ByteBuffer.allocate(name.metaBytes()).order(ByteOrder.LITTLE_ENDIAN);
            var _ = file.read(metaAt, meta);
            if (meta.hasRemaining() || new Checksum().of(meta.flip(), 0, name.metaBytes()) != name.metaChecksum()) {
                throw new CorruptionException(path, metaAt, "the run's description has a wrong checksum");
            }
            Run run = new Run(schema, name, path, file, cache, meta, seen);
            run.load();
            return run;
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private void load() throws IOException {
        ByteBuffer buffer = SectionReader.newBuffer();
        Section section = sections[RunFormat.FILTER];
        IdFilter loaded = new IdFilter(section.count());
        SectionReader reader = new SectionReader(file, section, buffer);
        for (int block = 0; reader.left() > 0; block++) {
            loaded.read(block, reader.next());
        }
        filter = loaded;
        fences = new long[Math.toIntExact(FENCE_LONGS * sections[RunFormat.FENCES].count())];
        reader = new SectionReader(file, sections[RunFormat.FENCES], buffer);
        for (int i = 0; i < fences.length; i += FENCE_LONGS) {
            ByteBuffer in = reader.next();
            fences[i] = in.getLong();
            fences[i + 1] = in.getLong();
        }
    }

    public RunName name() {
        return name;
    }

    public long from() {
        return name.from();
    }

    public long to() {
        return name.to();
    }

    public BlockFile file() {
        return file;
    }

    public Section section(int kind) {
        return sections[kind];
    }

    @Override
    public int of(long block) {
        return checksums[(int) block];
    }

    /** Low half, high half of the smallest id, then of the largest; if there are none, the smallest is larger. */
    public long[] idBounds() {
        return new long[] {minLow, minHigh, maxLow, maxHigh};
    }

    /** Copies an entry of a section. */
    public void readEntry(Section section, long entry, MemorySegment target) {
        cache.read(file, section.position(entry), target, 0, section.entryBytes());
    }

    /** Copies {@code count} entries of a section. */
    public void readEntries(Section section, long entry, MemorySegment target, int count) {
        long at = entry;
        long end = entry + count;
        int offset = 0;
        while (at < end) {
            int length = (int) Math.min(end - at, section.perBlock() - at % section.perBlock());
            cache.read(file, section.position(at), target, offset, length * section.entryBytes());
            at += length;
            offset += length * section.entryBytes();
        }
    }

    /** Whether the ids are looked for in the records. */
    boolean isAscending() {
        return ascending;
    }

    /** Whether {@link SeenIds} answers for its ids. */
    public boolean isSeen() {
        return seen;
    }

    private boolean outside(long low, long high) {
        return Ids.less(low, high, minLow, minHigh) || Ids.less(maxLow, maxHigh, low, high);
    }

    /** False only if the run does not have the id. */
    private boolean mayHold(long low, long high, long hash) {
        return !outside(low, high) && (ascending || filter.mayHold(hash));
    }

    /**
     * Sets those of {@code perhaps} to true whose id the run may have.
     *
     * @param hashes {@link Ids#storedHash} of each
     * @return anything, as {@link IdFilter#touch}
     */
    public long mark(long[] low, long[] high, long[] hashes, int size, boolean[] perhaps) {
        long touched = ascending ? 0 : filter.touch(hashes, size);
        for (int i = 0; i < size; i++) {
            perhaps[i] |= mayHold(low[i], high[i], hashes[i]);
        }
        return touched;
    }

    /**
     * The slot of an id, {@link #NONE} or {@link #ORPHAN}.
     *
     * @param hash {@link Ids#storedHash}
     * @param scratch room for a block, the caller's
     */
    public long find(long low, long high, long hash, RecordFile records, int idOffset, MemorySegment scratch) {
        if (!mayHold(low, high, hash)) {
            return NONE;
        }
        int fence = fence(low, high);
        return ascending
                ? findInRecords(low, high, from() + (long) fence * records.perBlock(), records, idOffset, scratch)
                : findInIds(low, high, fence, scratch);
    }

    /** The block, by its number in its section, that would have the id. */
    private int fence(long low, long high) {
        int first = 0;
        int last = fences.length / FENCE_LONGS - 1;
        while (first < last) {
            int middle = (first + last + 1) >>> 1;
            if (Ids.less(low, high, fences[FENCE_LONGS * middle], fences[FENCE_LONGS * middle + 1])) {
                last = middle - 1;
            } else {
                first = middle;
            }
        }
        return first;
    }

    private long findInRecords(
            long low, long high, long start, RecordFile records, int idOffset, MemorySegment scratch) {
        long first = start;
        long last = Math.min(start + records.perBlock(), to()) - 1;
        while (first <= last) {
            long middle = (first + last) >>> 1;
            records.read(middle, idOffset, 16, scratch, 0);
            long foundLow = scratch.get(Bytes.U64, 0);
            long foundHigh = scratch.get(Bytes.U64, 8);
            if (foundLow == low && foundHigh == high) {
                return middle;
            }
            if (Ids.less(foundLow, foundHigh, low, high)) {
                first = middle + 1;
            } else {
                last = middle - 1;
            }
        }
        return NONE;
    }

    private long findInIds(long low, long high, int block, MemorySegment scratch) {
        Section ids = sections[RunFormat.IDS];
        long start = (long) block * ids.perBlock();
        int count = (int) Math.min(ids.perBlock(), ids.count() - start);
        cache.read(file, ids.position(start), scratch, 0, count * RunFormat.ID_BYTES);
        int from = 0;
        int to = count - 1;
        while (from <= to) {
            int middle = (from + to) >>> 1;
            long at = (long) middle * RunFormat.ID_BYTES;
            long foundLow = scratch.get(Bytes.U64, at);
            long foundHigh = scratch.get(Bytes.U64, at + 8);
            if (foundLow == low && foundHigh == high) {
                int slot = scratch.get(Bytes.U32, at + 16);
                return slot == RunFormat.ORPHAN ? ORPHAN : name.from() + Integer.toUnsignedLong(slot);
            }
            if (Ids.less(foundLow, foundHigh, low, high)) {
                from = middle + 1;
            } else {
                to = middle - 1;
            }
        }
        return NONE;
    }

    /** The first entry of a section of keys (u128) that is not before this key. */
    public long lowerBound(Section keys, long low, long high, MemorySegment scratch) {
        long first = 0;
        long last = keys.count();
        while (first < last) {
            long middle = (first + last) >>> 1;
            cache.read(file, keys.position(middle), scratch, 0, 16);
            if (Ids.less(scratch.get(Bytes.U64, 0), scratch.get(Bytes.U64, 8), low, high)) {
                first = middle + 1;
            } else {
                last = middle;
            }
        }
        return first;
    }

    /** Keeps the run open for a reader; false if it was closed. */
    public boolean acquire() {
        int now = holders.get();
        while (now > 0) {
            if (holders.compareAndSet(now, now + 1)) {
                return true;
            }
            now = holders.get();
        }
        return false;
    }

    /** Lets go of what {@link #acquire} or the creation gave. */
    public void release() {
        if (holders.decrementAndGet() == 0) {
            try {
                file.close();
            } catch (IOException e) {
                throw new java.io.UncheckedIOException("cannot close " + file.path(), e);
            }
        }
    }
}
