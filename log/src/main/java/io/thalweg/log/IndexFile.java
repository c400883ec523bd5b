package io.thalweg.log;

import io.thalweg.log.journal.SegmentFormat;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.Checksum;
import io.thalweg.model.LogId;
import io.thalweg.model.StreamId;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The index file of one segment, as the package's grammar gives it. Blocks are added as checkpoints come; a segment that will
 * get no more events is finished with a summary, so that opening need not read the extents. Numbers in a block are varints of
 * differences, about ten bytes for the extent of a small request. Not thread-safe.
 */
final class IndexFile {
    private static final int HEADER_MAGIC = 0x58495754; // "TWIX"
    private static final int BLOCK_MAGIC = 0x4c425754; // "TWBL"
    private static final int SUMMARY_MAGIC = 0x4d535754; // "TWSM"
    private static final int TRAILER_MAGIC = 0x52545754; // "TWTR"
    private static final int VERSION = 1;
    private static final int HEADER_BYTES = 24;
    private static final int BLOCK_BYTES = 24;
    private static final int TRAILER_BYTES = 16;

    /** Extents {@code from} to {@code to} of a stream, to be written. */
    record Run(StreamId stream, ExtentList.Columns columns, int from, int to) {}

    /** What a segment holds of one stream. */
    record Share(
            StreamId stream,
            long firstSequence,
            long lastSequence,
            long bytes,
            long firstTimestampNs,
            long lastTimestampNs) {}

    /** The extents up to some entry, and where in the file they end. */
    record Loaded(SortedMap<StreamId, ExtentList> extents, long end, int count) {}

    private final Path path;
    private final long base;
    private final int generation;
    private final Checksum checksum = new Checksum();

    IndexFile(Path directory, long base, int generation) {
        this.path = SegmentFormat.indexFile(directory, base, generation);
        this.base = base;
        this.generation = generation;
    }

    Path path() {
        return path;
    }

    ByteBuffer header() {
        ByteBuffer bytes = SegmentFormat.allocate(HEADER_BYTES)
                .putInt(0, HEADER_MAGIC)
                .putInt(8, VERSION)
                .putInt(12, generation)
                .putLong(16, base);
        return bytes.putInt(4, checksum.of(bytes, 8, HEADER_BYTES - 8));
    }

    /** A block of extents; {@code lastIndex} is the last entry that was applied before it was written. */
    ByteBuffer block(List<Run> runs, long lastIndex) {
        BinaryWriter out = new BinaryWriter(1024);
        out.raw(new byte[BLOCK_BYTES]);
        for (Run run : runs) {
            ExtentList.Columns columns = run.columns();
            put(run.stream(), out);
            varint(run.to() - run.from(), out);
            out.i64(columns.sequences()[run.from()]).i64(columns.timestamps()[run.from()]);
            long timestamp = columns.timestamps()[run.from()];
            int end = 0;
            for (int i = run.from(); i < run.to(); i++) {
                varint(columns.offsets()[i] - end, out);
                varint(columns.lengths()[i], out);
                varint(columns.counts()[i], out);
                varint(columns.timestamps()[i] - timestamp, out);
                end = columns.end(i);
                timestamp = columns.timestamps()[i];
            }
        }
        return sealed(BLOCK_MAGIC, out, lastIndex, runs.size());
    }

    /** Ends the file: what the segment holds of each stream. {@code at} is where the summary will begin. */
    ByteBuffer summary(List<Share> shares, long lastIndex, long at) {
        BinaryWriter out = new BinaryWriter(BLOCK_BYTES + 64 * shares.size() + TRAILER_BYTES);
        out.raw(new byte[BLOCK_BYTES]);
        for (Share share : shares) {
            put(share.stream(), out);
            out.i64(share.firstSequence())
                    .i64(share.lastSequence())
                    .i64(share.bytes())
                    .i64(share.firstTimestampNs())
                    .i64(share.lastTimestampNs());
        }
        ByteBuffer block = sealed(SUMMARY_MAGIC, out, lastIndex, shares.size());
        ByteBuffer trailer =
                SegmentFormat.allocate(TRAILER_BYTES).putInt(0, TRAILER_MAGIC).putLong(8, at);
        trailer.putInt(4, checksum.of(trailer, 8, 8));
        return SegmentFormat.allocate(block.remaining() + TRAILER_BYTES)
                .put(block)
                .put(trailer)
                .flip();
    }

