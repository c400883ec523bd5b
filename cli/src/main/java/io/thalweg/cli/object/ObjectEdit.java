package io.thalweg.cli.object;

import io.thalweg.cli.api.Access;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Output;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(name = "edit", description = "Change an object.", mixinStandardHelpOptions = true)
final class ObjectEdit implements Callable<Integer> {
    @Mixin
    private final Access access = new Access();

    @Mixin
    private final Output output = new Output();

    @Mixin
    private final Changes changes = new Changes();

    @Parameters(paramLabel = "OBJECT", description = "Its id.")
    private String object = "";

    @Override
    public Integer call() throws Exception {
        try (Api api = access.open()) {
            output.show(
                    api.patch("/objects/" + Api.escape(object) + changes.query(), changes.body()),
                    ObjectCreate.WRITTEN);
            return 0;
        }
    }
}
