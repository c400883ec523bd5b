package io.thalweg.cli;

import io.thalweg.bench.node.ReadyProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Starts real nodes on free ports. */
public final class DevProcess {
    public static final Path REPOSITORY = Path.of("..").toAbsolutePath().normalize();

    /** How long a start may take on a machine that does other things. */
    public static final Duration PATIENCE = Duration.ofMinutes(2);

    private DevProcess() {}

    /** {@code ./thalweg dev} in {@code directory}. */
    public static ReadyProcess start(Path directory) throws IOException {
        return start(directory, List.of(REPOSITORY.resolve("thalweg").toString(), "dev"));
    }

    /** Starts a node in {@code directory}, whose data go to its {@code .thalweg}; returns when it serves. */
    public static ReadyProcess start(Path directory, List<String> command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
        builder.environment().put("THALWEG_HTTP", "127.0.0.1:0");
        builder.environment().put("THALWEG_LEDGER_PORT", "127.0.0.1:0");
        return ReadyProcess.start(builder, directory.resolve("dev.log"), PATIENCE);
    }
}
