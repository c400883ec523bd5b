package io.thalweg.cli.view;

import io.thalweg.cli.api.Api;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "skip",
        description =
                "Leave out for ever the event at which a view is parked. Of a component it goes to the dead-letter"
                        + " log; of a view in Java it goes nowhere, and stays in its log.",
        mixinStandardHelpOptions = true)
final class ViewSkip implements Callable<Integer> {
    @Mixin
    private final ViewTarget target = new ViewTarget();

    @Option(names = "--sequence", required = true, paramLabel = "N", description = "The event's sequence.")
    private long sequence;

    @Option(names = "--partition", paramLabel = "P", description = "Partition of a view in Java (default: 0).")
    private @Nullable Integer partition;

    @Option(
            names = "--stream",
            paramLabel = "STREAM",
            description =
                    "Stream of a view in Java, as its status names what is parked (default: the one that waits for the"
                            + " event).")
    private @Nullable String stream;

    @Option(
            names = "--version-number",
            paramLabel = "N",
            description = "The event of this version of a view in Java, which may stand beside the one that answers.")
    private @Nullable Integer version;

    @Override
    public Integer call() throws Exception {
        return target.act(
                "skip?sequence=" + sequence
                        + (partition == null ? "" : "&partition=" + partition)
                        + (version == null ? "" : "&version=" + version)
                        + (stream == null ? "" : "&stream=" + Api.escape(stream)),
                "skipped " + sequence + " of " + target.name());
    }
}
