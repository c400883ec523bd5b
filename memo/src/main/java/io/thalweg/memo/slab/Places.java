package io.thalweg.memo.slab;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.Checksum;
import io.thalweg.model.MalformedException;
import io.thalweg.ports.disk.AtomicFile;
import io.thalweg.ports.disk.Disk;
import io.thalweg.ports.disk.Disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Up to where the lists of peers are known, kept over a start, so that a slab that was away reads of each list what came meanwhile. What is kept may be
 * behind, never ahead of what was forced; whatever else is wrong with it (a peer that came back with an older disk, a tenant that was not served
 * before) shows in readings that bring nothing, after which a list is read from its beginning. A file that cannot be read counts as none.
 *
 * <pre>
 * PLACES := "TWPL" crc version:u8=1 count:u32 {peer:16 number:i64}
 * </pre>
 */
final class Places {
    private static final String FILE = "PLACES";
    private static final int MAGIC = 0x4c505754; // "TWPL", little-endian
    private static final int VERSION = 1;
    private static final int FIXED_BYTES = 8 + 1 + 4;
    private static final int BYTES_MAX = FIXED_BYTES + Peers.MAX * 24;

    private final Disk disk;
    private final Path directory;
    /** By peer; changed by its owner, who writes it then. */
    final Map<UUID, Long> known;

    private Places(Disk disk, Path directory, Map<UUID, Long> known) {
        this.disk = disk;
        this.directory = directory;
        this.known = known;
    }

    /** @param whole whether everything is there that was when they were kept */
    static Places open(Disk disk, Path directory, boolean whole) throws IOException {
        Path file = directory.resolve(FILE);
        Map<UUID, Long> known = new TreeMap<>();
        if (whole && disk.exists(file)) {
            try (DiskFile source = disk.open(file)) {
                ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(BYTES_MAX, source.size()));
                source.read(0, bytes);
                decode(bytes.array(), known);
            } catch (MalformedException _) {
                known.clear();
            }
        }
        return new Places(disk, directory, known);
    }

    private static void decode(byte[] bytes, Map<UUID, Long> known) {
        BinaryReader in = new BinaryReader(bytes);
        if (in.i32() != MAGIC || in.i32() != new Checksum().of(bytes, 8, bytes.length - 8) || in.u8() != VERSION) {
            throw new MalformedException("no places");
        }
        for (int left = in.count(24); left > 0; left--) {
            known.put(in.uuid(), in.i64());
        }
        in.end();
    }

    /** Makes what is known now durable. */
    void write() throws IOException {
        BinaryWriter content =
                new BinaryWriter(FIXED_BYTES + known.size() * 24).u8(VERSION).i32(known.size());
        known.forEach((peer, number) -> content.uuid(peer).i64(number));
        byte[] covered = content.toByteArray();
        AtomicFile.write(
                disk,
                directory.resolve(FILE),
                ByteBuffer.wrap(new BinaryWriter(8 + covered.length)
                        .i32(MAGIC)
                        .i32(new Checksum().of(covered, 0, covered.length))
                        .raw(covered)
                        .toByteArray()));
    }
}
