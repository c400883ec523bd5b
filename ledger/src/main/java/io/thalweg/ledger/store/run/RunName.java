package io.thalweg.ledger.store.run;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import java.nio.file.Path;

/**
 * A run as a checkpoint names it, with what tells its file from any other.
 *
 * @param serial number in the file's name; grows, never used twice
 * @param level how often it was merged
 * @param from its first slot
 * @param to the slot behind its last
 * @param blocks blocks of entries, before the description that ends the file
 * @param metaBytes length of the description
 * @param metaChecksum CRC-32C of the description
 */
public record RunName(long serial, int level, long from, long to, long blocks, int metaBytes, int metaChecksum) {
    public static final int BYTES = 48;

    public static Path path(Path directory, String name, long serial) {
        return directory.resolve(String.format("%s-%012d.run", name, serial));
    }

    public void write(BinaryWriter out) {
        out.i64(serial)
                .i32(level)
                .i64(from)
                .i64(to)
                .i64(blocks)
                .i32(metaBytes)
                .i32(metaChecksum)
                .i32(0);
    }

    public static RunName read(BinaryReader in) {
        RunName name = new RunName(in.i64(), in.i32(), in.i64(), in.i64(), in.i64(), in.i32(), in.i32());
        var _ = in.i32();
        return name;
    }
}
