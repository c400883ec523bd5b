package io.thalweg.bench.ledger;

import io.thalweg.bench.load.Children;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** A load generator in a JVM of its own; see {@link LedgerLoad}. One run at a time. */
public final class LedgerLoadProcess implements AutoCloseable {
    private final Process process;
    private final BufferedReader answers;
    private final Writer orders;
    private final Path errors;

    /** Starts {@code command}, which must run {@link LedgerLoad#serve}; its standard error goes to {@code errors}. */
    public LedgerLoadProcess(List<String> command, Path errors) throws IOException {
        this.errors = errors;
        process = Children.watched(
                new ProcessBuilder(command).redirectError(errors.toFile()).start());
        answers = process.inputReader(StandardCharsets.UTF_8);
        orders = process.outputWriter(StandardCharsets.UTF_8);
    }

    public LedgerResult run(LedgerRun run, String target) throws IOException {
        orders.write(run.encode() + " " + target + "\n");
        orders.flush();
        String answer = answers.readLine();
        if (answer == null || !answer.startsWith("measured ")) {
            throw new IOException("the load generator answered " + answer + "; see " + errors);
        }
        return LedgerResult.decode(answer.split(" ", -1), 1);
    }

    @Override
    public void close() throws IOException {
        orders.close();
        process.destroy();
    }
}
