package io.thalweg.cli.memo;

import io.thalweg.cli.api.Access;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Column;
import io.thalweg.cli.terminal.Output;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;

@Command(name = "list", description = "List a node's slab and those that it hears.", mixinStandardHelpOptions = true)
public final class SlabList implements Callable<Integer> {
    @Mixin
    private final Access access = new Access();

    @Mixin
    private final Output output = new Output();

    @Override
    public Integer call() throws Exception {
        try (Api api = access.open()) {
            JsonNode own = api.get("/slabs").path("slabs").path(0);
            output.show(
                    own,
                    List.of(
                            Column.of("SLAB", "slab"),
                            Column.of("CLASS", "class"),
                            Column.of("QUOTA BYTES", "quota_bytes"),
                            Column.of("HELD BYTES", "held_bytes"),
                            Column.of("HELD MEMOS", "held_memos")));
            output.note(
                    own.path("peers"),
                    List.of(
                            Column.of("PEER", "slab"),
                            Column.of("CLASS", "class"),
                            Column.of("DOMAIN", "domain"),
                            Column.of("SILENT SECONDS", "silent_seconds")));
            return 0;
        }
    }
}
