package io.thalweg.cli.memo;

import io.thalweg.cli.api.Access;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Failure;
import io.thalweg.cli.terminal.Output;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

@Command(
        name = "leave",
        description =
                "Let a node's slab go for good: others make copies of what only it holds. Says what would fall below"
                        + " its target, and then does nothing unless --anyway; for the operator.",
        mixinStandardHelpOptions = true)
public final class SlabLeave implements Callable<Integer> {
    @Mixin
    private final Access access = new Access();

    @Mixin
    private final Output output = new Output();

    @Option(names = "--anyway", description = "Leave although memos would fall below their target.")
    private boolean anyway;

    @Override
    public Integer call() throws Exception {
        try (Api api = access.openAsOperator()) {
            JsonNode asked = api.post("/operator/slab/leave?anyway=" + anyway, Api.JSON.createObjectNode());
            String below = asked.path("below_target_without_self").asString();
            if (!asked.path("leaving").asBoolean()) {
                throw new Failure(below + " memos would fall below their target without this slab; it stays. Wait until"
                        + " 'thalweg durability report' says none, or leave with --anyway");
            }
            output.say(
                    "the slab leaves; " + below + " memos are below their target without it. Stop it when"
                            + " 'thalweg durability report' says none",
                    asked);
            return 0;
        }
    }
}
