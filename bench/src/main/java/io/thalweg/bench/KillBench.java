package io.thalweg.bench;

import io.thalweg.bench.kill.KillNine;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code kill -9} under load; exit status 1 when anything acknowledged is lost or a view differs from a recount. */
@Command(
        name = "kill",
        mixinStandardHelpOptions = true,
        description = "kill -9 under load, again and again: nothing acknowledged is lost, views equal a recount.")
final class KillBench implements Callable<Integer> {
    @Mixin
    private Workspace workspace = new Workspace();

    @Option(
            names = "--times",
            defaultValue = "20",
            description = "How often the node is killed; default ${DEFAULT-VALUE}.")
    private int times;

    @Option(
            names = "--writers",
            defaultValue = "8",
            description = "How many append at the same time; default ${DEFAULT-VALUE}.")
    private int writers;

    @Option(names = "--seed", description = "Of the moments of the kills; default a new one, which is printed.")
    private @Nullable Long seed;

    @Override
    public Integer call() throws Exception {
        KillNine.Outcome outcome = new KillNine(
                        workspace.launcher(),
                        workspace.fresh("kill").resolve("data"),
                        workspace.component(),
                        times,
                        writers,
                        seed == null ? System.nanoTime() : seed)
                .run(System.out);
        outcome.problems().forEach(System.out::println);
        Report report = new Report("kill");
        report.root()
                .put("kills", times)
                .put("acknowledged", outcome.acknowledged())
                .put("events", outcome.events())
                .put("slowestReadyNs", outcome.slowestReadyNs())
                .put("problems", outcome.problems().size());
        System.err.println("wrote " + report.write(workspace.json, workspace.folder()));
        return outcome.problems().isEmpty() ? 0 : 1;
    }
}
