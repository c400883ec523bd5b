package io.thalweg.ledger.store;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.Checksum;
import io.thalweg.model.MalformedException;
import io.thalweg.ports.disk.AtomicFile;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.Disk;
import io.thalweg.ports.disk.Disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;

/**
 * The file that completes a checkpoint: what is needed to read back the records that no run has, and the orphans.
 *
 * @param from the first slot that no run has
 * @param count records in all
 * @param checksums CRC-32C of each block of records from {@code from} on, the last one perhaps not full
 * @param orphans low half and high half of each id
 */
record Tail(long from, long count, int[] checksums, long[] orphans) {
    private static final int MAGIC = 0x4c545754; // "TWTL"
    private static final int VERSION = 1;

    static Path path(Path directory, String name, long serial) {
        return directory.resolve(String.format("%s-%012d.tail", name, serial));
    }

    /** Writes the file and makes it durable. */
    void write(Disk disk, Path path, long serial) throws IOException {
        BinaryWriter out = new BinaryWriter(64 + 4 * checksums.length + 8 * orphans.length);
        out.i32(MAGIC).i32(0).i32(VERSION).i64(serial).i64(from).i64(count);
        out.i32(checksums.length).i32s(checksums, checksums.length);
        out.i32(orphans.length);
        for (long half : orphans) {
            out.i64(half);
        }
        ByteBuffer bytes = out.toByteBuffer();
        bytes.putInt(4, new Checksum().of(bytes, 8, bytes.limit() - 8));
        AtomicFile.write(disk, path, bytes);
    }

    /** Reads the file that a manifest names. */
    static Tail read(Disk disk, Path path, Manifest manifest) throws IOException {
        if (!disk.exists(path)) {
            throw new CorruptionException(path, 0, "the file is missing");
        }
        ByteBuffer bytes;
        try (DiskFile file = disk.open(path)) {
            bytes = ByteBuffer.allocate(Math.toIntExact(file.size())).order(ByteOrder.LITTLE_ENDIAN);
            var _ = file.read(0, bytes);
        }
        bytes.flip();
        if (bytes.limit() < 8
                || bytes.getInt(0) != MAGIC
                || bytes.getInt(4) != new Checksum().of(bytes, 8, bytes.limit() - 8)) {
            throw new CorruptionException(path, 0, "the magic or the checksum is wrong");
        }
        try {
            BinaryReader in = new BinaryReader(bytes.position(8));
            int version = in.i32();
            if (version != VERSION || in.i64() != manifest.tail()) {
                throw new MalformedException("version " + version + " or another number");
            }
            long from = in.i64();
            long count = in.i64();
            int[] checksums = in.i32s(in.i32());
            long[] orphans = new long[in.count(8)];
            for (int i = 0; i < orphans.length; i++) {
                orphans[i] = in.i64();
            }
            in.end();
            if (from != manifest.to() || count != manifest.count()) {
                throw new MalformedException("has slots " + from + " to " + count + " instead of " + manifest.to()
                        + " to " + manifest.count());
            }
            return new Tail(from, count, checksums, orphans);
        } catch (MalformedException e) {
            throw new CorruptionException(path, 8, "the tail: " + e.getMessage());
        }
    }
}
