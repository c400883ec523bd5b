package io.thalweg.shard;

import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Checks the snapshots of a stopped shard without changing anything. */
public final class StateVerifier {
    private StateVerifier() {}

    /**
     * What was found.
     *
     * @param snapshots how many files there are
     * @param problems one for each that is damaged
     */
    public record Report(int snapshots, List<CorruptionException> problems) {}

    /** Reads every snapshot in the shard's folder {@code state}. */
    public static Report verify(Disk disk, Path directory) throws IOException {
        return new Snapshots(disk, directory).verify();
    }
}
