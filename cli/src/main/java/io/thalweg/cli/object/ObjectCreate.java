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

@Command(name = "create", description = "Create an object.", mixinStandardHelpOptions = true)
final class ObjectCreate implements Callable<Integer> {
    /** What a write is answered with. */
    static final List<Column> WRITTEN = List.of(
            Column.of("OBJECT", "object_id"), Column.of("MEMO", "memo_id"), Column.of("NINES", "durability.nines"));

    @Mixin
    private final Access access = new Access();

    @Mixin
    private final Output output = new Output();

    @Mixin
    private final Changes changes = new Changes();

    @Parameters(paramLabel = "TOPIC", description = "What kind of object.")
    private String topic = "";

    @Override
    public Integer call() throws Exception {
        try (Api api = access.open()) {
            output.show(
                    api.post("/topics/" + Api.escape(topic) + "/objects" + changes.query(), changes.body()), WRITTEN);
            return 0;
        }
    }
}
