package io.thalweg.cli.key;

import io.thalweg.cli.api.Access;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Column;
import io.thalweg.cli.terminal.Output;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(name = "list", description = "List keys, without their secrets.", mixinStandardHelpOptions = true)
final class KeyList implements Callable<Integer> {
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
