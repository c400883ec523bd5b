package io.thalweg.cli.tenant;

import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Failure;
import java.io.IOException;
import tools.jackson.databind.JsonNode;

/** A tenant as the operator's list shows it, found by its name or its id. */
final class NamedTenant {
    private NamedTenant() {}

    static JsonNode find(Api api, String nameOrId) throws IOException, InterruptedException {
        for (JsonNode tenant : api.get("/operator/tenants").path("tenants")) {
            if (nameOrId.equals(tenant.path("tenant_id").asString())
                    || nameOrId.equals(tenant.path("name").asString())) {
                return tenant;
            }
        }
        throw new Failure("there is no tenant " + nameOrId + "; thalweg tenant list shows all");
    }
}
