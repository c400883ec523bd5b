package io.thalweg.cli.view;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "skip",
        description = "Pass over the event at which a view is parked; it goes to the dead-letter log.",
        mixinStandardHelpOptions = true)
final class ViewSkip implements Callable<Integer> {
    @Mixin
    private final ViewTarget target = new ViewTarget();

    @Option(names = "--sequence", required = true, paramLabel = "N", description = "The event's sequence.")
    private long sequence;

    @Option(names = "--partition", paramLabel = "P", description = "Partition of a view in Java (default: 0).")
    private @Nullable Integer partition;

    @Override
    public Integer call() throws Exception {
        return target.act(
                "skip?sequence=" + sequence + (partition == null ? "" : "&partition=" + partition),
                "skipped " + sequence + " of " + target.name());
    }
}
