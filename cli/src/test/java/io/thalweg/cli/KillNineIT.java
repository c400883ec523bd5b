package io.thalweg.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.bench.kill.KillNine;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the platform is for: real processes, real load, {@code kill -9}, and nothing that was acknowledged is lost. */
class KillNineIT {
    /** More with {@code -Dthalweg.kills=N}: each takes some four seconds. */
    private static final int KILLS = Integer.getInteger("thalweg.kills", 8);

    private static final int WRITERS = 8;

    @TempDir
    private Path directory = Path.of("");

    @Test
    void killsUnderLoadLoseNothingAcknowledgedAndTheViewEqualsARecount() throws Exception {
        Path data = directory.resolve("data");
        long seed = Long.getLong("seed", System.nanoTime());
        KillNine.Outcome outcome = new KillNine(
                        DevProcess.REPOSITORY.resolve("thalweg"),
                        data,
                        Files.readAllBytes(DevProcess.REPOSITORY.resolve("examples/views/counter-c.wasm")),
                        KILLS,
                        WRITERS,
                        seed)
                .run(System.out);

        assertThat(outcome.problems()).as("seed %d", seed).isEmpty();
        assertThat(outcome.acknowledged()).as("events under load").isPositive();

        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int status =
                Main.commandLine(new PrintWriter(out), new PrintWriter(err)).execute("verify", data.toString());
        assertThat(status).as("verify: %s%s", out, err).isZero();
    }
}
