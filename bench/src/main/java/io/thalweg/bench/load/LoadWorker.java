package io.thalweg.bench.load;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * The inside of a load generator's JVM: reads one pattern a line from standard input, runs it, prints one line of result. Lives as
 * long as its input, so that the second round meets warm code in every system.
 */
public final class LoadWorker {
    private LoadWorker() {}

    /** Serves until standard input ends. */
    public static void serve(Sender.Factory factory) throws IOException {
        PrintStream out =
                new PrintStream(new java.io.FileOutputStream(java.io.FileDescriptor.out), true, StandardCharsets.UTF_8);
        // Client libraries like to write to standard output, which belongs to the protocol here.
        System.setOut(System.err);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] words = line.split(" ", -1);
            try {
                Measured measured = ClosedLoop.run(
                        factory,
                        Pattern.decode(words, 0),
                        words[Pattern.WORDS + 2],
                        Duration.ofMillis(Long.parseLong(words[Pattern.WORDS])),
                        Duration.ofMillis(Long.parseLong(words[Pattern.WORDS + 1])));
                out.println("measured " + measured.encode());
            } catch (Exception e) {
                e.printStackTrace(System.err);
                out.println("failed " + e);
            }
        }
    }

    /** The generators that need no foreign jar: {@code http}, {@code streams} and {@code raw}. */
    public static void main(String[] arguments) throws IOException {
        serve(
                switch (arguments.length == 1 ? arguments[0] : "") {
                    case "http" -> HttpSender::open;
                    case "streams" -> StreamsSender::open;
                    case "raw" -> RawSender::preallocated;
                    case "raw-grow" -> RawSender::growing;
                    default -> throw new IllegalArgumentException("usage: LoadWorker http|streams|raw|raw-grow");
                });
    }
}
