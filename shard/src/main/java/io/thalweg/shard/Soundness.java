package io.thalweg.shard;

import io.thalweg.log.Verifier;
import io.thalweg.log.journal.SegmentFormat;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Whether the files of a shard that is open are what was once written: segments of the journal with their indexes, and snapshots. Of ledgers'
 * files {@link io.thalweg.ledger.store.block.RestingBlocks} are checked. Made anew for each look at all of them; one thread.
 */
final class Soundness {
    private final Disk disk;
    private final long covered;
    private @Nullable Verifier journal;

    /** @param covered what the newest snapshot covers */
    Soundness(Disk disk, long covered) {
        this.disk = disk;
        this.covered = covered;
    }

    /**
     * Reads the file from beginning to end; an index is checked with its segment.
     *
     * @throws CorruptionException when a byte that counts is wrong
     */
    void require(Path file) throws IOException {
        Path folder = Objects.requireNonNull(file.getParent());
        if (folder.endsWith("state")) {
            Snapshots.requireWhole(disk, file);
        } else if (folder.endsWith("journal")) {
            // The manifest is read with the first of them.
            Verifier verifier = journal == null ? Verifier.ofOpen(disk, folder, covered) : journal;
            journal = verifier;
            SegmentFormat.Name name = SegmentFormat.parse(file);
            if (name != null && name.segment()) {
                List<Verifier.Problem> problems = verifier.check(name.base());
                if (!problems.isEmpty()) {
                    throw problems.getFirst().toException();
                }
            }
        }
    }
}
