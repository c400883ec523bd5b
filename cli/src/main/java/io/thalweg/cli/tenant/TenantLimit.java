package io.thalweg.cli.tenant;

import io.thalweg.cli.api.Access;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Failure;
import io.thalweg.cli.terminal.Output;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(
        name = "limit",
        description = "Change limits of a tenant; those that are not given stay.",
        mixinStandardHelpOptions = true)
final class TenantLimit implements Callable<Integer> {
    @Mixin
    private final Access access = new Access();

    @Mixin
    private final Output output = new Output();

    @Mixin
    private final TenantLimits limits = new TenantLimits();

    @Parameters(paramLabel = "TENANT", description = "The tenant's name or id.")
    private String tenant = "";

    @Override
    public Integer call() throws Exception {
        try (Api api = access.openAsOperator()) {
            if (limits.isEmpty()) {
                throw new Failure("say which limit, for example --rate 100 or --rate none");
            }
            JsonNode found = NamedTenant.find(api, tenant);
            JsonNode reply = api.put(
                    "/operator/tenants/" + Api.escape(found.path("tenant_id").asString()) + "/limits",
                    limits.over(found.path("limits")));
            output.say("changed the limits of " + tenant, reply);
            return 0;
        }
    }
}
