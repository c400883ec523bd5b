package io.thalweg.cli.node;

import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Column;
import io.thalweg.cli.terminal.Failure;
import io.thalweg.cli.terminal.Output;
import io.thalweg.cli.terminal.Progress;
import io.thalweg.log.Verifier;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.FileDisk;
import io.thalweg.raft.RaftLogInspector;
import io.thalweg.server.data.DirectoryLock;
import io.thalweg.shard.StateVerifier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Reads every byte that a stopped node keeps, and says what is wrong with it. Changes nothing. */
@Command(
        name = "verify",
        description = "Check all checksums and hash chains of a stopped node's data.",
        mixinStandardHelpOptions = true)
public final class VerifyCommand implements Callable<Integer> {
    @Mixin
    private final Output output = new Output();

    @Parameters(paramLabel = "DIR", description = "The node's data directory.")
    private Path data = Path.of("");

    /** What is wrong, and what is worth knowing though it is not. */
    private record Findings(List<String> problems, List<String> notes) {}

    @Override
    public Integer call() throws Exception {
        Path shards = data.resolve("shards");
        if (!Files.isDirectory(shards)) {
            throw new Failure(data + " is no node's data directory: it has no folder shards");
        }
        Findings findings = new Findings(new ArrayList<>(), new ArrayList<>());
        ArrayNode reports = Api.JSON.createArrayNode();
        try (DirectoryLock _ = DirectoryLock.take(data);
                Stream<Path> folders = Files.list(shards)) {
            for (Path shard : folders.sorted().toList()) {
                reports.add(verify(shard, findings));
            }
        }
        output.table(
                reports,
                List.of(
                        Column.of("SHARD", "shard"),
                        Column.of("SEGMENTS", "segments"),
                        Column.of("FRAMES", "frames"),
                        Column.of("EVENTS", "events"),
                        Column.of("BYTES", "bytes"),
                        Column.of("SNAPSHOTS", "snapshots"),
                        Column.of("RAFT ENTRIES", "raft_entries"),
                        Column.of("PROBLEMS", "problems")));
        findings.notes.forEach(note -> output.err().println("note: " + note));
        findings.problems.forEach(problem -> output.err().println("damaged: " + problem));
        return findings.problems.isEmpty() ? 0 : 1;
    }

    private ObjectNode verify(Path shard, Findings findings) throws IOException {
        int before = findings.problems.size();
        ObjectNode report = Api.JSON.createObjectNode().put("shard", String.valueOf(shard.getFileName()));
        verifyJournal(shard.resolve("journal"), report, findings);
        StateVerifier.Report state = StateVerifier.verify(new FileDisk(), shard.resolve("state"));
        report.put("snapshots", state.snapshots());
        state.problems().forEach(problem -> findings.problems.add(String.valueOf(problem.getMessage())));
        verifyRaftLog(shard, report, findings);
        return report.put("problems", findings.problems.size() - before);
    }

    private void verifyJournal(Path journal, ObjectNode report, Findings findings) throws IOException {
        Verifier.Report found;
        try (Progress progress = Progress.of("verifying", size(journal), output.isJson())) {
            found = Verifier.verify(new FileDisk(), journal, (done, _) -> progress.at(done));
        }
        report.put("segments", found.segments())
                .put("frames", found.frames())
                .put("events", found.events())
                .put("bytes", found.bytes());
        found.problems().forEach(problem -> findings.problems.add(problem.toString()));
        found.notes().forEach(note -> findings.notes.add(note.toString()));
    }

    private static void verifyRaftLog(Path shard, ObjectNode report, Findings findings) throws IOException {
        try {
            long entries = 0;
            for (RaftLogInspector.Summary summary : RaftLogInspector.verify(shard)) {
                entries += summary.entries();
                if (summary.tornBytes() > 0) {
                    findings.notes.add(shard + ": " + summary.tornBytes()
                            + " bytes of a torn entry end the consensus log; the next start cuts them");
                }
            }
            report.put("raft_entries", entries);
        } catch (CorruptionException e) {
            findings.problems.add(String.valueOf(e.getMessage()));
        }
    }

    private static long size(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            long bytes = 0;
            for (Path file : files.toList()) {
                bytes += Files.size(file);
            }
            return bytes;
        }
    }
}
