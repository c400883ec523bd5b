package io.thalweg.view;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.MalformedException;
import io.thalweg.model.ViewId;
import io.thalweg.ports.disk.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * The file that holds one snapshot of a view without an index. Little-endian:
 *
 * <pre>
 * header  u32 magic "TWVS" · u16 format (1) · view 16 bytes · i32 version · u8 n · n bytes component hash
 *         i64 position · i64 dead-lettered · i64 taken at, ms since 1970 · i32 length of state · u32 CRC-32C of the header so far
 * body    state · u32 CRC-32C of the state
 * </pre>
 */
final class SnapshotFile {
    private static final int MAGIC = 0x53565754;
    private static final int FORMAT = 1;
    private static final long BYTES_MAX = Integer.MAX_VALUE - 1024L;

    private SnapshotFile() {}

    /** Whose state a file holds. */
    record Owner(ViewId view, int version, byte[] componentHash) {}

    /** Writes and forces a whole file; its directory is the caller's to force. */
    static void write(Disk disk, Path file, Owner owner, SavedState state) throws IOException {
        BinaryWriter header = new BinaryWriter()
                .i32(MAGIC)
                .u16(FORMAT)
                .uuid(owner.view().value())
                .i32(owner.version())
                .u8(owner.componentHash().length)
                .raw(owner.componentHash())
                .i64(state.position())
                .i64(state.deadLettered())
                .i64(state.takenAtMs())
                .i32(state.guest().length);
        header.i32(crc(header.toByteBuffer()));
        ByteBuffer body = ByteBuffer.wrap(state.guest());
        ByteBuffer trailer = new BinaryWriter(4).i32(crc(body.duplicate())).toByteBuffer();
        try (Disk.DiskFile out = disk.open(file)) {
            out.truncate(0);
            out.write(0, header.toByteBuffer(), body, trailer);
            out.force();
        }
    }

    /** Reads a file; throws {@link MalformedException} with the reason when it is not whole or not this owner's. */
    static SavedState read(Disk disk, Path file, Owner owner) throws IOException {
        byte[] bytes;
        try (Disk.DiskFile in = disk.open(file)) {
            long size = in.size();
            if (size > BYTES_MAX) {
                throw new MalformedException("is " + size + " bytes long, more than any snapshot");
            }
            bytes = new byte[(int) size];
            int read = in.read(0, ByteBuffer.wrap(bytes));
            if (read < bytes.length) {
                throw new MalformedException("ends after " + read + " of " + bytes.length + " bytes");
            }
        }
        BinaryReader reader = new BinaryReader(bytes);
        if (reader.i32() != MAGIC) {
            throw new MalformedException("does not start like a snapshot");
        }
        int format = reader.u16();
        if (format != FORMAT) {
            throw new MalformedException("has format " + format + ", this program knows " + FORMAT);
        }
        ViewId view = new ViewId(reader.uuid());
        int version = reader.i32();
        byte[] hash = reader.raw(reader.u8());
        long position = reader.i64();
        long deadLettered = reader.i64();
        long takenAtMs = reader.i64();
        int length = reader.i32();
        int headerEnd = reader.position();
        checkCrc("header", reader.i32(), ByteBuffer.wrap(bytes, 0, headerEnd));
        if (!view.equals(owner.view()) || version != owner.version() || !Arrays.equals(hash, owner.componentHash())) {
            throw new MalformedException("is of view " + view + " version " + version + " or of other code");
        }
        byte[] guest = reader.raw(length);
        checkCrc("state", reader.i32(), ByteBuffer.wrap(guest));
        reader.end();
        return new SavedState(position, deadLettered, takenAtMs, guest);
    }

    private static void checkCrc(String what, int stored, ByteBuffer bytes) {
        int actual = crc(bytes);
        if (stored != actual) {
            throw new MalformedException("checksum of its " + what + " is " + Integer.toHexString(stored)
                    + ", but the bytes give " + Integer.toHexString(actual));
        }
    }

    private static int crc(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue();
    }
}
