package io.thalweg.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/** Durability as a number, also where no server runs. */
@Command(
        name = "durability",
        description = "Calculate how likely a memo survives.",
        mixinStandardHelpOptions = true,
        subcommands = DurabilityCommand.Score.class)
final class DurabilityCommand {
    private static final List<Column> SCORE =
            List.of(Column.of("LOSS", "loss"), Column.of("NINES", "nines"), Column.of("LOSS IN A YEAR", "annual_loss"));

    @Command(
            name = "score",
            description = {
                "Calculate the probability that a memo with given holders is lost, without a server.",
                "The file: {\"horizon_seconds\":3600, \"beat\":{\"tau\":10,\"loss\":0.05}, \"outage_rate\":…,"
                    + " \"return_rate\":…, \"common_cause\":0.1,"
                    + " \"domains\":[{\"path\":\"global/dc1/r1\",\"rate\":…}],"
                    + " \"holders\":[{\"domain\":\"global/dc1/r1\",\"lifetime_seconds\":…,\"silent_seconds\":0,\"error\":0}]}."
                    + " Times in seconds, rates per second. A holder without a domain shares one with all others"
                    + " without, if any domain is given."
            },
            mixinStandardHelpOptions = true)
    static final class Score implements Callable<Integer> {
        @Mixin
        private final Output output = new Output();

        @Parameters(paramLabel = "FILE.json", description = "What to calculate.")
        private Path file = Path.of("");

        @Override
        public Integer call() throws Exception {
            ObjectNode score = ScoreQuestion.parse(Api.JSON.readTree(Files.readAllBytes(file)))
                    .answer();
            output.show(score, SCORE);
            return 0;
        }
    }
}
