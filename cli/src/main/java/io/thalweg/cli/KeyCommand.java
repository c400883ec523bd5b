package io.thalweg.cli;

import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** API keys of the tenant: create, list, rotate, revoke. */
@Command(
        name = "key",
        description = "Create, list, rotate and revoke API keys.",
        mixinStandardHelpOptions = true,
        subcommands = {
            KeyCommand.Create.class,
            KeyCommand.ListAll.class,
            KeyCommand.Rotate.class,
            KeyCommand.Revoke.class
        })
final class KeyCommand {
    private KeyCommand() {}

    @Command(name = "create", description = "Create a key; it is shown this once.", mixinStandardHelpOptions = true)
    static final class Create implements Callable<Integer> {
        @Mixin
        private final Access access = new Access();

        @Mixin
        private final Output output = new Output();

        @Parameters(paramLabel = "NAME", description = "What the key is for.")
        private String name = "";

        @Option(names = "--role", paramLabel = "ROLE", description = "member or admin (default: member).")
        private @Nullable String role;

        @Option(names = "--expires-in", paramLabel = "SECONDS", description = "When the key ends (default: never).")
        private @Nullable Long expiresInSecs;

        @Option(names = "--read-only", description = "The key can read and query, not write.")
        private boolean readOnly;

        @Option(names = "--log", paramLabel = "LOG", description = "The key reaches only this log; may come again.")
        private List<String> logs = List.of();

        @Option(
                names = "--ledger",
                paramLabel = "LEDGER",
                description = "The key reaches only this ledger; may come again.")
        private List<String> ledgers = List.of();

        @Override
        public Integer call() throws Exception {
            try (Api api = access.open()) {
                ObjectNode body = Api.JSON.createObjectNode().put("name", name).put("read_only", readOnly);
                if (role != null) {
                    body.put("role", role);
                }
                if (expiresInSecs != null) {
                    body.put("expires_in_secs", expiresInSecs);
                }
                if (!ledgers.isEmpty()) {
                    var names = body.putArray("ledgers");
                    ledgers.forEach(names::add);
                }
                if (!logs.isEmpty()) {
                    var ids = body.putArray("logs");
                    for (String log : logs) {
                        ids.add(api.logId(log));
                    }
                }
                JsonNode reply = api.post("/keys", body);
                output.say(shown(reply), reply);
                return 0;
            }
        }
    }

    @Command(name = "list", description = "List keys, without their secrets.", mixinStandardHelpOptions = true)
    static final class ListAll implements Callable<Integer> {
        @Mixin
        private final Access access = new Access();

        @Mixin
        private final Output output = new Output();

        @Override
        public Integer call() throws Exception {
            try (Api api = access.open()) {
                output.table(
                        api.get("/keys").path("keys"),
                        List.of(
                                Column.of("NAME", "name"),
                                Column.of("ID", "api_key_id"),
                                Column.of("ROLE", "role"),
                                Column.of("READ ONLY", "read_only"),
                                Column.time("EXPIRES", "expires_at")));
                return 0;
            }
        }
    }

    @Command(
            name = "rotate",
            description = "Give a key a new secret; it is shown this once.",
            mixinStandardHelpOptions = true)
    static final class Rotate implements Callable<Integer> {
        @Mixin
        private final Access access = new Access();

        @Mixin
        private final Output output = new Output();

        @Parameters(paramLabel = "ID", description = "The key's id, see list.")
        private String id = "";

        @Override
        public Integer call() throws Exception {
            try (Api api = access.open()) {
                JsonNode reply = api.post("/keys/" + Api.escape(id) + "/rotate", Api.JSON.createObjectNode());
                output.say(shown(reply), reply);
                return 0;
            }
        }
    }

    @Command(name = "revoke", description = "End a key at once.", mixinStandardHelpOptions = true)
    static final class Revoke implements Callable<Integer> {
        @Mixin
        private final Access access = new Access();

        @Mixin
        private final Output output = new Output();

        @Parameters(paramLabel = "ID", description = "The key's id, see list.")
        private String id = "";

        @Override
        public Integer call() throws Exception {
            try (Api api = access.open()) {
                JsonNode reply = api.delete("/keys/" + Api.escape(id));
                output.say("revoked " + id, reply);
                return 0;
            }
        }
    }

    private static String shown(JsonNode key) {
        return "key " + key.path("name").asString() + "  "
                + key.path("api_key_id").asString() + "\n" + key.path("api_key").asString()
                + "\nKeep it safe: it is not shown again.";
    }
}
