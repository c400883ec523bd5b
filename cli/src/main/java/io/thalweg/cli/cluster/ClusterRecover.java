package io.thalweg.cli.cluster;

import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Column;
import io.thalweg.cli.terminal.Failure;
import io.thalweg.cli.terminal.Output;
import io.thalweg.server.config.HostPort;
import io.thalweg.server.data.DirectoryLock;
import io.thalweg.server.data.Recovery;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The last resort: what is left of a cluster goes on without the rest. Asks no node; works on the files of stopped ones. */
@Command(
        name = "recover",
        description = "When most nodes are gone for good: have what is left go on, and say what is lost.",
        mixinStandardHelpOptions = true)
final class ClusterRecover implements Callable<Integer> {
    private static final int ANSWER_MS_MAX = 2_000;

    private static final List<Column> SHARDS = List.of(
            Column.of("SHARD", "shard"),
            Column.of("WAS ON", "was_on"),
            Column.of("GOES ON FROM", "goes_on_from"),
            Column.of("ENTRY", "entry"),
            Column.of("TERM", "term"),
            Column.of("LOST", "lost"));

    private static final List<Column> LOGS = List.of(
            Column.of("TENANT", "tenant"),
            Column.of("LOG", "log"),
            Column.of("PARTITION", "partition"),
            Column.of("SHARD", "shard"),
            Column.of("KEPT UP TO", "kept_up_to"));

    @Mixin
    private final Output output = new Output();

    @Parameters(
            arity = "1..*",
            paramLabel = "DIR",
            description = "Data directories of all nodes that are left; they are stopped.")
    private List<Path> directories = List.of();

    @Option(
            names = "--accept-loss",
            description =
                    "Go on, and lose what the report says. Twice: also while nodes answer that are not given here.")
    private boolean[] accepted = {};

    @Override
    public Integer call() throws Exception {
        List<DirectoryLock> held = new ArrayList<>();
        try {
            for (Path directory : directories) {
                held.add(DirectoryLock.take(directory));
            }
            return recover();
        } finally {
            for (DirectoryLock lock : held) {
                lock.close();
            }
        }
    }

    private int recover() throws IOException {
        Recovery recovery = Recovery.look(directories);
        Recovery.Report report = recovery.report();
        show(report);
        if (report.goesOnWithout()) {
            throw new Failure(
                    "the nodes that are left are a majority of each shard: start them, and drain the lost ones");
        }
        List<String> answering = report.lost().entrySet().stream()
                .filter(node -> answers(node.getValue()))
                .map(node -> node.getKey() + " at " + node.getValue())
                .toList();
        if (accepted.length == 0) {
            throw new Failure("nothing was changed; --accept-loss has what is left go on, without nodes "
                    + report.lost().keySet());
        }
        if (!answering.isEmpty() && accepted.length < 2) {
            throw new Failure("nodes answer that are not given here, so that a majority may come back: " + answering
                    + ". Stop them for good and give their directories, if they have any; or say --accept-loss twice");
        }
        recovery.goOn();
        if (!output.isJson()) {
            output.out()
                    .println("Start the nodes that are left. Never start one of "
                            + report.lost().keySet()
                            + " again with the data that it has; add new ones under new names.");
            output.out().flush();
        }
        return 0;
    }

    private static boolean answers(String peer) {
        HostPort address = HostPort.parse("peer", peer);
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(address.host(), address.port()), ANSWER_MS_MAX);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private void show(Recovery.Report report) {
        ArrayNode shards = Api.JSON.createArrayNode();
        ArrayNode logs = Api.JSON.createArrayNode();
        for (Recovery.Outcome outcome : report.shards()) {
            ObjectNode row = shards.addObject()
                    .put("shard", outcome.shard())
                    .put("was_on", String.join(",", outcome.voters()))
                    .put("goes_on_from", outcome.node())
                    .put("entry", outcome.entry())
                    .put("term", outcome.term())
                    .put("lost", lost(outcome));
            for (Recovery.KeptLog log : outcome.logs()) {
                logs.addObject()
                        .put("tenant", log.tenant())
                        .put("log", log.log())
                        .put("partition", log.partition())
                        .put("shard", outcome.shard())
                        .put("kept_up_to", log.head());
            }
            row.put("all_lost", outcome.node() == null);
        }
        if (output.isJson()) {
            ObjectNode all = Api.JSON.createObjectNode();
            all.set("shards", shards);
            all.set("logs", logs);
            report.lost().keySet().forEach(all.putArray("lost_nodes")::add);
            output.say("", all);
            return;
        }
        output.table(shards, SHARDS);
        output.table(logs, LOGS);
    }

    private static String lost(Recovery.Outcome outcome) {
        if (outcome.node() == null) {
            return "everything";
        }
        String notYet = outcome.joining() ? "what this replica, which had only just come, had not got; " : "";
        String mayBe = notYet + "what was acknowledged behind entry " + outcome.entry() + ", if anything was";
        return outcome.lostUpTo().isEmpty()
                ? mayBe
                : "entries up to " + outcome.lostUpTo().getAsLong() + " for sure, and " + mayBe;
    }
}
