package io.thalweg.cli.cluster;

import io.thalweg.cli.api.Access;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Output;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** Has one node take another's place. */
@Command(
        name = "replace",
        description = "Have a node take another's place, which may be lost: all replicas of that go to it.",
        mixinStandardHelpOptions = true)
final class ClusterReplace implements Callable<Integer> {
    @Mixin
    private final Access access = new Access();

    @Mixin
    private final Output output = new Output();

    @Parameters(index = "0", paramLabel = "NODE", description = "Who gives its replicas up, answering or not.")
    private String node = "";

    @Option(names = "--by", required = true, paramLabel = "NODE", description = "Who gets them: a healthy node.")
    private String by = "";

    @Override
    public Integer call() throws Exception {
        try (Api api = access.openAsOperator()) {
            output.err().println(WithoutNode.said(api, access, node));
            JsonNode plan = api.post(
                    ClusterPlanTable.PLANS,
                    Api.JSON
                            .createObjectNode()
                            .put("action", "replace")
                            .put("node", node)
                            .put("to", by));
            String run = ClusterPlanTable.PLANS + "/" + plan.path("plan_id").asString() + "/run";
            ClusterPlanTable.show(output, api.post(run, Api.JSON.createObjectNode()));
            return 0;
        }
    }
}
