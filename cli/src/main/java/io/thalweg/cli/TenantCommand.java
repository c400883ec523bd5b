package io.thalweg.cli;

import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Tenants, for the operator of a node: whoever can read its data directory. */
@Command(
        name = "tenant",
        description = "Create, list, limit and delete tenants (on the node's machine).",
        mixinStandardHelpOptions = true,
        subcommands = {
            TenantCommand.Create.class,
            TenantCommand.ListAll.class,
            TenantCommand.Limit.class,
            TenantCommand.Delete.class
        })
final class TenantCommand {
    private TenantCommand() {}

    /** The operator's way in: the key that lies beside the data. */
    private static Api operator(Access access) throws Exception {
        Path key = access.data().resolve("secrets").resolve("operator.key");
        try {
            return Api.withToken(access.address(), Files.readString(key).strip());
        } catch (NoSuchFileException e) {
            throw new Failure("no operator key at " + key + ": give the node's data directory with --data");
        }
    }

    /** Limits that a tenant may be given; one that is left out is none. */
    static final class Limits {
        @Option(names = "--rate", paramLabel = "N", description = "Requests a second.")
        private @Nullable Integer rate;

        @Option(names = "--storage-bytes", paramLabel = "N", description = "Bytes of events kept.")
        private @Nullable Long storageBytes;

        @Option(names = "--logs", paramLabel = "N", description = "Logs.")
        private @Nullable Integer logs;

        @Option(names = "--views", paramLabel = "N", description = "Views.")
        private @Nullable Integer views;

        ObjectNode json() {
            ObjectNode json = Api.JSON.createObjectNode();
            if (rate != null) {
                json.put("requests_per_second", rate);
            }
            if (storageBytes != null) {
                json.put("storage_bytes", storageBytes);
            }
            if (logs != null) {
                json.put("max_logs", logs);
            }
            if (views != null) {
                json.put("max_views", views);
            }
            return json;
        }
    }

    @Command(name = "create", description = "Create a tenant and its first key.", mixinStandardHelpOptions = true)
    static final class Create implements Callable<Integer> {
        @Mixin
        private final Access access = new Access();

        @Mixin
        private final Output output = new Output();

        @Mixin
        private final Limits limits = new Limits();

        @Parameters(paramLabel = "NAME", description = "Name, unique on the node.")
        private String name = "";

        @Override
        public Integer call() throws Exception {
            try (Api api = operator(access)) {
                ObjectNode body = Api.JSON.createObjectNode().put("name", name);
                if (!limits.json().isEmpty()) {
                    body.set("limits", limits.json());
                }
                ObjectNode tenant = (ObjectNode) api.post("/operator/tenants", body);
                String id = tenant.path("tenant_id").asString();
                JsonNode key = api.post(
                        "/operator/tenants/" + id + "/keys",
                        Api.JSON.createObjectNode().put("name", "first").put("role", "admin"));
                tenant.set("api_key", key.path("api_key"));
                output.say(
                        "tenant " + name + "  " + id + "\n"
                                + key.path("api_key").asString() + "\nKeep the key safe: it is not shown again.",
                        tenant);
                return 0;
            }
        }
    }

    @Command(name = "list", description = "List tenants.", mixinStandardHelpOptions = true)
    static final class ListAll implements Callable<Integer> {
        @Mixin
        private final Access access = new Access();

        @Mixin
        private final Output output = new Output();

        @Override
        public Integer call() throws Exception {
            try (Api api = operator(access)) {
                output.table(
                        api.get("/operator/tenants").path("tenants"),
                        List.of(
                                Column.of("NAME", "name"),
                                Column.of("ID", "tenant_id"),
                                Column.of("LIMITS", "limits")));
                return 0;
            }
        }
    }

    @Command(name = "limit", description = "Set a tenant's limits, all of them.", mixinStandardHelpOptions = true)
    static final class Limit implements Callable<Integer> {
        @Mixin
        private final Access access = new Access();

        @Mixin
        private final Output output = new Output();

        @Mixin
        private final Limits limits = new Limits();

        @Parameters(paramLabel = "ID", description = "The tenant's id, see list.")
        private String id = "";

        @Override
        public Integer call() throws Exception {
            try (Api api = operator(access)) {
                JsonNode reply = api.put("/operator/tenants/" + Api.escape(id) + "/limits", limits.json());
                output.say("changed the limits of " + id, reply);
                return 0;
            }
        }
    }

    @Command(name = "delete", description = "Delete a tenant and all that is its.", mixinStandardHelpOptions = true)
    static final class Delete implements Callable<Integer> {
        @Mixin
        private final Access access = new Access();

        @Mixin
        private final Output output = new Output();

        @Parameters(paramLabel = "ID", description = "The tenant's id, see list.")
        private String id = "";

        @Option(names = "--yes", description = "Yes, I mean it: there is no way back.")
        private boolean yes;

        @Override
        public Integer call() throws Exception {
            if (!yes) {
                throw new Failure("there is no way back from deleting; if you mean it, add --yes");
            }
            try (Api api = operator(access)) {
                JsonNode reply = api.delete("/operator/tenants/" + Api.escape(id));
                output.say("deleted " + id, reply);
                return 0;
            }
        }
    }
}
