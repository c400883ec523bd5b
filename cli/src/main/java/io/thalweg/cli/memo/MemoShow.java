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

@Command(
        name = "show",
        description = "Show a memo; thalweg durability of says who holds it.",
        mixinStandardHelpOptions = true)
final class MemoShow implements Callable<Integer> {
    @Mixin
    private final Access access = new Access();

    @Mixin
    private final Output output = new Output();

    @Parameters(paramLabel = "MEMO", description = "Its id.")
    private String memo = "";

    @Override
    public Integer call() throws Exception {
        try (Api api = access.open()) {
            output.show(
                    api.get("/memos/" + Api.escape(memo)),
                    List.of(
                            Column.of("MEMO", "memo_id"),
                            Column.of("KIND", "kind"),
                            Column.of("OBJECT", "object_id"),
                            Column.of("PRECURSORS", "precursors"),
                            Column.of("CHANGES", "changes")));
            return 0;
        }
    }
}
