package io.thalweg.cli.node;

import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Column;
import io.thalweg.cli.terminal.Failure;
import io.thalweg.cli.terminal.Output;
import io.thalweg.cli.terminal.Progress;
import io.thalweg.server.data.DataReport;
import io.thalweg.server.data.DataVerifier;
import io.thalweg.server.data.DirectoryLock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ArrayNode;

/**
 * Reads every byte that a stopped node keeps, says what is wrong with it, what is lost and what brings it back, and whether a
 * start would refuse. Changes nothing.
 */
@Command(
        name = "verify",
        description = "Check all files of a stopped node, and whether it would start.",
        mixinStandardHelpOptions = true)
public final class VerifyCommand implements Callable<Integer> {
    @Mixin
    private final Output output = new Output();

    @Parameters(paramLabel = "DIR", description = "The node's data directory.")
    private Path data = Path.of("");

    @Override
    public Integer call() throws Exception {
        Path shards = data.resolve("shards");
        if (!Files.isDirectory(shards)) {
            throw new Failure(data + " is no node's data directory: it has no folder shards");
        }
        DataReport report;
        try (DirectoryLock _ = DirectoryLock.take(data);
                Progress progress = Progress.of("verifying", journalBytes(shards), output.isJson())) {
            report = DataVerifier.verify(data, (done, _) -> progress.at(done));
        }
        ArrayNode rows = Api.JSON.createArrayNode();
        for (DataReport.ShardReport shard : report.shards()) {
            rows.addObject()
                    .put("shard", shard.shard())
                    .put("segments", shard.segments())
                    .put("frames", shard.frames())
                    .put("indexed_events", shard.events())
                    .put("bytes", shard.bytes())
                    .put("snapshots", shard.snapshots())
                    .put("ledgers", shard.ledgers())
                    .put("view_files", report.viewFiles())
                    .put("problems", report.findings().size())
                    .put("starts", report.refusal().isEmpty());
        }
        output.table(
                rows,
                List.of(
                        Column.of("SHARD", "shard"),
                        Column.of("SEGMENTS", "segments"),
                        Column.of("FRAMES", "frames"),
                        Column.of("INDEXED EVENTS", "indexed_events"),
                        Column.of("BYTES", "bytes"),
                        Column.of("SNAPSHOTS", "snapshots"),
                        Column.of("LEDGERS", "ledgers"),
                        Column.of("VIEW FILES", "view_files"),
                        Column.of("PROBLEMS", "problems"),
                        Column.of("STARTS", "starts")));
        print(report);
        return report.findings().isEmpty() && report.refusal().isEmpty() ? 0 : 1;
    }

    private void print(DataReport report) {
        report.notes().forEach(note -> output.err().println("note: " + note));
        for (DataReport.Finding finding : report.findings()) {
            output.err().println("damaged: " + finding);
            output.err().println("  lost: " + finding.part().lost());
            output.err().println("  brings it back: " + finding.part().remedy());
        }
        report.refusal().ifPresent(why -> output.err().println("the node would not start: " + why));
    }

    private static long journalBytes(Path shards) throws IOException {
        try (Stream<Path> files = Files.walk(shards)) {
            long bytes = 0;
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".seg")).toList()) {
                bytes += Files.size(file);
            }
            return bytes;
        }
    }
}