    private ByteBuffer sealed(int magic, BinaryWriter out, long lastIndex, int streams) {
        ByteBuffer bytes = out.toByteBuffer();
        bytes.putInt(0, magic)
                .putLong(8, lastIndex)
                .putInt(16, bytes.limit() - BLOCK_BYTES)
                .putInt(20, streams);
        return bytes.putInt(4, checksum.of(bytes, 8, bytes.limit() - 8));
    }

    private static void put(StreamId stream, BinaryWriter out) {
        out.uuid(stream.log().value()).i32(stream.partition());
    }

    private static void varint(long value, BinaryWriter out) {
        long left = value;
        while ((left & ~0x7fL) != 0) {
            out.u8((int) (left & 0x7f) | 0x80);
            left >>>= 7;
        }
        out.u8((int) left);
    }

    /**
     * Reads the blocks that were written up to {@code lastIndex}; whatever stands behind them is ignored. A file that was
     * never begun, or not durably, holds nothing, and begins anew.
     */
    Loaded loadIfBegun(Disk disk, long lastIndex) throws IOException {
        try (Disk.DiskFile file = disk.open(path)) {
            ByteBuffer header = header();
            ByteBuffer found = SegmentFormat.allocate(HEADER_BYTES);
            if (file.read(0, found) < HEADER_BYTES || !found.flip().equals(header)) {
                file.truncate(0);
                file.write(0, header);
                return new Loaded(new TreeMap<>(), HEADER_BYTES, 0);
            }
        }
        return load(content(disk), lastIndex);
    }

    /** Reads the blocks that were written up to {@code lastIndex} and changes nothing. */
    Loaded load(Disk disk, long lastIndex) throws IOException {
        return load(content(disk), lastIndex);
    }

    /** Reads the whole of a finished file. */
    Loaded loadFinished(Disk disk) throws IOException {
        ByteBuffer bytes = content(disk);
        Loaded loaded = load(bytes, Long.MAX_VALUE);
        var _ = shares(bytes, loaded.end());
        return loaded;
    }

    private Loaded load(ByteBuffer bytes, long lastIndex) {
        SortedMap<StreamId, ExtentList> extents = new TreeMap<>();
        int at = HEADER_BYTES;
        int count = 0;
        while (isBlock(bytes, at, BLOCK_MAGIC) && bytes.getLong(at + 8) <= lastIndex) {
            int end = at + BLOCK_BYTES + bytes.getInt(at + 16);
            count += decode(bytes, at, end, extents);
            at = end;
        }
        return new Loaded(extents, at, count);
    }

    private boolean isBlock(ByteBuffer bytes, int at, int magic) {
        if (bytes.limit() - at < BLOCK_BYTES || bytes.getInt(at) != magic) {
            return false;
        }
        int length = bytes.getInt(at + 16);
        return length >= 0
                && length <= bytes.limit() - at - BLOCK_BYTES
                && bytes.getInt(at + 4) == checksum.of(bytes, at + 8, BLOCK_BYTES - 8 + length);
    }

    private int decode(ByteBuffer bytes, int at, int end, SortedMap<StreamId, ExtentList> extents) {
        ByteBuffer in = bytes.duplicate().order(bytes.order()).limit(end).position(at + BLOCK_BYTES);
        int all = 0;
        try {
            for (int stream = 0; stream < bytes.getInt(at + 20); stream++) {
                StreamId id = stream(in);
                int count = (int) varint(in);
                long sequence = in.getLong();
                long timestamp = in.getLong();
                ExtentList list = extents.computeIfAbsent(id, _ -> new ExtentList(Math.min(count, 1 << 16)));
                int offset = 0;
                for (int i = 0; i < count; i++) {
                    offset += (int) varint(in);
                    int length = (int) varint(in);
                    int events = (int) varint(in);
                    timestamp += varint(in);
                    list.add(sequence, events, timestamp, offset, length);
                    sequence += events;
                    offset += length;
                }
                all += count;
            }
        } catch (java.nio.BufferUnderflowException | IllegalArgumentException e) {
            throw new CorruptionException(path, at, "the block's checksum is right, but its content is not: " + e);
        }
        return all;
    }

    private static StreamId stream(ByteBuffer in) {
        return new StreamId(new LogId(new UUID(in.getLong(), in.getLong())), in.getInt());
    }

