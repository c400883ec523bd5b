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

/** {@code thalweg bench java-views} with few events and without the peer that comes from afar: what is sent is counted after two hops. */
class JavaViewsBenchIT {
    @TempDir
    private Path directory = Path.of("");

    @Test
    void aPipelineCountsWhatIsSentToItAndReadsAreCompared() throws Exception {
        Path json = directory.resolve("out.json");
        ProcessBuilder bench = new ProcessBuilder(List.of(
                        DevProcess.REPOSITORY.resolve("thalweg").toString(),
                        "bench",
                        "java-views",
                        "--systems",
                        "thalweg",
                        "--cases",
                        "hops,reads",
                        "--events",
                        "2000",
                        "--rounds",
                        "1",
                        "--seconds",
                        "1",
                        "--work",
                        directory.toString(),
                        "--json",
                        json.toString()))
                .redirectErrorStream(true);
        Process process = bench.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        JsonNode report = Api.JSON.readTree(Files.readString(json));
        assertThat(report.path("results")).as(said).hasSize(1).allSatisfy(row -> {
            assertThat(row.path("eventsPerSecond").path(0).asDouble()).isPositive();
            assertThat(row.path("probes").asLong()).isPositive();
        });
        assertThat(report.path("reads")).as(said).hasSize(2);
    }
}
