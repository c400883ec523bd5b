package io.thalweg.ledger.store.run;

import static io.thalweg.ledger.store.block.BlockFile.BLOCK_BYTES;

import io.thalweg.ledger.layout.Bytes;
import io.thalweg.ledger.store.block.BlockCache;
import io.thalweg.ledger.store.block.BlockFile;
import io.thalweg.ledger.store.block.Section;
import io.thalweg.ledger.store.block.SectionReader;
import io.thalweg.ledger.store.schema.Schema;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.Disk;
import io.thalweg.ports.disk.Disk.DiskFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * The file of all records, one behind the other. A record is written once its slot is published and never changes; after a
 * crash the same bytes may be written again. The checksum and the first timestamp of each block of records are in memory, 12
 * bytes for 16 KiB, and durable in the runs. Thread-safe as each method says.
 */
public final class RecordFile implements BlockFile.Checks, AutoCloseable {
    private static final int PIECE_BLOCKS = 4096;

    private final RecordMemory memory;
    private final BlockCache cache;
    private final BlockFile file;
    private final int recordBytes;
    private final int timestampOffset;
    private final int perBlock;
    private final int forceBytes;

    private volatile int[][] checksums = {};
    private volatile long[][] timestamps = {};
    private volatile long sealed;
    private volatile long durable;

    public RecordFile(Disk disk, Path path, Schema schema, RecordMemory memory, BlockCache cache, int forceBytes)
            throws IOException {
        this.memory = memory;
        this.cache = cache;
        this.recordBytes = schema.recordBytes();
        this.timestampOffset = schema.timestampOffset();
        this.perBlock = BLOCK_BYTES / recordBytes;
        this.forceBytes = forceBytes;
        this.file = new BlockFile(path, disk.open(path), this);
    }

    /** The file itself; its sealed blocks can be read. */
    public BlockFile blocks() {
        return file;
    }

    /** Where a range of sealed records lies, whole blocks of them. */
    Section section(long from, long to) {
        return new Section(from / perBlock, to - from, recordBytes);
    }

    /** Records in a block. */
    public int perBlock() {
        return perBlock;
    }

    /** Says that the records before {@code slot} are durable, as a checkpoint knows; before anything else is done. */
    public synchronized void assumeDurable(long slot) {
        durable = slot;
    }

    /** The slot behind the last that is durable. */
    public long durable() {
        return durable;
    }

    /** Makes the records before {@code to}, which must be published, durable. Any thread. */
    public synchronized void write(long to) throws IOException {
        DiskFile disk = file.file();
        int unforced = 0;
        // What is not durable is still in memory, since only what is sealed may leave it.
        long at = durable;
        while (at < to) {
            long end = Math.min(to, (at / memory.chunkRecords() + 1) * memory.chunkRecords());
            disk.writeAround(at * recordBytes, bytes(at, end));
            unforced += (int) (end - at) * recordBytes;
            at = end;
            if (unforced >= forceBytes || at == to) {
                disk.force();
                durable = at;
                unforced = 0;
            }
        }
    }

    /** The slot behind the last chunk of memory that is full with records before {@code to}. */
    public long wholeChunks(long to) {
        return to - to % memory.chunkRecords();
    }

    /** Records in memory that lie in one chunk. */
    private ByteBuffer bytes(long from, long to) {
        return memory.sharedChunk(from)
                .asSlice(memory.offset(from), (to - from) * recordBytes)
                .asByteBuffer();
    }

    /** CRC-32C of records in memory that lie in one block. Any thread, if they are still there afterwards. */
    public int checksum(long from, long to, CRC32C crc) {
        crc.reset();
        crc.update(bytes(from, to));
        return (int) crc.getValue();
    }

    /** Notes the checksums of the durable records of whole blocks from where it ended to {@code to}. One thread at a time. */
    public void seal(long to) {
        CRC32C crc = new CRC32C();
        for (long slot = sealed; slot < to; slot += perBlock) {
            long first = memory.sharedChunk(slot).get(Bytes.U64, memory.offset(slot) + timestampOffset);
            note(slot / perBlock, checksum(slot, slot + perBlock, crc), first);
        }
        sealed = to;
    }

