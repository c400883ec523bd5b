package io.thalweg.server.data;

import io.thalweg.directory.machine.DirectoryMachine;
import io.thalweg.directory.placement.PlacementMachine;
import io.thalweg.ledger.LedgerOptions;
import io.thalweg.ledger.store.block.BlockCache;
import io.thalweg.log.Verifier;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.FileDisk;
import io.thalweg.ports.disk.TrialDisk;
import io.thalweg.raft.RaftLogInspector;
import io.thalweg.server.auth.NodeSecrets;
import io.thalweg.server.auth.SecretFiles;
import io.thalweg.server.data.DataReport.Finding;
import io.thalweg.server.data.DataReport.Part;
import io.thalweg.server.data.DataReport.ShardReport;
import io.thalweg.shard.ShardOptions;
import io.thalweg.shard.StateVerifier;
import io.thalweg.shard.ledger.Damage;
import io.thalweg.shard.ledger.LedgerMachine;
import io.thalweg.shard.machine.Machine;
import io.thalweg.view.state.ViewFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads every file of a stopped node that has a checksum, says of each that is damaged what is lost with it and what brings it
 * back, and whether a start would refuse. For the last it does not reason but starts: the very same code opens the very same
 * files, on a disk on which nothing happens. Changes nothing.
 */
public final class DataVerifier {
    private static final long CACHE_BYTES = 16 << 20;
    private static final int SESSIONS_MAX = 10_000;

    private final Path data;
    private final Verifier.Progress progress;
    private final List<Finding> findings = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private final List<ShardReport> shards = new ArrayList<>();
    private @Nullable String refusal;
    private int placed;

    private DataVerifier(Path data, Verifier.Progress progress) {
        this.data = data;
        this.progress = progress;
    }

    /**
     * Checks a directory that the caller holds with a {@link DirectoryLock}.
     *
     * @param progress hears of the journals, which are most of it
     */
    public static DataReport verify(Path data, Verifier.Progress progress) throws IOException {
        return new DataVerifier(data, progress).run();
    }

    private DataReport run() throws IOException {
        verifySecrets();
        List<Path> places;
        try (Stream<Path> folders = Files.list(data.resolve("shards"))) {
            places = folders.sorted().toList();
        }
        for (Path place : places) {
            try (TrialDisk disk = TrialDisk.rehearsal(new FileDisk())) {
                verifyShard(disk, place);
            }
        }
        try {
            ShardFolders.find(data).requireThere(placed);
        } catch (IOException e) {
            refuses(e);
        }
        int viewFiles = verifyViews();
        return new DataReport(
                List.copyOf(shards),
                viewFiles,
                List.copyOf(findings),
                List.copyOf(notes),
                Optional.ofNullable(refusal));
    }

    private void refuses(Throwable why) {
        if (refusal == null) {
            refusal = why.getMessage() == null ? why.toString() : why.getMessage();
        }
    }

    private void found(Part part, CorruptionException e) {
        String where = e.file() + " at offset " + e.offset() + ": ";
        Finding finding = new Finding(
                part, e.file(), e.offset(), String.valueOf(e.getMessage()).replace(where, ""));
        if (!findings.contains(finding)) {
            findings.add(finding);
        }
    }

    private void verifySecrets() {
        Path secrets = data.resolve("secrets");
        try {
            var _ = NodeSecrets.read(secrets);
            Path development = data.resolve("dev.env");
            if (Files.exists(development)) {
                var _ = SecretFiles.read(development);
            }
        } catch (IOException e) {
            refuses(e);
            findings.add(new Finding(Part.SECRET, secrets, 0, String.valueOf(e.getMessage())));
        }
    }

    private void verifyShard(TrialDisk disk, Path place) throws IOException {
        Verifier.Report journal = Verifier.verify(disk, place.resolve("journal"), progress);
        journal.problems()
                .forEach(problem -> findings.add(
                        new Finding(Part.ofJournal(problem.file()), problem.file(), problem.offset(), problem.what())));
        journal.notes().forEach(note -> notes.add(note.toString()));
        StateVerifier.Report state = StateVerifier.verify(disk, place.resolve("state"));
        state.problems().forEach(problem -> found(Part.SNAPSHOT, problem));
        verifyRaftLog(ShardFolders.raft(place));
        int ledgers = rehearse(disk, place);
        shards.add(new ShardReport(
                String.valueOf(place.getFileName()),
                journal.segments(),
                journal.frames(),
                journal.events(),
                journal.bytes(),
                state.snapshots(),
                ledgers));
    }

    /** Starts the shard up to the first entry that would be applied again, and reads all that its ledgers keep. */
    private int rehearse(TrialDisk disk, Path place) throws IOException {
        try (BlockCache cache = new BlockCache(CACHE_BYTES)) {
            Path books = place.resolve("ledgers");
            LedgerMachine ledgers = new LedgerMachine(
                    disk, books, LedgerOptions.DEFAULT, cache, Runnable::run, SESSIONS_MAX, Damage.Policy.FREEZE);
            try {
                Machine first = first(place, ledgers);
                StateVerifier.rehearse(ShardOptions.in(place), disk, List.of(first, ledgers));
                if (first instanceof DirectoryMachine directory) {
                    placed = directory.current().dataShards();
                }
            } catch (CorruptionException e) {
                refuses(e);
                found(e.file().startsWith(books) ? Part.LEDGER : partOf(place, e.file()), e);
            } catch (IOException | RuntimeException e) {
                refuses(e);
            }
            ledgers.verify(damage -> found(Part.LEDGER, damage));
            ledgers.close();
            return disk.list(books).size();
        }
    }

    /** The directory's machine in shard 0, and what follows it in the others. */
    private static Machine first(Path place, LedgerMachine ledgers) {
        return place.endsWith("0") ? new DirectoryMachine(ledgers) : new PlacementMachine(ledgers);
    }

    private static Part partOf(Path place, Path file) {
        return file.startsWith(place.resolve("state")) ? Part.SNAPSHOT : Part.ofJournal(file);
    }

    private void verifyRaftLog(Path raft) throws IOException {
        if (!Files.isDirectory(raft)) {
            return;
        }
        try {
            for (RaftLogInspector.Summary summary : RaftLogInspector.verify(raft)) {
                notes.add(raft + ": the consensus log ends at entry " + summary.lastIndex() + " of term "
                        + summary.lastTerm());
                if (summary.tornBytes() > 0) {
                    notes.add(raft + ": " + summary.tornBytes()
                            + " bytes of a torn entry end the consensus log; the next start cuts them");
                }
            }
        } catch (CorruptionException e) {
            found(Part.CONSENSUS, e);
        }
    }

    private int verifyViews() throws IOException {
        Path scratch = Files.createTempDirectory("thalweg-verify");
        try (TrialDisk disk = TrialDisk.rehearsal(new FileDisk())) {
            return ViewFiles.verify(disk, data.resolve("views"), scratch, damage -> found(Part.VIEW, damage));
        } finally {
            Files.deleteIfExists(scratch);
        }
    }
}
