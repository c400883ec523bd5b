package io.thalweg.shard.ledger;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.ports.disk.CorruptionException;
import java.nio.file.Path;

/**
 * What froze a ledger on this replica: stored bytes that are not what was written.
 *
 * @param file that has them, as seen from the folder of the shard's ledgers if it lies there
 * @param offset of the wrong bytes in the file
 * @param reason in words, with file and offset
 */
public record Damage(String file, long offset, String reason) {

    /**
     * What to do about it, to be chosen by who knows how many replicas there are. Either way the damaged replica answers nothing that
     * another would answer differently.
     */
    public enum Policy {
        /** Of a lone shard: that ledger stands still, and all others go on. */
        FREEZE,
        /** Of a replica in a group: it steps aside as a whole, since others have what it has lost. */
        STEP_ASIDE
    }

    static Damage of(Path directory, CorruptionException found) {
        Path file = found.file();
        return new Damage(
                String.valueOf(file.startsWith(directory) ? directory.relativize(file) : file),
                found.offset(),
                String.valueOf(found.getMessage()));
    }

    void write(BinaryWriter out) {
        out.text(file).i64(offset).text(reason);
    }

    static Damage read(BinaryReader in) {
        return new Damage(in.text(), in.i64(), in.text());
    }
}