    /** Notes blocks as a run has them. */
    public void seal(Run run) throws IOException {
        SectionReader reader =
                new SectionReader(run.file(), run.section(RunFormat.RECORD_BLOCKS), SectionReader.newBuffer());
        if (reader.left() * perBlock != run.to() - run.from() || run.from() != sealed) {
            throw new CorruptionException(
                    run.file().path(),
                    run.name().blocks() * BLOCK_BYTES,
                    "the run has " + reader.left() + " blocks of records from slot " + run.from() + " to " + run.to());
        }
        for (long block = run.from() / perBlock; reader.left() > 0; block++) {
            ByteBuffer in = reader.next();
            note(block, in.getInt(), in.getLong());
        }
        sealed = run.to();
    }

    private void note(long block, int checksum, long timestamp) {
        int piece = (int) (block / PIECE_BLOCKS);
        if (piece == checksums.length) {
            int[][] moreChecksums = Arrays.copyOf(checksums, piece + 1);
            moreChecksums[piece] = new int[PIECE_BLOCKS];
            checksums = moreChecksums;
            long[][] moreTimestamps = Arrays.copyOf(timestamps, piece + 1);
            moreTimestamps[piece] = new long[PIECE_BLOCKS];
            timestamps = moreTimestamps;
        }
        checksums[piece][(int) (block % PIECE_BLOCKS)] = checksum;
        timestamps[piece][(int) (block % PIECE_BLOCKS)] = timestamp;
    }

    /** The slot behind the last whose checksum is known. */
    public long sealed() {
        return sealed;
    }

    /** The checksum of a sealed block. */
    @Override
    public int of(long block) {
        return checksums[(int) (block / PIECE_BLOCKS)][(int) (block % PIECE_BLOCKS)];
    }

    /** The timestamp of the first record of a sealed block. */
    long firstTimestamp(long block) {
        return timestamps[(int) (block / PIECE_BLOCKS)][(int) (block % PIECE_BLOCKS)];
    }

    /** Copies a part of a sealed record. Any thread. */
    public void read(long slot, int from, int bytes, MemorySegment target, long targetOffset) {
        cache.read(file, slot * recordBytes + from, target, targetOffset, bytes);
    }

    /**
     * Has the blocks of sealed records read together, so that {@link #read} finds them in memory. Any thread.
     *
     * @param slots of which the first {@code count} count, in order, up or down
     */
    public void prepare(long[] slots, int count) {
        long[] blocks = new long[count];
        int found = 0;
        for (int i = 0; i < count; i++) {
            long block = slots[i] / perBlock;
            if (found == 0 || blocks[found - 1] != block) {
                blocks[found++] = block;
            }
        }
        cache.prepare(file, blocks, found);
    }

    /** The timestamp of a sealed record. Any thread. */
    public long timestamp(long slot) {
        MemorySegment word = MemorySegment.ofArray(new long[1]);
        cache.read(file, slot * recordBytes + timestampOffset, word, 0, 8);
        return word.get(Bytes.U64, 0);
    }

    /** The first slot with this timestamp or a later one among the first {@code bound}, which are sealed. Any thread. */
    public long lowerBound(long timestamp, long bound) {
        long first = 0;
        long last = (bound + perBlock - 1) / perBlock;
        while (first < last) {
            long middle = (first + last) >>> 1;
            if (firstTimestamp(middle) < timestamp) {
                first = middle + 1;
            } else {
                last = middle;
            }
        }
        // The block before the first that begins at or behind the timestamp.
        long low = Math.max(0, first - 1) * perBlock;
        long high = Math.min(bound, first * perBlock);
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

    /** Reads records of one block into memory, which has room for them, and checks them. */
    public void load(long from, long to, int checksum, CRC32C crc) throws IOException {
        ByteBuffer target = bytes(from, to);
        int length = file.file().read(from * recordBytes, target);
        if (target.hasRemaining()) {
            throw new CorruptionException(file.path(), from * recordBytes + length, "the file ends within its records");
        }
        if (checksum(from, to, crc) != checksum) {
            throw new CorruptionException(file.path(), from * recordBytes, "the block has a wrong checksum");
        }
    }

    @Override
    public synchronized void close() throws IOException {
        file.close();
    }
}
