package io.thalweg.cli.cluster;

import io.thalweg.cli.api.Access;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Output;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Has a plan done, looks how far it is, or takes it back. */
@Command(
        name = "run",
        description = "Have a plan done, or what is left of it; given again, it shows how far it is.",
        mixinStandardHelpOptions = true)
final class ClusterRun implements Callable<Integer> {
    @Mixin
    private final Access access = new Access();

    @Mixin
    private final Output output = new Output();

    @Parameters(index = "0", paramLabel = "PLAN", description = "What plan said.")
    private String plan = "";

    @Option(names = "--cancel", description = "Have replicas that have not come yet stay where they are.")
    private boolean cancel;

    @Override
    public Integer call() throws Exception {
        try (Api api = access.openAsOperator()) {
            String path = ClusterPlanTable.PLANS + "/" + Api.escape(plan) + (cancel ? "/cancel" : "/run");
            ClusterPlanTable.show(output, api.post(path, Api.JSON.createObjectNode()));
            return 0;
        }
    }
}
