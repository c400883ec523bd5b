package io.thalweg.bench.load;

import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * How a {@link LoadProcess} is told what to do: a line of words on standard input, of which each is answered with a line on standard output, {@code
 * measured RESULT} or {@code failed WHY}. The process lives as long as its input, so that a second round meets warm code in every system.
 */
public final class Orders {
    private Orders() {}

    /** What is made of an order. */
    @FunctionalInterface
    public interface Work {
        /** The result, in one line. */
        String measure(String[] words) throws Exception;
    }

    /** Serves until standard input ends; one order at a time. */
    public static void serve(Work work) throws IOException {
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        // Client libraries like to write to standard output, which belongs to the protocol here.
        System.setOut(System.err);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            try {
                out.println("measured " + work.measure(line.split(" ", -1)));
            } catch (Exception e) {
                e.printStackTrace(System.err);
                out.println("failed " + e);
            }
        }
    }
}
