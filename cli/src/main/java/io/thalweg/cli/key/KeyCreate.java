package io.thalweg.cli.key;

import io.thalweg.cli.api.Access;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Output;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Command(name = "create", description = "Create a key; it is shown this once.", mixinStandardHelpOptions = true)
final class KeyCreate implements Callable<Integer> {
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
            output.say(NewKey.sentence(reply), reply);
            return 0;
        }
    }
}
