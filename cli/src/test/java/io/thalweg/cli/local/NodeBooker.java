package io.thalweg.cli.local;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.bench.load.Children;
import io.thalweg.cli.NodeClientRelease;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Books transfers with the official client for Node.js, which knows all nodes and is told nothing of what happens to them; {@code booker.js} is the process. */
final class NodeBooker implements AutoCloseable {
    private final Process process;
    private final Thread reading;
    private volatile long booked;
    private volatile long debits = -1;
    private volatile String other = "";

    private NodeBooker(Process process) {
        this.process = process;
        reading = Thread.ofPlatform().daemon().name("node-booker").start(this::read);
    }

    /** @param addresses of the ledger, at all nodes */
    static NodeBooker start(NodeClientRelease release, List<String> addresses, Path log)
            throws IOException, InterruptedException {
        try {
            Path script = Path.of(Objects.requireNonNull(NodeBooker.class.getResource("booker.js"))
                    .toURI());
            ProcessBuilder command = new ProcessBuilder(
                    "node",
                    script.toString(),
                    release.fetched().toAbsolutePath().toString(),
                    String.join(",", addresses));
            return new NodeBooker(Children.watched(
                    command.redirectError(Redirect.appendTo(log.toFile())).start()));
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    private void read() {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (@Nullable String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("booked ")) {
                    booked = Long.parseLong(line.substring("booked ".length()));
                } else if (line.startsWith("debits ")) {
                    debits = Long.parseLong(line.substring("debits ".length()));
                } else {
                    other = line;
                }
            }
        } catch (IOException e) {
            other = e.toString();
        }
    }

    /** How many transfers it was told are booked. */
    long booked() {
        assertThat(process.isAlive()).as("the booker goes on: %s", other).isTrue();
        return booked;
    }

    /** Has it end, and returns what the account has that is debited with each. */
    long end() throws IOException, InterruptedException {
        process.getOutputStream().close();
        assertThat(process.waitFor(NodesByHand.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                .as("it ends when it is told to")
                .isTrue();
        reading.join();
        assertThat(other).isEmpty();
        assertThat(debits).as("each transfer is counted once").isEqualTo(booked);
        return debits;
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
