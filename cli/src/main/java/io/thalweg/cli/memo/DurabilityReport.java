package io.thalweg.cli.memo;

import io.thalweg.cli.api.Access;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Column;
import io.thalweg.cli.terminal.Output;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "report",
        description = "Say what is below its target and what will probably be lost in a year; for the operator.",
        mixinStandardHelpOptions = true)
final class DurabilityReport implements Callable<Integer> {
    @Mixin
    private final Access access = new Access();

    @Mixin
    private final Output output = new Output();

    @Override
    public Integer call() throws Exception {
        try (Api api = access.openAsOperator()) {
            output.show(
                    api.get("/operator/durability"),
                    List.of(
                            Column.of("MEMOS", "held_memos"),
                            Column.of("BELOW TARGET", "below_target"),
                            Column.of("LOST IN A YEAR", "annual_loss"),
                            Column.of("REPAIR BYTES", "repair_bytes"),
                            Column.of("BELOW TARGET WITHOUT THIS SLAB", "below_target_without_self")));
            return 0;
        }
    }
}
