package io.thalweg.bench;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * What replication costs: three nodes on this machine, beside the lone node and beside three Kafka brokers, at the same appends and in the same
 * run ({@link AppendRounds}).
 */
@Command(
        name = "cluster",
        mixinStandardHelpOptions = true,
        description = "Appends to three nodes, beside the lone node and beside three Kafka brokers.",
        footer = {
            "",
            "Systems:",
            "  thalweg-3      ./thalweg local --nodes 3 --shards 1, asked at the leader; an answer means flushed on"
                    + " two nodes",
            "  thalweg        ./thalweg dev",
            "  kafka-3        three brokers, replication factor 3, min.insync.replicas 2, acks=all; an answer means in"
                    + " memory",
            "  kafka-3-flush  the same with log.flush.interval.messages=1; an answer means flushed"
        })
final class ClusterBench implements Callable<Integer> {
    private static final List<String> ALL = List.of("thalweg-3", "thalweg", "kafka-3", "kafka-3-flush");

    @Mixin
    private AppendRounds appends = new AppendRounds();

    @Option(names = "--systems", split = ",", description = "Which; default all.")
    private List<String> systems = ALL;

    @Override
    public Integer call() throws Exception {
        for (String system : systems) {
            if (!ALL.contains(system)) {
                throw new IllegalArgumentException("no system " + system + "; there are " + ALL);
            }
        }
        appends.run("cluster", systems, "thalweg-3");
        System.out.println("""

            Patterns as in bench appends. All servers and load generators share this machine, so three nodes have a third of its
            processors and of its disk each. cpu/event: of all three processes together. disk: bytes of all three over those of the
            payload, which each writes once at least, Thalweg's nodes to the Raft log and, when it is committed, to the journal.\
            """);
        return 0;
    }
}
