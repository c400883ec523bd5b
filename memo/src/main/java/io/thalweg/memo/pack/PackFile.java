package io.thalweg.memo.pack;

import io.thalweg.memo.Authorship;
import io.thalweg.memo.Memo;
import io.thalweg.memo.MemoCodec;
import io.thalweg.memo.MemoId;
import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.Checksum;
import io.thalweg.model.MalformedException;
import io.thalweg.model.TenantId;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.Disk;
import io.thalweg.ports.disk.Disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One pack: records one after the other, written at the end and forced by whoever needs them to last. One thread. */
public final class PackFile implements AutoCloseable {
    public static final int MEMO = 1;
    public static final int REFERENCE = 2;

    /** As a reference; an older build takes it for one. */
    public static final int DROPPED = 3;

    private static final int PACK_MAGIC = 0x504d5754; // "TWMP"
    private static final int RECORD_MAGIC = 0x524d5754; // "TWMR"
    private static final int VERSION = 2;
    private static final int HEADER_BYTES = 20;
    private static final int PREFIX_BYTES = 12;
    private static final int FIXED_BYTES = 13;
    private static final int RECORD_BYTES_MAX = MemoCodec.FORM_BYTES_MAX + FIXED_BYTES + MemoId.BYTES + 1 + 44 + 64;

    private final Path path;
    private final DiskFile file;
    private final Checksum checksum = new Checksum();
    final long number;
    private long size;
    private long forced;
    private long liveBytes;

    /** A record as it was found. */
    public record Found(int type, long arrival, int durable, MemoId id, long offset, int length, Memo memo) {}

    /** What a scan found; {@code rotten} are bytes that no record explains. */
    public record Scan(List<Found> records, long rottenBytes) {}

    private PackFile(Path path, DiskFile file, long number) {
        this.path = path;
        this.file = file;
        this.number = number;
    }

    static Path path(Path directory, long number) {
        return directory.resolve(String.format("%016x.pack", number));
    }

    static PackFile create(Disk disk, Path directory, long number) throws IOException {
        Path path = path(directory, number);
        PackFile pack = new PackFile(path, disk.open(path), number);
        pack.begin();
        disk.forceDirectory(directory);
        return pack;
    }

    private byte[] header() {
        byte[] content = new BinaryWriter(12).u16(VERSION).u16(0).i64(number).toByteArray();
        return new BinaryWriter(HEADER_BYTES)
                .i32(PACK_MAGIC)
                .i32(checksum.of(content, 0, content.length))
                .raw(content)
                .toByteArray();
    }

    static PackFile open(Disk disk, Path directory, long number) throws IOException {
        Path path = path(directory, number);
        PackFile pack = new PackFile(path, disk.open(path), number);
        pack.size = pack.file.size();
        return pack;
    }

    /**
     * Reads all records.
     *
     * @param newest whether what is behind the last whole record was being written in a crash, and is cut
     */
    public Scan scan(boolean newest) throws IOException {
        ByteBuffer all = ByteBuffer.allocate(Math.toIntExact(size));
        file.read(0, all);
        byte[] bytes = all.array();
        if (newest && bytes.length <= HEADER_BYTES) {
            // A pack of which not more than the header was written holds nothing that anybody was told of.
            begin();
            return new Scan(List.of(), 0);
        }
        checkVersion(bytes);
        List<Found> records = records(bytes);
        long durable = HEADER_BYTES;
        for (Found found : records) {
            durable = Math.max(durable, found.durable);
        }
        long rotten = 0;
        long end = HEADER_BYTES;
        List<Found> kept = new ArrayList<>();
        for (Found found : records) {
            if (newest && found.offset > end && end >= durable) {
                // What follows was never forced, so that nobody was told of it.
                break;
            }
            rotten += found.offset - end;
            end = found.offset + found.length;
            kept.add(found);
        }
        if (newest && end < size) {
            rotten += Math.max(0, durable - end);
            end = Math.max(end, durable);
            file.truncate(end);
            file.force();
            size = end;
        } else {
            rotten += size - end;
        }
        forced = size;
        return new Scan(kept, rotten);
    }

    /** A header that is rotten costs nothing, for records speak for themselves; one of another version is not ours to read. */
    private void checkVersion(byte[] bytes) {
        ByteBuffer view = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        if (bytes.length >= HEADER_BYTES
                && view.getInt(0) == PACK_MAGIC
                && view.getInt(4) == checksum.of(bytes, 8, HEADER_BYTES - 8)
                && view.getShort(8) != VERSION) {
            throw new CorruptionException(
                    path,
                    8,
                    "is a pack of version " + view.getShort(8) + ", this build knows " + VERSION
                            + (view.getShort(8) == 1
                                    ? "; its memos have ids of a form that was given up. Read what is to stay with the"
                                            + " build that wrote it, move the slab's folder away, and write it again"
                                    : ""));
        }
    }

    private List<Found> records(byte[] bytes) {
        List<Found> records = new ArrayList<>();
        int at = HEADER_BYTES;
        while (at < bytes.length) {
            Found found = record(bytes, at);
            if (found == null) {
                at++;
            } else {
                records.add(found);
                at += found.length;
            }
        }
        return records;
    }

