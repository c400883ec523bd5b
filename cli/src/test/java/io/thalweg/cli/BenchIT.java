package io.thalweg.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.tigerbeetle.Client;
import io.thalweg.bench.etcd.EtcdServers;
import io.thalweg.cli.api.Api;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** {@code thalweg bench} with little to do and without peers that come from afar: that benchmarks run and count what they say, not how fast anything is. */
class BenchIT {
    @TempDir
    private Path directory = Path.of("");

    private record Ran(JsonNode report, String said) {}

    private Ran bench(String... arguments) throws Exception {
        Path json = directory.resolve("out.json");
        List<String> command = new ArrayList<>(List.of(
                DevProcess.REPOSITORY.resolve("thalweg").toString(),
                "bench",
                arguments[0],
                "--work",
                directory.toString(),
                "--json",
                json.toString()));
        command.addAll(List.of(arguments).subList(1, arguments.length));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        return new Ran(Api.JSON.readTree(Files.readString(json)), said);
    }

    @Test
    void aPipelineCountsWhatIsSentToItAndReadsAreCompared() throws Exception {
        Ran ran = bench(
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
                "1");
        assertThat(ran.report.path("results")).as(ran.said).hasSize(1).allSatisfy(row -> {
            assertThat(row.path("eventsPerSecond").path(0).asDouble()).isPositive();
            assertThat(row.path("probes").asLong()).isPositive();
        });
        assertThat(ran.report.path("reads")).as(ran.said).hasSize(2);
    }

    /** The jars of the official client, as the benchmark would fetch them. */
    private void ledgerJars() throws Exception {
        Path jars = Files.createDirectories(directory.resolve("ledger-jars"));
        for (Class<?> type : List.of(Client.class, Histogram.class)) {
            Path jar = Path.of(
                    type.getProtectionDomain().getCodeSource().getLocation().toURI());
            Files.createSymbolicLink(jars.resolve(jar.getFileName()), jar);
        }
        Files.createFile(jars.resolve("complete"));
    }

    @Test
    void threeNodesAreComparedWithTheLoneNodeAtTransfersAndReadAfterWriteAndThreeOfEtcdWrite() throws Exception {
        ledgerJars();
        Ran ran = bench(
                "cluster",
                "--systems",
                "etcd-3",
                "--cases",
                "one-100",
                "--rounds",
                "1",
                "--seconds",
                "1",
                "--warm-up",
                "0",
                "--transfers",
                "1");
        if (EtcdServers.program().isPresent()) {
            assertThat(ran.report.path("results"))
                    .as(ran.said)
                    .hasSize(1)
                    .allSatisfy(row -> assertThat(
                                    row.path("eventsPerSecond").path(0).asDouble())
                            .isPositive());
        } else {
            assertThat(ran.said).contains("there is no etcd on PATH");
        }
        assertThat(ran.report.path("ledger")).as(ran.said).hasSize(4).allSatisfy(row -> {
            assertThat(row.path("perSecond").asDouble()).isPositive();
            assertThat(row.path("serverCpuNsPerEntry").asDouble()).isPositive();
        });
        assertThat(ran.report.path("readAfterWrite"))
                .as(ran.said)
                .hasSize(3)
                .allSatisfy(row -> assertThat(row.path("pairs").asLong()).isPositive());
    }
}
