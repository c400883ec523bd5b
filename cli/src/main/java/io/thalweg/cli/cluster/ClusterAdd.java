package io.thalweg.cli.cluster;

import io.thalweg.cli.api.Access;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Output;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/** Makes a node a member. */
@Command(
        name = "add",
        description = "Make a node a member; it joins when it is started with cluster.join = true.",
        mixinStandardHelpOptions = true)
final class ClusterAdd implements Callable<Integer> {
    @Mixin
    private final Access access = new Access();

    @Mixin
    private final Output output = new Output();

    @Parameters(index = "0", paramLabel = "NODE", description = "A name that no node of the cluster ever had.")
    private String node = "";

    @Parameters(index = "1", paramLabel = "PEER", description = "Where other nodes reach it: HOST:PORT.")
    private String peer = "";

    @Parameters(index = "2", paramLabel = "HTTP", description = "Where it takes requests, such as http://HOST:PORT.")
    private String http = "";

    @Option(names = "--agent-url", paramLabel = "URL", description = "Where it answers operators' tools.")
    private @Nullable String agent;

    @Override
    public Integer call() throws Exception {
        try (Api api = access.openAsOperator()) {
            ObjectNode request = Api.JSON
                    .createObjectNode()
                    .put("node_id", node)
                    .put("peer", peer)
                    .put("http", http);
            if (agent != null) {
                request.put("agent", agent);
            }
            var done = api.post("/operator/cluster/add", request);
            output.say(node + " is " + done.path("state").asString(), done);
            return 0;
        }
    }
}
