package io.thalweg.cli.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A process of its own ends when one of its threads meets an error, and only then. */
final class FatalErrorsTest {

    /** Throws what it is asked for on one thread, and would wait for ever on another. */
    static final class Victim {
        private Victim() {}

        public static void main(String[] args) throws InterruptedException {
            FatalErrors.endTheProcess();
            Executors.newSingleThreadExecutor().execute(() -> {
                if (args[0].equals("error")) {
                    throw new StackOverflowError();
                }
                throw new IllegalStateException();
            });
            Thread.sleep(args[0].equals("error") ? 600_000 : 1000);
            System.exit(0);
        }
    }

    private static int exitCodeAfter(String what) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Victim.class.getName(),
                        what)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            assertThat(process.waitFor(120, TimeUnit.SECONDS))
                    .as("it has ended")
                    .isTrue();
            return process.exitValue();
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void anErrorOnAnyThreadEndsTheProcess() throws Exception {
        assertThat(exitCodeAfter("error")).isEqualTo(FatalErrors.EXIT_CODE);
    }

    @Test
    void anExceptionEndsItsThreadAlone() throws Exception {
        assertThat(exitCodeAfter("exception")).isZero();
    }

    @Test
    void theLauncherHasANodeEndWhenItIsOutOfMemory() throws Exception {
        String launcher = Files.readString(Path.of("..", "thalweg"));
        assertThat(launcher.lines().filter(line -> line.contains("-XX:+ExitOnOutOfMemoryError")))
                .hasSize(1);
    }
}
