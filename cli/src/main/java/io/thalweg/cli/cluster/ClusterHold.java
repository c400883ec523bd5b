package io.thalweg.cli.cluster;

import io.thalweg.cli.api.Access;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Output;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Stops and resumes moves. */
@Command(
        name = "hold",
        description = "Have groups stay as they are, whatever is wanted, or go on.",
        mixinStandardHelpOptions = true)
final class ClusterHold implements Callable<Integer> {
    @Mixin
    private final Access access = new Access();

    @Mixin
    private final Output output = new Output();

    @Option(names = "--off", description = "Let moves go on.")
    private boolean off;

    @Override
    public Integer call() throws Exception {
        try (Api api = access.openAsOperator()) {
            var done = api.post(
                    "/operator/cluster/hold", Api.JSON.createObjectNode().put("held", !off));
            output.say(off ? "moves go on" : "moves are held", done);
            return 0;
        }
    }
}
