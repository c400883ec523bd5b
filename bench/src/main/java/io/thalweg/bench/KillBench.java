package io.thalweg.bench;

import io.thalweg.bench.kill.KillNine;
import io.thalweg.bench.kill.LeaderKills;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ArrayNode;

/** {@code kill -9} under load; exit status 1 when anything acknowledged is lost, twice or out of order, or a view differs from a recount. */
@Command(
        name = "kill",
        mixinStandardHelpOptions = true,
        description =
                "kill -9 under load, again and again: nothing acknowledged is lost, views equal a recount; of several"
                        + " nodes the one that leads, and how long nothing is acknowledged then.")
final class KillBench implements Callable<Integer> {
    @Mixin
    private Workspace workspace = new Workspace();

    @Option(
            names = {"--times", "--kills"},
            defaultValue = "20",
            description = "How often a node is killed; default ${DEFAULT-VALUE}.")
    private int times;

    @Option(names = "--nodes", defaultValue = "1", description = "1, or 3 and more; default ${DEFAULT-VALUE}.")
    private int nodes;

    @Option(
            names = "--writers",
            defaultValue = "8",
            description = "How many append at the same time; default ${DEFAULT-VALUE}.")
    private int writers;

    @Option(names = "--seed", description = "Of the moments of the kills; default a new one, which is printed.")
    private @Nullable Long seed;

    @Override
    public Integer call() throws Exception {
        long seeded = seed == null ? System.nanoTime() : seed;
        return nodes == 1 ? alone(seeded) : leaders(seeded);
    }

    private int alone(long seeded) throws IOException, InterruptedException {
        KillNine.Outcome outcome = new KillNine(
                        workspace.launcher(),
                        workspace.fresh("kill").resolve("data"),
                        workspace.component(),
                        times,
                        writers,
                        seeded)
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

    private int leaders(long seeded) throws IOException, InterruptedException {
        if (nodes < 3) {
            throw new IOException("--nodes is " + nodes + ": of two nodes neither goes on without the other");
        }
        LeaderKills.Outcome outcome = new LeaderKills(
                        workspace.launcher(), workspace.fresh("kill").resolve("data"), nodes, times, writers, seeded)
                .run(System.err);
        Report report = new Report("kill");
        report.root()
                .put("nodes", nodes)
                .put("writers", writers)
                .put("acknowledged", outcome.acknowledged())
                .put("events", outcome.events())
                .put("problems", outcome.problems().size());
        ArrayNode kills = report.root().putArray("kills");
        outcome.kills()
                .forEach(kill -> kills.addObject()
                        .put("leader", kill.leader())
                        .put("silenceNs", kill.silenceNs())
                        .put("slowestWriterNs", kill.slowestNs())
                        .put("comebackSilenceNs", kill.comebackNs())
                        .put("wholeNs", kill.wholeNs()));
        Table table = new Table("nothing acknowledged", "kills", "p50", "p99", "longest");
        row(table, "after a kill", outcome.kills(), LeaderKills.Kill::silenceNs);
        row(table, "by the slowest writer", outcome.kills(), LeaderKills.Kill::slowestNs);
        row(table, "while a node comes back", outcome.kills(), LeaderKills.Kill::comebackNs);
        table.print(System.out);
        System.out.printf(
                "%n%,d events acknowledged, %,d in the log; %s%n",
                outcome.acknowledged(),
                outcome.events(),
                outcome.problems().isEmpty() ? "each where its writer was told, once, in order" : "PROBLEMS:");
        outcome.problems().forEach(System.out::println);
        System.err.println("wrote " + report.write(workspace.json, workspace.folder()));
        return outcome.problems().isEmpty() ? 0 : 1;
    }

    private static void row(
            Table table, String name, List<LeaderKills.Kill> kills, ToLongFunction<LeaderKills.Kill> of) {
        long[] sorted = kills.stream().mapToLong(of).sorted().toArray();
        table.row(
                name,
                Integer.toString(sorted.length),
                quantile(sorted, 0.5),
                quantile(sorted, 0.99),
                quantile(sorted, 1));
    }

    private static String quantile(long[] sorted, double share) {
        return sorted.length == 0 ? "-" : Table.time(sorted[(int) Math.ceil(share * sorted.length) - 1]);
    }
}
