package io.thalweg.bench;

import io.thalweg.bench.etcd.EtcdServers;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * What replication costs: three nodes on this machine, beside the lone node, three Kafka brokers and three members of etcd at the same appends ({@link
 * AppendRounds}), and beside the lone node at batches of transfers and at reads of what was just written ({@link ClusterRounds}).
 */
@Command(
        name = "cluster",
        mixinStandardHelpOptions = true,
        description = "Three nodes beside the lone node at appends, transfers and read-after-write, and beside three"
                + " Kafka brokers and three members of etcd.",
        footer = {
            "",
            "Systems:",
            "  thalweg-3      ./thalweg local --nodes 3 --shards 1, asked at the leader; an answer means flushed on"
                    + " two nodes",
            "  thalweg        ./thalweg dev",
            "  kafka-3        three brokers, replication factor 3, min.insync.replicas 2, acks=all; an answer means in"
                    + " memory",
            "  kafka-3-flush  the same with log.flush.interval.messages=1; an answer means flushed",
            "  etcd-3         three members of Debian's etcd-server, asked at the leader through its JSON door: single"
                    + " writes only",
            "",
            "Parts: appends, ledger, views."
        })
final class ClusterBench implements Callable<Integer> {
    private static final String ETCD = "etcd-3";
    private static final List<String> ALL = List.of("thalweg-3", "thalweg", "kafka-3", "kafka-3-flush", ETCD);

    private enum Part {
        APPENDS,
        LEDGER,
        VIEWS
    }

    @Mixin
    private AppendRounds appends = new AppendRounds();

    @Option(names = "--systems", split = ",", description = "Which take appends; default all.")
    private List<String> systems = ALL;

    @Option(names = "--parts", split = ",", description = "What is measured; default all.")
    private List<Part> parts = List.of(Part.values());

    @Option(
            names = "--transfers",
            defaultValue = "2000000",
            description = "Transfers that count in each turn at the ledger; default ${DEFAULT-VALUE}.")
    private long transfers;

    @Override
    public Integer call() throws Exception {
        for (String system : systems) {
            if (!ALL.contains(system)) {
                throw new IllegalArgumentException("no system " + system + "; there are " + ALL);
            }
        }
        Report report = new Report("cluster");
        if (parts.contains(Part.APPENDS)) {
            appends.run(present(System.out), "thalweg-3", report);
            System.out.println("""

                Patterns as in bench appends. All servers and load generators share this machine, so three nodes have a third of its
                processors and of its disk each. cpu: of all three processes together, for an event, and for an entry of a shard's order, in
                which what waits at the same time is joined. disk: bytes of all three over those of the payload, which each writes once at
                least, Thalweg's nodes to the Raft log and, when it is committed, to the journal. Goals: twice kafka-3-flush; batches at
                0.35 of the lone node. etcd has none: its values lie under keys, and each costs a turn through its JSON door.\
                """);
        }
        if (parts.contains(Part.LEDGER) || parts.contains(Part.VIEWS)) {
            rounds(report);
        }
        appends.write(report);
        return 0;
    }

    private List<String> present(PrintStream out) {
        if (!systems.contains(ETCD) || EtcdServers.program().isPresent()) {
            return systems;
        }
        out.println("etcd-3 is left out: there is no etcd on PATH (Debian: apt install etcd-server)");
        List<String> others = new ArrayList<>(systems);
        others.remove(ETCD);
        return others;
    }

    private void rounds(Report report) throws Exception {
        try (ClusterRounds rounds = ClusterRounds.start(appends.workspace)) {
            if (parts.contains(Part.LEDGER)) {
                rounds.ledger(appends.rounds, transfers, report, System.out);
                System.out.println(
                        "With TigerBeetle's own client, durable before each answer. Goal: 0.25 of the lone node.");
            }
            if (parts.contains(Part.VIEWS)) {
                rounds.views(
                        appends.rounds,
                        appends.workspace.needComponent(),
                        Duration.ofSeconds(appends.warmUp),
                        Duration.ofSeconds(appends.seconds),
                        report,
                        System.out);
                System.out.println("One after the other on one connection to each node; the view is a counter in C.");
            }
        }
    }
}
