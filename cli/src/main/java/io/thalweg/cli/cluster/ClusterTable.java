package io.thalweg.cli.cluster;

import io.thalweg.cli.api.Access;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Output;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** A command that shows the cluster, once or again and again. */
abstract class ClusterTable implements Callable<Integer> {
    private static final Duration EVERY = Duration.ofSeconds(1);

    /** Clears the screen and goes to its first line, as terminals understand it. */
    private static final String CLEAR = "\u001b[H\u001b[2J";

    @Mixin
    private final Access access = new Access();

    @Mixin
    private final Output output = new Output();

    @Option(names = "--watch", description = "Show it again every second, until interrupted.")
    private boolean watch;

    /** Shows what {@code GET /operator/cluster} answered. */
    abstract void show(JsonNode cluster, Output to);

    @Override
    public final Integer call() throws Exception {
        try (Api api = access.openAsOperator()) {
            while (true) {
                JsonNode cluster = api.get("/operator/cluster");
                if (watch && !output.isJson()) {
                    output.out().print(CLEAR);
                }
                show(cluster, output);
                output.out().flush();
                if (!watch) {
                    return 0;
                }
                Thread.sleep(EVERY);
            }
        }
    }
}
