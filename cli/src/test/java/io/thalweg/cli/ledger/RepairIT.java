package io.thalweg.cli.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.bench.node.ReadyProcess;
import io.thalweg.cli.DevProcess;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code thalweg ledger repair} as an operator runs it: between two lives of a node. */
class RepairIT {
    @TempDir
    private Path directory = Path.of("");

    private ReadyProcess start() throws IOException {
        return DevProcess.start(directory);
    }

    private Ran thalweg(String arguments) throws Exception {
        return Ran.bash(directory, DevProcess.REPOSITORY.resolve("thalweg") + " " + arguments);
    }

    /** What a process printed on both ways and how it ended. */
    private record Ran(int status, String text) {
        static Ran bash(Path directory, String script) throws Exception {
            Process process = new ProcessBuilder("bash", "-c", script)
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .start();
            String text = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
            return new Ran(process.waitFor(), text.strip());
        }
    }

    private void done(String arguments, String expected) throws Exception {
        Ran ran = thalweg(arguments);
        assertThat(ran.status()).as("%s: %s", arguments, ran.text()).isZero();
        assertThat(ran.text()).contains(expected);
    }

    private Path cells() throws IOException {
        try (Stream<Path> all = Files.walk(directory.resolve(".thalweg/shards/0/ledgers"))) {
            return all.filter(file -> file.getFileName().toString().startsWith("cells-"))
                    .max(Path::compareTo)
                    .orElseThrow();
        }
    }

    @Test
    void aFrozenLedgerIsMadeAgainByOneCommandBetweenTwoLivesOfANode() throws Exception {
        try (ReadyProcess _ = start()) {
            done("ledger open 1 2 --unit 978 --code 10", "opened account 2");
            done("ledger transfer 1 2 250 --unit 978 --id 1001", "booked transfer 1001");
            Ran refused = thalweg("ledger repair .thalweg");
            assertThat(refused.status())
                    .as("beside a running node: %s", refused.text())
                    .isEqualTo(1);
        }
        Path file = cells();
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
            open.seek(40);
            int value = open.read();
            open.seek(40);
            open.write(value ^ 4);
        }
        try (ReadyProcess _ = start()) {
            Ran frozen = thalweg("ledger balance 1");
            assertThat(frozen.status()).isEqualTo(1);
            assertThat(frozen.text()).contains("(503)");
        }
        done("ledger repair .thalweg", "repaired: start the node again");
        done("ledger repair .thalweg", "nothing to repair");
        try (ReadyProcess _ = start()) {
            done("ledger balance 1", "250");
        }
    }
}
