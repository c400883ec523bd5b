package io.thalweg.cli.cluster;

import io.thalweg.cli.api.Access;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Output;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Makes a token by which a node joins. */
@Command(
        name = "token",
        description = "Make a token by which one node may join, once; it is shown nowhere again.",
        mixinStandardHelpOptions = true)
final class ClusterToken implements Callable<Integer> {
    @Mixin
    private final Access access = new Access();

    @Mixin
    private final Output output = new Output();

    @Parameters(index = "0", paramLabel = "NODE", description = "A name that no node of the cluster ever had.")
    private String node = "";

    @Option(
            names = "--seconds",
            paramLabel = "N",
            description = "How long it is good for (default: ${DEFAULT-VALUE}).",
            defaultValue = "3600")
    private long seconds;

    @Override
    public Integer call() throws Exception {
        try (Api api = access.openAsOperator()) {
            var made = api.post(
                    "/operator/cluster/tokens",
                    Api.JSON.createObjectNode().put("node_id", node).put("seconds", seconds));
            output.say(made.path("token").asString(), made);
            return 0;
        }
    }
}
