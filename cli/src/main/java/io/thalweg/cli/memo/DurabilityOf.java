package io.thalweg.cli.memo;

import io.thalweg.cli.api.Access;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Column;
import io.thalweg.cli.terminal.Output;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(name = "of", description = "Say how durable a memo is, and who holds it.", mixinStandardHelpOptions = true)
final class DurabilityOf implements Callable<Integer> {
    @Mixin
    private final Access access = new Access();

    @Mixin
    private final Output output = new Output();

    @Parameters(paramLabel = "MEMO", description = "Its id.")
    private String memo = "";

    @Override
    public Integer call() throws Exception {
        try (Api api = access.open()) {
            JsonNode score = api.get("/memos/" + Api.escape(memo) + "/durability");
            output.show(
                    score,
                    List.of(
                            Column.of("NINES", "nines"),
                            Column.of("WANTED", "target_nines"),
                            Column.of("HORIZON IN SECONDS", "horizon_seconds")));
            output.note(
                    score.path("holders"),
                    List.of(
                            Column.of("SLAB", "slab"),
                            Column.of("STATE", "state"),
                            Column.of("DOMAIN", "domain"),
                            Column.of("SILENT SECONDS", "silent_seconds")));
            return 0;
        }
    }
}
