package io.thalweg.cli.object;

import io.thalweg.cli.api.Access;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Column;
import io.thalweg.cli.terminal.Output;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "show", description = "Show an object as it is, or as it was.", mixinStandardHelpOptions = true)
final class ObjectShow implements Callable<Integer> {
    @Mixin
    private final Access access = new Access();

    @Mixin
    private final Output output = new Output();

    @Parameters(paramLabel = "OBJECT", description = "Its id.")
    private String object = "";

    @Option(names = "--at", paramLabel = "MEMO,…", description = "As of an older head.")
    private @Nullable String at;

    @Override
    public Integer call() throws Exception {
        try (Api api = access.open()) {
            output.show(
                    api.get("/objects/" + Api.escape(object) + (at == null ? "" : "?at=" + Api.escape(at))),
                    List.of(
                            Column.of("OBJECT", "object_id"),
                            Column.of("TOPIC", "topic"),
                            Column.of("FIELDS", "fields"),
                            Column.of("RELATIONSHIPS", "relationships"),
                            Column.of("HEAD", "head"),
                            Column.of("DELETED", "deleted")));
            return 0;
        }
    }
}
