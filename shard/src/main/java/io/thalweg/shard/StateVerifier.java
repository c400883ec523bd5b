package io.thalweg.shard;

import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.Disk;
import io.thalweg.shard.machine.Machine;
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

    /**
     * Does all that a start does before it applies the first entry again: loads the newest whole snapshot into the machines, opens
     * the journal and its index, and reads what would be applied. The machines stay open, for the caller to look into and to close.
     *
     * @param disk on which nothing happens, such as a {@link io.thalweg.ports.disk.TrialDisk} that is never proven
     * @throws IOException or a {@link CorruptionException} or other failure, when a start would refuse
     */
    public static void rehearse(ShardOptions options, Disk disk, List<Machine> machines) throws IOException {
        ShardReplica replica =
                new ShardReplica(options, disk, Runnable::run, Runnable::run, new MarkedReads(0), machines, _ -> {});
        replica.rehearse();
    }

    /** Reads every snapshot in the shard's folder {@code state}. */
    public static Report verify(Disk disk, Path directory) throws IOException {
        return new Snapshots(disk, directory).verify();
    }
}
