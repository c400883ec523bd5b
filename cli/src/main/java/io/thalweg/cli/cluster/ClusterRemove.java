package io.thalweg.cli.cluster;

import io.thalweg.cli.api.Access;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Output;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Takes a node out. */
@Command(
        name = "remove",
        description = "Take a node that was drained out of the cluster, for good. Says what only its slab holds.",
        mixinStandardHelpOptions = true)
final class ClusterRemove implements Callable<Integer> {
    @Mixin
    private final Access access = new Access();

    @Mixin
    private final Output output = new Output();

    @Parameters(index = "0", paramLabel = "NODE", description = "Who goes; its name is used up then.")
    private String node = "";

    @Override
    public Integer call() throws Exception {
        try (Api api = access.openAsOperator()) {
            output.err().println(WithoutNode.said(api, access, node));
            var done = api.post(
                    "/operator/cluster/remove", Api.JSON.createObjectNode().put("node_id", node));
            output.say(node + " is " + done.path("state").asString(), done);
            return 0;
        }
    }
}
