package io.thalweg.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.bench.node.ReadyProcess;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The test suite that each npm release of TigerBeetle's client ships, unchanged, against {@code ./thalweg dev}. */
class NodeClientsIT {
    private static final int SUITE_SECONDS_MAX = 180;

    @TempDir
    private Path directory = Path.of("");

    @ParameterizedTest
    @EnumSource
    void theClientsOwnSuitePasses(NodeClientRelease release) throws Exception {
        Path client = release.fetched();
        Path log = directory.resolve("suite.log");
        try (ReadyProcess node = DevProcess.start(directory)) {
            ProcessBuilder suite = new ProcessBuilder("node", "dist/test.js")
                    .directory(client.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(Redirect.to(log.toFile()));
            suite.environment().put("TB_ADDRESS", node.ready().get("ledger").asString());
            Process running = suite.start();
            boolean ended = running.waitFor(SUITE_SECONDS_MAX, TimeUnit.SECONDS);
            running.destroyForcibly();
            String output = Files.readString(log);
            assertThat(ended).as("the suite ends:%n%s", output).isTrue();
            assertThat(running.exitValue()).as(output).isZero();
            assertThat(output.lines().filter(line -> line.endsWith(": PASSED")))
                    .as(output)
                    .hasSize(release.tests());
        }
    }
}
