package io.thalweg.ledger.store;

import io.thalweg.ledger.store.run.RunName;
import io.thalweg.ledger.store.schema.Schema;
import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.Checksum;
import io.thalweg.model.MalformedException;
import io.thalweg.ports.disk.CorruptionException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What a checkpoint names.
 *
 * @param count records
 * @param tail the serial of the file that describes what no run has
 * @param runs in the order of their slots, from 0 without a gap
 */
record Manifest(long count, long tail, List<RunName> runs) {
    private static final int MAGIC = 0x414d5754; // "TWMA"
    private static final int VERSION = 1;

    Manifest {
        runs = List.copyOf(runs);
    }

    /** The slot behind the last run's. */
    long to() {
        return runs.isEmpty() ? 0 : runs.getLast().to();
    }

    ByteBuffer encode(Schema schema) {
        BinaryWriter out = new BinaryWriter(64 + RunName.BYTES * runs.size());
        out.i32(MAGIC)
                .i32(0)
                .i32(VERSION)
                .i32(schema.recordBytes())
                .i64(count)
                .i64(tail)
                .i32(runs.size());
        for (RunName run : runs) {
            run.write(out);
        }
        ByteBuffer bytes = out.toByteBuffer();
        return bytes.putInt(4, new Checksum().of(bytes, 8, bytes.limit() - 8));
    }

    /** Decodes what is between the position and the limit of {@code bytes}. */
    static Manifest decode(ByteBuffer bytes, Schema schema, Path directory) {
        BinaryReader in = new BinaryReader(bytes);
        try {
            int magic = in.i32();
            int checksum = in.i32();
            if (magic != MAGIC || new Checksum().of(bytes, bytes.position() + 8, in.remaining()) != checksum) {
                throw new MalformedException("magic " + magic + " or checksum is wrong");
            }
            int version = in.i32();
            int recordBytes = in.i32();
            if (version != VERSION || recordBytes != schema.recordBytes()) {
                throw new MalformedException("version " + version + ", records of " + recordBytes + " bytes");
            }
            long count = in.i64();
            long tail = in.i64();
            int size = in.count(RunName.BYTES);
            List<RunName> runs = new ArrayList<>(size);
            long at = 0;
            for (int i = 0; i < size; i++) {
                RunName run = RunName.read(in);
                if (run.from() != at || run.to() < at || run.to() > count || run.blocks() < 0 || run.metaBytes() < 0) {
                    throw new MalformedException("run " + run + " at slot " + at + " of " + count);
                }
                at = run.to();
                runs.add(run);
            }
            in.end();
            return new Manifest(count, tail, runs);
        } catch (MalformedException e) {
            throw new CorruptionException(directory, 0, "the checkpoint of the records: " + e.getMessage());
        }
    }
}
