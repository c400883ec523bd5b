package io.thalweg.bench;

import io.thalweg.bench.etcd.EtcdServers;
import io.thalweg.bench.kafka.KafkaProcess;
import io.thalweg.bench.kafka.KafkaProcess.Durability;
import io.thalweg.bench.load.LoadProcess;
import io.thalweg.bench.node.LocalNodes;
import io.thalweg.bench.node.NodeClient;
import io.thalweg.bench.node.NodeProcess;
import io.thalweg.bench.streams.StreamsServer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Starts the systems that appends are measured on, each with its load generator. */
final class AppendPeers {
    private final Workspace workspace;

    AppendPeers(Workspace workspace) {
        this.workspace = workspace;
    }

    /**
     * Starts a system.
     *
     * @param started those that are up, by name; a shared producer needs the broker of the other
     */
    AppendPeer start(String system, Map<String, AppendPeer> started) throws Exception {
        return switch (system) {
            case "thalweg" -> thalweg();
            case "kafka" -> kafka(system, Durability.UNFLUSHED);
            case "kafka-flush" -> kafka(system, Durability.FLUSHED);
            case "kafka-shared" -> shared(started.get("kafka"), system);
            case "kafka-flush-shared" -> shared(started.get("kafka-flush"), system);
            case "durable-streams" -> streams(system);
            case "raw", "raw-grow" -> raw(system);
            case "thalweg-3" -> cluster();
            case "kafka-3" -> brokers(system, Durability.UNFLUSHED);
            case "kafka-3-flush" -> brokers(system, Durability.FLUSHED);
            case "etcd-3" -> etcd(system);
            default -> throw new IllegalArgumentException("no system " + system);
        };
    }

    private AppendPeer thalweg() throws Exception {
        Path data = workspace.fresh("appends-thalweg").resolve("data");
        NodeProcess node = NodeProcess.start(workspace.launcher(), data);
        NodeClient client = node.client();
        return new AppendPeer(
                load("thalweg", Workspace.loadCommand("http")),
                node::cpu,
                node::entries,
                (pattern, round) -> client.target(client.createLog("bench-" + pattern.name() + "-" + round)),
                () -> {
                    client.close();
                    node.stop();
                });
    }

    private AppendPeer kafka(String system, Durability durability) throws Exception {
        Path jars = KafkaProcess.jars(workspace.folder(), workspace.repository());
        KafkaProcess broker = KafkaProcess.start(jars, workspace.fresh("appends-" + system), durability);
        return new AppendPeer(
                kafkaLoad(jars, system), broker::cpu, AppendPeer.UNTOLD, own(broker.servers()), broker::close);
    }

    private LoadProcess kafkaLoad(Path jars, String system) throws IOException {
        return load(system, KafkaProcess.loadCommand(jars, workspace.folder(), Workspace.benchClasses()));
    }

    /** A topic for each pattern and round, and a producer for each connection. */
    private static AppendPeer.Target own(String servers) {
        return (pattern, round) -> servers + "," + pattern.name() + "-" + round + ",own";
    }

    private static AppendPeer shared(@Nullable AppendPeer broker, String system) {
        if (broker == null) {
            throw new IllegalArgumentException(
                    system + " shares the broker of the system without -shared: name that first");
        }
        AppendPeer.Target target = (pattern, round) -> {
            String[] own = broker.target(pattern, round).split(",", -1);
            return own[0] + "," + own[1] + "-shared,shared";
        };
        return new AppendPeer(broker.load(), broker.used(), AppendPeer.UNTOLD, target, () -> {});
    }

    /** Three nodes, and one shard for data: clients ask the node that leads it. */
    private AppendPeer cluster() throws Exception {
        Path data = workspace.fresh("appends-thalweg-3").resolve("data");
        LocalNodes nodes = LocalNodes.start(workspace.launcher(), data, 3, 1);
        AppendPeer.Target target = (pattern, round) -> {
            try (NodeClient any = nodes.client(nodes.first())) {
                String log = any.createLog("bench-" + pattern.name() + "-" + round);
                try (NodeClient leader = nodes.client(any.leader(log))) {
                    return leader.target(log);
                }
            }
        };
        return new AppendPeer(
                load("thalweg-3", Workspace.loadCommand("http")), nodes::cpu, nodes::entries, target, nodes::close);
    }

    /** Three brokers, three replicas, and a majority of them in sync or nothing is acknowledged. */
    private AppendPeer brokers(String system, Durability durability) throws Exception {
        Path jars = KafkaProcess.jars(workspace.folder(), workspace.repository());
        List<KafkaProcess> brokers = KafkaProcess.startThree(jars, workspace.fresh("appends-" + system), durability);
        return new AppendPeer(
                kafkaLoad(jars, system),
                () -> brokers.stream().map(KafkaProcess::cpu).reduce(Duration.ZERO, Duration::plus),
                AppendPeer.UNTOLD,
                own(brokers.stream().map(KafkaProcess::servers).collect(Collectors.joining(";"))),
                () -> brokers.forEach(KafkaProcess::close));
    }

    /** Three members; clients ask the one that leads. */
    private AppendPeer etcd(String system) throws Exception {
        Path program = EtcdServers.program()
                .orElseThrow(() -> new IOException("there is no etcd on PATH (Debian: etcd-server)"));
        EtcdServers servers = EtcdServers.startThree(program, workspace.fresh("appends-" + system));
        return new AppendPeer(
                load(system, Workspace.loadCommand("etcd")),
                servers::cpu,
                AppendPeer.UNTOLD,
                (pattern, round) -> servers.leader() + "," + pattern.name() + "-" + round,
                servers::close);
    }

    private AppendPeer streams(String system) throws Exception {
        StreamsServer server = StreamsServer.start(workspace.folder(), workspace.fresh("appends-" + system));
        return new AppendPeer(
                load(system, Workspace.loadCommand("streams")),
                server::cpu,
                AppendPeer.UNTOLD,
                (pattern, round) -> server.url() + ",/v1/stream/" + pattern.name() + "-" + round,
                server::close);
    }

    private AppendPeer raw(String system) throws IOException {
        Path folder = workspace.fresh("appends-" + system);
        return new AppendPeer(
                load(system, Workspace.loadCommand(system)),
                () -> Duration.ZERO,
                AppendPeer.UNTOLD,
                (pattern, round) -> folder.resolve(pattern.name()).toString(),
                () -> {});
    }

    private LoadProcess load(String system, List<String> command) throws IOException {
        return new LoadProcess(command, workspace.folder().resolve("appends-" + system + "-load.log"));
    }
}
