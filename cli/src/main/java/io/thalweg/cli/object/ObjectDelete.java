package io.thalweg.cli.object;

import io.thalweg.cli.api.Access;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Output;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(name = "delete", description = "Mark an object deleted, for ever.", mixinStandardHelpOptions = true)
final class ObjectDelete implements Callable<Integer> {
    @Mixin
    private final Access access = new Access();

    @Mixin
    private final Output output = new Output();

    @Parameters(paramLabel = "OBJECT", description = "Its id.")
    private String object = "";

    @Override
    public Integer call() throws Exception {
        try (Api api = access.open()) {
            output.show(api.delete("/objects/" + Api.escape(object)), ObjectCreate.WRITTEN);
            return 0;
        }
    }
}
