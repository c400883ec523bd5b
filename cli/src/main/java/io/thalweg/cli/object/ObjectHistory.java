package io.thalweg.cli.object;

import io.thalweg.cli.api.Access;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Column;
import io.thalweg.cli.terminal.Output;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(name = "history", description = "List an object's memos, the newest first.", mixinStandardHelpOptions = true)
final class ObjectHistory implements Callable<Integer> {
    @Mixin
    private final Access access = new Access();

    @Mixin
    private final Output output = new Output();

    @Parameters(paramLabel = "OBJECT", description = "Its id.")
    private String object = "";

    @Override
    public Integer call() throws Exception {
        try (Api api = access.open()) {
            output.table(
                    api.get("/objects/" + Api.escape(object) + "/history").path("memos"),
                    List.of(Column.of("MEMO", "memo_id"), Column.of("KIND", "kind"), Column.of("CHANGES", "changes")));
            return 0;
        }
    }
}
