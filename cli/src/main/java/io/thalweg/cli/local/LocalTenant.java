package io.thalweg.cli.local;

import io.thalweg.cli.api.Api;
import io.thalweg.server.auth.SecretFiles;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The tenant {@code dev} of a local cluster, with a ledger and a key; all made on first use, over the API like anybody's. */
public final class LocalTenant {
    static final String TENANT = "dev";
    static final String LEDGER = "default";
    private static final String KEY_VARIABLE = "THALWEG_API_KEY=";

    private LocalTenant() {}

    /**
     * Makes what is missing.
     *
     * @param file {@code dev.env}, which holds the key from one start to the next
     * @param ledger what that file says of the ledger's port
     * @return the tenant's API key
     */
    public static String prepare(Path file, String http, String ledger, String operatorKey, SSLContext trust)
            throws IOException, InterruptedException {
        Optional<String> known = Files.exists(file)
                ? SecretFiles.read(file)
                        .lines()
                        .filter(line -> line.startsWith(KEY_VARIABLE))
                        .map(line -> line.substring(KEY_VARIABLE.length()).strip())
                        .findFirst()
                : Optional.empty();
        String key;
        try (Api operator = Api.withToken(URI.create(http), operatorKey, trust)) {
            String tenant = tenant(operator);
            key = known.isPresent() ? known.get() : key(operator, tenant);
        }
        SecretFiles.write(
                file,
                "THALWEG_URL=" + http + "\n" + KEY_VARIABLE + key + "\nTHALWEG_TENANT=" + TENANT + "\nTHALWEG_LEDGER="
                        + ledger + "\n");
        try (Api api = new Api(URI.create(http), key, trust)) {
            boolean there = false;
            for (JsonNode each : api.get("/ledgers").path("ledgers")) {
                there |= each.path("name").asString("").equals(LEDGER)
                        || each.path("ledger_name").asString("").equals(LEDGER);
            }
            if (!there) {
                api.post("/ledgers", Api.JSON.createObjectNode().put("name", LEDGER));
            }
        }
        return key;
    }

    /** The tenant, which may also deploy views in Java: whoever runs this may start any program here anyway. */
    private static String tenant(Api operator) throws IOException, InterruptedException {
        String tenant = found(operator);
        operator.put(
                "/operator/tenants/" + tenant + "/java_views",
                Api.JSON.createObjectNode().put("allowed", true));
        return tenant;
    }

    private static String found(Api operator) throws IOException, InterruptedException {
        for (JsonNode tenant : operator.get("/operator/tenants").path("tenants")) {
            if (tenant.path("name").asString("").equals(TENANT)) {
                return tenant.path("tenant_id").asString();
            }
        }
        ObjectNode body = Api.JSON.createObjectNode().put("name", TENANT);
        body.putObject("limits");
        return operator.post("/operator/tenants", body).path("tenant_id").asString();
    }

    private static String key(Api operator, String tenant) throws IOException, InterruptedException {
        return operator.post(
                        "/operator/tenants/" + tenant + "/keys",
                        Api.JSON.createObjectNode().put("name", TENANT).put("role", "admin"))
                .path("api_key")
                .asString();
    }
}
