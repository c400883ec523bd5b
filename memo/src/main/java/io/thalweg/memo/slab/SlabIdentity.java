package io.thalweg.memo.slab;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.Checksum;
import io.thalweg.ports.disk.AtomicFile;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.Disk;
import io.thalweg.ports.disk.Disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * Who a slab is, and how often it was started. It survives restarts with the disk; a slab whose disk was lost comes back as
 * somebody else, so that nobody counts on what it had.
 *
 * @param starts grows by one with each opening
 */
public record SlabIdentity(UUID id, long starts) {
    private static final int MAGIC = 0x49535754; // "TWSI", little-endian
    private static final int VERSION = 1;
    private static final int BYTES = 8 + 1 + 16 + 8;

    /** Reads who lives in a directory, counts the start, durably; makes somebody new when nobody does. */
    public static SlabIdentity open(Disk disk, Path directory, Supplier<UUID> fresh) throws IOException {
        disk.createDirectories(directory);
        Path file = directory.resolve("SLAB");
        SlabIdentity before = disk.exists(file) ? read(disk, file) : new SlabIdentity(fresh.get(), 0);
        SlabIdentity now = new SlabIdentity(before.id, before.starts + 1);
        AtomicFile.write(disk, file, ByteBuffer.wrap(now.encode()));
        return now;
    }

    private byte[] encode() {
        byte[] content =
                new BinaryWriter(BYTES).u8(VERSION).uuid(id).i64(starts).toByteArray();
        return new BinaryWriter(BYTES)
                .i32(MAGIC)
                .i32(new Checksum().of(content, 0, content.length))
                .raw(content)
                .toByteArray();
    }

    private static SlabIdentity read(Disk disk, Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(BYTES);
        try (DiskFile source = disk.open(file)) {
            if (source.size() != BYTES || source.read(0, bytes) != BYTES) {
                throw new CorruptionException(file, 0, "has " + source.size() + " bytes, expected " + BYTES);
            }
        }
        BinaryReader in = new BinaryReader(bytes.array());
        if (in.i32() != MAGIC || in.i32() != new Checksum().of(bytes.array(), 8, BYTES - 8)) {
            throw new CorruptionException(
                    file,
                    0,
                    "is not what was written; delete it, and the slab begins as somebody else with the memos that it"
                            + " has");
        }
        int version = in.u8();
        if (version != VERSION) {
            throw new CorruptionException(file, 8, "is of version " + version + ", this build knows " + VERSION);
        }
        return new SlabIdentity(in.uuid(), in.i64());
    }
}
