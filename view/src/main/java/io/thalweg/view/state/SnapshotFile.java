package io.thalweg.view.state;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.LogId;
import io.thalweg.model.MalformedException;
import io.thalweg.model.StreamId;
import io.thalweg.model.ViewId;
import io.thalweg.ports.disk.AtomicFile;
import io.thalweg.ports.disk.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The file that holds one snapshot of a view without an index. Little-endian:
 *
 * <pre>
 * header  u32 magic "TWVS" · u16 format (2) · view 16 bytes · i32 version · u8 n · n bytes component hash
 *         · header of {@link SavedState} · i32 length of state · u32 CRC-32C of the header so far
 * body    state · u32 CRC-32C of the state
 * </pre>
 *
 * The file ends with the body. Format 1 is read as well; it differs in what {@link SavedState} says.
 */
public final class SnapshotFile {
    private static final int MAGIC = 0x53565754;
    private static final int FORMAT_OF_ONE_STREAM = 1;
    private static final int FORMAT = 2;

    /** More than any header has. */
    private static final int HEADER_BYTES_MAX = 128 << 10;

    private static final int CRC_BYTES = 4;

    /** For who only wants to know whether a file is whole. */
    private static final StreamId SOME_STREAM = StreamId.of(new LogId(new UUID(0, 0)));

    private SnapshotFile() {}

    /** Whose state a file holds. */
    public record Owner(ViewId view, int version, byte[] componentHash, StreamId stream) {}

    /** Writes a whole file, durably, or none. */
    static void write(Disk disk, Path file, Owner owner, SavedState state) throws IOException {
        BinaryWriter header = new BinaryWriter()
                .i32(MAGIC)
                .u16(FORMAT)
                .uuid(owner.view().value())
                .i32(owner.version())
                .u8(owner.componentHash().length)
                .raw(owner.componentHash());
        state.writeHeader(header);
        header.i32(state.guest().length);
        header.i32(crc(header.toByteBuffer()));
        ByteBuffer body = ByteBuffer.wrap(state.guest());
        ByteBuffer trailer =
                new BinaryWriter(CRC_BYTES).i32(crc(body.duplicate())).toByteBuffer();
        AtomicFile.write(disk, file, header.toByteBuffer(), body, trailer);
    }

    /** Reads a file; throws {@link MalformedException} with the reason when it is not whole or not this owner's. */
    static SavedState read(Disk disk, Path file, Owner owner) throws IOException {
        return readOf(disk, file, owner);
    }

    /** Reads a file whoever it is of; throws {@link MalformedException} with the reason when it is not whole. */
    static void check(Disk disk, Path file) throws IOException {
        var _ = readOf(disk, file, null);
    }

    private static SavedState readOf(Disk disk, Path file, @Nullable Owner owner) throws IOException {
        try (Disk.DiskFile in = disk.open(file)) {
            long size = in.size();
            ByteBuffer head = ByteBuffer.allocate((int) Math.min(size, HEADER_BYTES_MAX));
            in.read(0, head);
            BinaryReader reader = new BinaryReader(head.flip());
            SavedState state = header(reader, head, owner);
            int length = reader.i32();
            int headerBytes = reader.position();
            checkCrc("header", reader.i32(), head.duplicate().position(0).limit(headerBytes));
            long expected = headerBytes + CRC_BYTES + (long) length + CRC_BYTES;
            if (length < 0 || size != expected) {
                throw new MalformedException(
                        "is " + size + " bytes long, but its header tells of a state of " + length + " bytes");
            }
            ByteBuffer body = ByteBuffer.allocate(length + CRC_BYTES);
            in.read(headerBytes + CRC_BYTES, body);
            if (body.hasRemaining()) {
                throw new MalformedException("ends " + body.remaining() + " bytes too early");
            }
            byte[] guest = Arrays.copyOf(body.array(), length);
            checkCrc("state", new BinaryReader(body.flip().position(length)).i32(), ByteBuffer.wrap(guest));
            return state.withGuest(guest);
        }
    }

    private static SavedState header(BinaryReader reader, ByteBuffer whole, @Nullable Owner owner) {
        if (whole.remaining() < Integer.BYTES || reader.i32() != MAGIC) {
            throw new MalformedException("does not start like a snapshot");
        }
        int format = reader.u16();
        if (format != FORMAT && format != FORMAT_OF_ONE_STREAM) {
            throw new MalformedException("has format " + format + ", this program knows 1 and " + FORMAT);
        }
        ViewId view = new ViewId(reader.uuid());
        int version = reader.i32();
        byte[] hash = reader.raw(reader.u8());
        if (owner != null
                && (!view.equals(owner.view())
                        || version != owner.version()
                        || !Arrays.equals(hash, owner.componentHash()))) {
            throw new MalformedException("is of view " + view + " version " + version + " or of other code");
        }
        return format == FORMAT
                ? SavedState.readHeader(reader)
                : SavedState.readHeaderOfOneStream(reader, owner == null ? SOME_STREAM : owner.stream());
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
