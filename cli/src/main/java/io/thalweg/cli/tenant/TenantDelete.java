package io.thalweg.cli.tenant;

import io.thalweg.cli.api.Access;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Failure;
import io.thalweg.cli.terminal.Output;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(name = "delete", description = "Delete a tenant and all that is its.", mixinStandardHelpOptions = true)
final class TenantDelete implements Callable<Integer> {
    @Mixin
    private final Access access = new Access();

    @Mixin
    private final Output output = new Output();

    @Parameters(paramLabel = "TENANT", description = "The tenant's name or id.")
    private String tenant = "";

    @Option(names = "--yes", description = "Yes, I mean it: there is no way back.")
    private boolean yes;

    @Option(
            names = "--erase",
            description =
                    "Then have its bytes go from the disks of all nodes, as tenant erase does, and say what is left.")
    private boolean erase;

    @Override
    public Integer call() throws Exception {
        if (!yes) {
            throw new Failure("there is no way back from deleting; if you mean it, add --yes");
        }
        try (Api api = access.openAsOperator()) {
            String id = NamedTenant.find(api, tenant).path("tenant_id").asString();
            JsonNode reply = api.delete("/operator/tenants/" + Api.escape(id));
            if (!erase) {
                output.say("deleted " + tenant, reply);
                return 0;
            }
            return TenantErase.erase(api, output, id, Integer.parseInt(TenantErase.SECONDS));
        }
    }
}
