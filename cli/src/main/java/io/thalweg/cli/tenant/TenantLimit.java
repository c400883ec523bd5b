package io.thalweg.cli.tenant;

import io.thalweg.cli.api.Access;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Output;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(name = "limit", description = "Set a tenant's limits, all of them.", mixinStandardHelpOptions = true)
final class TenantLimit implements Callable<Integer> {
    @Mixin
    private final Access access = new Access();

    @Mixin
    private final Output output = new Output();

    @Mixin
    private final TenantLimits limits = new TenantLimits();

    @Parameters(paramLabel = "ID", description = "The tenant's id, see list.")
    private String id = "";

    @Override
    public Integer call() throws Exception {
        try (Api api = access.openAsOperator()) {
            JsonNode reply = api.put("/operator/tenants/" + Api.escape(id) + "/limits", limits.json());
            output.say("changed the limits of " + id, reply);
            return 0;
        }
    }
}
