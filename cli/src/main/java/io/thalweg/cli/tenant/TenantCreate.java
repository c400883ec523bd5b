package io.thalweg.cli.tenant;

import io.thalweg.cli.api.Access;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Output;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.databind.node.ObjectNode;

@Command(name = "create", description = "Create a tenant and its first key.", mixinStandardHelpOptions = true)
final class TenantCreate implements Callable<Integer> {
    @Mixin
    private final Access access = new Access();

    @Mixin
    private final Output output = new Output();

    @Mixin
    private final TenantLimits limits = new TenantLimits();

    @Parameters(paramLabel = "NAME", description = "Name, unique on the node.")
    private String name = "";

    @Override
    public Integer call() throws Exception {
        try (Api api = access.openAsOperator()) {
            ObjectNode body = Api.JSON.createObjectNode().put("name", name);
            if (!limits.isEmpty()) {
                body.set("limits", limits.over(MissingNode.getInstance()));
            }
            ObjectNode tenant = (ObjectNode) api.post("/operator/tenants", body);
            String id = tenant.path("tenant_id").asString();
            JsonNode key = api.post(
                    "/operator/tenants/" + id + "/keys",
                    Api.JSON.createObjectNode().put("name", "first").put("role", "admin"));
            tenant.set("api_key", key.path("api_key"));
            output.say(
                    "tenant " + name + "  " + id + "\n" + key.path("api_key").asString()
                            + "\nKeep the key safe: it is not shown again.",
                    tenant);
            return 0;
        }
    }
}
