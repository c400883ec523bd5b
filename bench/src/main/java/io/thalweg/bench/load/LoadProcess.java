package io.thalweg.bench.load;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A load generator in a JVM of its own: {@link LoadWorker}, or one that answers orders in the same way. One measurement at a time. */
public final class LoadProcess implements AutoCloseable {
    private final Process process;
    private final BufferedReader answers;
    private final Writer orders;
    private final Path errors;

    /** Starts {@code command}, which must answer each line it reads with one line; its standard error goes to {@code errors}. */
    public LoadProcess(List<String> command, Path errors) throws IOException {
        this.errors = errors;
        process = Children.watched(
                new ProcessBuilder(command).redirectError(errors.toFile()).start());
        answers = process.inputReader(StandardCharsets.UTF_8);
        orders = process.outputWriter(StandardCharsets.UTF_8);
    }

    public Measured run(Pattern pattern, String target, Duration warmUp, Duration measured) throws IOException {
        String order = pattern.encode() + " " + warmUp.toMillis() + " " + measured.toMillis() + " " + target;
        return Measured.decode(measure(order), 1);
    }

    /** Gives one order, a line, and returns the words of the answer, of which the first is {@code measured}. */
    public String[] measure(String order) throws IOException {
        orders.write(order + "\n");
        orders.flush();
        String answer = answers.readLine();
        if (answer == null || !answer.startsWith("measured ")) {
            throw new IOException("the load generator answered " + answer + "; see " + errors);
        }
        return answer.split(" ", -1);
    }

    @Override
    public void close() throws IOException {
        orders.close();
        process.destroy();
    }
}