    private void begin() throws IOException {
        file.truncate(0);
        file.write(0, ByteBuffer.wrap(header()));
        file.force();
        size = HEADER_BYTES;
        forced = HEADER_BYTES;
    }

    private @Nullable Found record(byte[] bytes, int at) {
        ByteBuffer view = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        if (bytes.length - at < PREFIX_BYTES || view.getInt(at) != RECORD_MAGIC) {
            return null;
        }
        int length = view.getInt(at + 8);
        if (length < FIXED_BYTES + MemoId.BYTES
                || length > RECORD_BYTES_MAX
                || length > bytes.length - at - PREFIX_BYTES) {
            return null;
        }
        if (view.getInt(at + 4) != checksum.of(bytes, at + 8, 4 + length)) {
            return null;
        }
        try {
            BinaryReader in = new BinaryReader(view.slice(at + PREFIX_BYTES, length));
            int type = in.u8();
            long arrival = in.i64();
            int durable = in.i32();
            MemoId id = MemoId.read(in);
            if (type == MEMO) {
                skipAuthorship(in);
            }
            Memo memo = MemoCodec.decode(in.raw(in.remaining()));
            return new Found(type, arrival, durable, id, at, PREFIX_BYTES + length, memo);
        } catch (MalformedException e) {
            return null;
        }
    }

    private static @Nullable Authorship skipAuthorship(BinaryReader in) {
        return in.bool() ? new Authorship(in.raw(Authorship.KEY_BYTES), in.raw(Authorship.SIGNATURE_BYTES)) : null;
    }

    /** Whether any record is about a memo of a tenant, also one that does not count any more. */
    public boolean hasAny(TenantId tenant) throws IOException {
        ByteBuffer all = ByteBuffer.allocate(Math.toIntExact(size));
        file.read(0, all);
        return records(all.array()).stream()
                .anyMatch(found -> found.memo().tenant().equals(tenant));
    }

    /** Appends a memo; returns where. */
    long append(MemoId id, long arrival, byte[] form, @Nullable Authorship authorship) throws IOException {
        BinaryWriter content =
                new BinaryWriter(160 + form.length).u8(MEMO).i64(arrival).i32((int) forced);
        id.write(content);
        content.bool(authorship != null);
        if (authorship != null) {
            content.raw(authorship.publicKey()).raw(authorship.signature());
        }
        return append(content.raw(form).toByteArray());
    }

    /**
     * Appends that a memo is known though not held; returns where.
     *
     * @param dropped whether it is not to be held again
     */
    long appendReference(MemoId id, long arrival, byte[] form, boolean dropped) throws IOException {
        BinaryWriter content = new BinaryWriter(160)
                .u8(dropped ? DROPPED : REFERENCE)
                .i64(arrival)
                .i32((int) forced);
        id.write(content);
        return append(content.raw(form).toByteArray());
    }

    private long append(byte[] content) throws IOException {
        byte[] covered = new BinaryWriter(4 + content.length).bytes(content).toByteArray();
        byte[] record = new BinaryWriter(PREFIX_BYTES + content.length)
                .i32(RECORD_MAGIC)
                .i32(checksum.of(covered, 0, covered.length))
                .raw(covered)
                .toByteArray();
        long at = size;
        file.write(at, ByteBuffer.wrap(record));
        size += record.length;
        return at;
    }

    /** A memo as it lies here, with who vouches for it, checked against its id. */
    public record Kept(Memo memo, byte[] form, @Nullable Authorship authorship) {}

    /** Reads a memo and hashes it again; a {@link CorruptionException} when it is not what was written. */
    public Kept read(MemoId id, long offset, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        if (file.read(offset, bytes) != length) {
            throw new CorruptionException(path, offset, "the file ends within memo " + id.brief());
        }
        try {
            BinaryReader in = new BinaryReader(bytes.array());
            in.raw(PREFIX_BYTES + FIXED_BYTES);
            MemoId written = MemoId.read(in);
            Authorship authorship = skipAuthorship(in);
            byte[] form = in.raw(in.remaining());
            if (!written.equals(id) || !MemoCodec.hash(form).equals(id)) {
                throw new CorruptionException(path, offset, "memo " + id.brief() + " has another hash than its id");
            }
            return new Kept(MemoCodec.decode(form), form, authorship);
        } catch (MalformedException e) {
            throw new CorruptionException(path, offset, "memo " + id.brief() + ": " + e.getMessage());
        }
    }

    /** What is kept of a memo that is known and not held. */
    public byte[] readReference(MemoId id, long offset, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        file.read(offset, bytes);
        Found found = record(bytes.array(), 0);
        if (found == null || !found.id.equals(id)) {
            throw new CorruptionException(path, offset, "the reference to memo " + id.brief() + " is damaged");
        }
        return MemoCodec.encode(found.memo);
    }

    long size() {
        return size;
    }

    /** Records of so many bytes count from now on; if they are fewer than none, they count no more. */
    public void count(long bytes) {
        liveBytes += bytes;
    }

    /** Bytes of records that still count. */
    long liveBytes() {
        return liveBytes;
    }

    /** Where it lies. */
    public Path path() {
        return path;
    }

    void force() throws IOException {
        file.force();
        forced = size;
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
