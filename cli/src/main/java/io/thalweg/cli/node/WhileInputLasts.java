package io.thalweg.cli.node;

import java.io.IOException;
import picocli.CommandLine.Option;

/** Has a process end when whoever started it does, however that ends: it holds the other end of standard input. */
final class WhileInputLasts {
    @Option(
            names = "--while-input-lasts",
            description = "Stop in order when standard input ends, as it does when who started this has ended.")
    private boolean wanted;

    /** Closes, if that is wanted, when standard input ends; does not wait. */
    void orElse(Runnable close) {
        if (wanted) {
            Thread.ofPlatform().daemon().name("input").start(() -> {
                awaitEnd();
                close.run();
            });
        }
    }

    private static void awaitEnd() {
        try {
            while (System.in.read() >= 0) {
                // What is said does not matter.
            }
        } catch (IOException e) {
            // Nobody can say any more that this should go on.
        }
    }
}
