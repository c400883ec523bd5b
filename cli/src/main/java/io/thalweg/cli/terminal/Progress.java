package io.thalweg.cli.terminal;

import java.io.Console;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import org.jspecify.annotations.Nullable;

/** A progress bar on standard error for long work, only when a person is watching. */
public final class Progress implements AutoCloseable {
    private final @Nullable ProgressBar bar;

    private Progress(@Nullable ProgressBar bar) {
        this.bar = bar;
    }

    /** A bar over {@code total} bytes; none when output is for scripts or goes to no terminal. */
    @SuppressWarnings("SystemConsoleNull") // it is null where the JDK was told to have no console
    public static Progress of(String task, long total, boolean quiet) {
        Console console = System.console();
        boolean watched = console != null && console.isTerminal();
        return new Progress(
                quiet || !watched
                        ? null
                        : new ProgressBarBuilder()
                                .setTaskName(task)
                                .setInitialMax(total)
                                .setUnit("KiB", 1024)
                                .build());
    }

    /** A bar that counts things of which nobody knows how many there are. */
    @SuppressWarnings("SystemConsoleNull")
    public static Progress counting(String task, String unit, boolean quiet) {
        Console console = System.console();
        boolean watched = console != null && console.isTerminal();
        return new Progress(
                quiet || !watched
                        ? null
                        : new ProgressBarBuilder()
                                .setTaskName(task)
                                .setInitialMax(-1)
                                .setUnit(" " + unit, 1)
                                .build());
    }

    public void at(long position) {
        if (bar != null) {
            bar.stepTo(position);
        }
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }
}