    private static long varint(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            byte next = in.get();
            value |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new IllegalArgumentException("a varint has more than ten bytes");
    }

    /** The summary of a finished file, read without its extents. */
    List<Share> readSummary(Disk disk) throws IOException {
        try (Disk.DiskFile file = existing(disk)) {
            checkHeader(file);
            long size = file.size();
            ByteBuffer trailer = SegmentFormat.allocate(TRAILER_BYTES);
            if (size < HEADER_BYTES + BLOCK_BYTES + TRAILER_BYTES
                    || file.read(size - TRAILER_BYTES, trailer) < TRAILER_BYTES) {
                throw new CorruptionException(path, size, "the index has no summary");
            }
            long at = checkTrailer(trailer, size);
            ByteBuffer bytes = SegmentFormat.allocate(Math.toIntExact(size - TRAILER_BYTES - at));
            var _ = file.read(at, bytes);
            return decodeSummary(bytes.flip(), at);
        }
    }

    private List<Share> shares(ByteBuffer bytes, long end) {
        int at = bytes.limit() - TRAILER_BYTES;
        if (at < end) {
            throw new CorruptionException(path, end, "the index has no summary");
        }
        long summary = checkTrailer(bytes.slice(at, TRAILER_BYTES).order(bytes.order()), bytes.limit());
        if (summary != end) {
            throw new CorruptionException(path, end, "the block has a wrong checksum");
        }
        return decodeSummary(bytes.slice((int) summary, at - (int) summary).order(bytes.order()), summary);
    }

    private long checkTrailer(ByteBuffer trailer, long size) {
        long at = trailer.getLong(8);
        if (trailer.getInt(0) != TRAILER_MAGIC
                || trailer.getInt(4) != checksum.of(trailer, 8, 8)
                || at < HEADER_BYTES
                || at > size - TRAILER_BYTES - BLOCK_BYTES) {
            throw new CorruptionException(path, size - TRAILER_BYTES, "the index has no whole trailer");
        }
        return at;
    }

    private List<Share> decodeSummary(ByteBuffer bytes, long at) {
        int streams = isBlock(bytes, 0, SUMMARY_MAGIC) ? bytes.getInt(20) : -1;
        if (streams < 0 || BLOCK_BYTES + 60L * streams != bytes.limit()) {
            throw new CorruptionException(path, at, "the summary has a wrong checksum");
        }
        bytes.position(BLOCK_BYTES);
        List<Share> shares = new ArrayList<>(streams);
        for (int i = 0; i < streams; i++) {
            shares.add(new Share(
                    stream(bytes),
                    bytes.getLong(),
                    bytes.getLong(),
                    bytes.getLong(),
                    bytes.getLong(),
                    bytes.getLong()));
        }
        return shares;
    }

    private ByteBuffer content(Disk disk) throws IOException {
        try (Disk.DiskFile file = existing(disk)) {
            checkHeader(file);
            ByteBuffer bytes = SegmentFormat.allocate(Math.toIntExact(file.size()));
            var _ = file.read(0, bytes);
            return bytes.flip();
        }
    }

    private Disk.DiskFile existing(Disk disk) throws IOException {
        if (!disk.exists(path)) {
            throw new CorruptionException(path, 0, "the index is missing");
        }
        return disk.open(path);
    }

    private void checkHeader(Disk.DiskFile file) throws IOException {
        ByteBuffer bytes = SegmentFormat.allocate(HEADER_BYTES);
        if (file.read(0, bytes) < HEADER_BYTES || !bytes.flip().equals(header())) {
            throw new CorruptionException(path, 0, "the index's header is damaged");
        }
    }

    /** The shares that extents add up to. */
    static List<Share> shares(SortedMap<StreamId, ExtentList> extents) {
        List<Share> shares = new ArrayList<>(extents.size());
        extents.forEach((stream, list) -> {
            Share share = share(stream, list.columns());
            if (share != null) {
                shares.add(share);
            }
        });
        return shares;
    }

    private static @Nullable Share share(StreamId stream, ExtentList.Columns columns) {
        if (columns.size() == 0) {
            return null;
        }
        long bytes = 0;
        for (int i = 0; i < columns.size(); i++) {
            bytes += columns.lengths()[i];
        }
        return new Share(
                stream,
                columns.sequences()[0],
                columns.lastSequence(),
                bytes,
                columns.timestamps()[0],
                columns.lastTimestamp());
    }
}
