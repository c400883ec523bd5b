package io.thalweg.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.cli.api.Api;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** {@code thalweg bench kill --nodes 3} with two kills: producers of the Java client go on whoever leads, and the recount finds all of theirs once. */
class LeaderKillsBenchIT {
    @TempDir
    private Path directory = Path.of("");

    @Test
    void producersGoOnWhenTheLeaderIsKilledAndNothingOfTheirsIsLostOrTwice() throws Exception {
        Path json = directory.resolve("out.json");
        Process process = new ProcessBuilder(List.of(
                        DevProcess.REPOSITORY.resolve("thalweg").toString(),
                        "bench",
                        "kill",
                        "--nodes",
                        "3",
                        "--kills",
                        "2",
                        "--writers",
                        "3",
                        "--work",
                        directory.toString(),
                        "--json",
                        json.toString()))
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        JsonNode report = Api.JSON.readTree(Files.readString(json));
        assertThat(report.path("problems").asInt(-1)).as(said).isZero();
        assertThat(report.path("acknowledged").asLong()).as(said).isPositive();
        assertThat(report.path("kills"))
                .as(said)
                .hasSize(2)
                .allSatisfy(kill -> assertThat(kill.path("slowestWriterNs").asLong())
                        .isGreaterThanOrEqualTo(kill.path("silenceNs").asLong())
                        .isPositive());
    }
}
