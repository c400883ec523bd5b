package io.thalweg.cli.cluster;

import io.thalweg.cli.api.Access;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Output;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Lets a node stay. */
@Command(
        name = "keep",
        description = "Have a node that was to be drained stay; what has gone stays where it is.",
        mixinStandardHelpOptions = true)
final class ClusterKeep implements Callable<Integer> {
    @Mixin
    private final Access access = new Access();

    @Mixin
    private final Output output = new Output();

    @Parameters(index = "0", paramLabel = "NODE", description = "Who stays.")
    private String node = "";

    @Override
    public Integer call() throws Exception {
        try (Api api = access.openAsOperator()) {
            var done = api.post(
                    "/operator/cluster/keep", Api.JSON.createObjectNode().put("node_id", node));
            output.say(node + " is " + done.path("state").asString(), done);
            return 0;
        }
    }
}
