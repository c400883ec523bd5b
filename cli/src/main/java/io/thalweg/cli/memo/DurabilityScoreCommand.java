package io.thalweg.cli.memo;

import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Column;
import io.thalweg.cli.terminal.Output;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "score",
        description = {
            "Calculate the probability that a memo with given holders is lost, without a server.",
            "The file: {\"horizon_seconds\":3600, \"beat\":{\"tau\":10,\"loss\":0.05}, \"outage_rate\":…,"
                + " \"return_rate\":…, \"common_cause\":0.1, \"domains\":[{\"path\":\"global/dc1/r1\",\"rate\":…}],"
                + " \"holders\":[{\"domain\":\"global/dc1/r1\",\"lifetime_seconds\":…,\"silent_seconds\":0,\"error\":0}]}."
                + " Times in seconds, rates per second. A holder without a domain shares one with all others without,"
                + " if any domain is given."
        },
        mixinStandardHelpOptions = true)
final class DurabilityScoreCommand implements Callable<Integer> {
    private static final List<Column> SCORE =
            List.of(Column.of("LOSS", "loss"), Column.of("NINES", "nines"), Column.of("LOSS IN A YEAR", "annual_loss"));

    @Mixin
    private final Output output = new Output();

    @Parameters(paramLabel = "FILE.json", description = "What to calculate.")
    private Path file = Path.of("");

    @Override
    public Integer call() throws Exception {
        ObjectNode score =
                ScoreQuestion.parse(Api.JSON.readTree(Files.readAllBytes(file))).answer();
        output.show(score, SCORE);
        return 0;
    }
}
