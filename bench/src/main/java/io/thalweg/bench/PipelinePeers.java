package io.thalweg.bench;

import io.thalweg.bench.flink.FlinkPrograms;
import io.thalweg.bench.javaviews.Pipelines;
import io.thalweg.bench.javaviews.StreamsPrograms;
import io.thalweg.bench.javaviews.Workload;
import io.thalweg.bench.kafka.KafkaProcess;
import io.thalweg.bench.load.LoadProcess;
import io.thalweg.bench.node.NodeClient;
import io.thalweg.bench.node.NodeProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Starts pipelines on the systems that views in Java are measured on. The servers stay for all pipelines of a run. */
final class PipelinePeers implements AutoCloseable {
    private static final int PAGE = 1_000;

    private final Workspace workspace;
    private @Nullable NodeProcess node;
    private @Nullable NodeClient client;
    private final List<KafkaProcess> brokers = new ArrayList<>();

    PipelinePeers(Workspace workspace) {
        this.workspace = workspace;
    }

    PipelinePeer start(String system, Workload workload) throws IOException, InterruptedException {
        return switch (system) {
            case "thalweg" -> thalweg(workload);
            case "kafka-streams" -> streams(system, workload, KafkaProcess.Durability.FLUSHED);
            case "kafka-streams-unflushed" -> streams(system, workload, KafkaProcess.Durability.UNFLUSHED);
            case "flink" -> flink(system, workload);
            default -> throw new IllegalArgumentException("no system " + system);
        };
    }

    private PipelinePeer thalweg(Workload workload) throws IOException, InterruptedException {
        NodeProcess its = node;
        if (its == null) {
            its = NodeProcess.start(
                    workspace.launcher(), workspace.fresh("java-views-thalweg").resolve("data"));
            node = its;
            client = its.client();
        }
        NodeClient asking = client;
        if (asking == null) {
            throw new IOException("the node has no client");
        }
        String view = name(workload);
        asking.deployJavaView(view, Pipelines.className(workload), Workload.PARTITIONS, Pipelines.jar());
        List<String> command = new ArrayList<>(Workspace.loadCommand(""));
        command.subList(command.size() - 2, command.size()).clear();
        command.add("io.thalweg.bench.javaviews.ThalwegDoor");
        command.add(asking.target(asking.logId(workload.log())));
        LoadProcess load = load("thalweg-" + workload.word(), command);
        return new PipelinePeer() {
            @Override
            public String[] order(String order) throws IOException {
                return load.measure(order);
            }

            @Override
            public void await(long counted) throws IOException {
                asking.selectNewest(view, workload.index(), "{\"path\":[[\"key\",\"nothing\"]]}");
            }

            @Override
            public long sum() throws IOException {
                long sum = 0;
                @Nullable String page = null;
                do {
                    ObjectNode body = Report.JSON.createObjectNode().put("limit", PAGE);
                    body.putArray("path").addArray().add("map_vals");
                    if (page != null) {
                        body.put("page", page);
                    }
                    JsonNode found = asking.selectNewest(view, workload.index(), Report.JSON.writeValueAsString(body));
                    for (JsonNode value : found.get("values")) {
                        sum += value.asLong();
                    }
                    page = found.path("next").asString(null);
                } while (page != null);
                return sum;
            }

            @Override
            public void close() throws IOException {
                load.close();
                asking.deleteJavaView(view);
            }
        };
    }

    private PipelinePeer streams(String system, Workload workload, KafkaProcess.Durability durability)
            throws IOException, InterruptedException {
        Path work = workspace.folder();
        Path jars = StreamsPrograms.jars(work, workspace.repository());
        Path folder = workspace.fresh("java-views-" + system + "-" + workload.word());
        KafkaProcess broker = broker(jars, folder, durability);
        List<String> app = StreamsPrograms.app(
                jars,
                work,
                Workspace.benchClasses(),
                broker.servers(),
                workload,
                name(workload),
                folder.resolve("state"));
        return onKafka(system, workload, jars, broker, app);
    }

    private PipelinePeer flink(String system, Workload workload) throws IOException, InterruptedException {
        Path work = workspace.folder();
        Path jars = StreamsPrograms.jars(work, workspace.repository());
        Path folder = workspace.fresh("java-views-" + system + "-" + workload.word());
        KafkaProcess broker = broker(jars, folder, KafkaProcess.Durability.FLUSHED);
        List<String> app = FlinkPrograms.app(
                FlinkPrograms.jars(work, workspace.repository()),
                work,
                Workspace.benchClasses(),
                broker.servers(),
                workload,
                name(workload),
                StreamsPrograms.changeLog(name(workload), workload),
                folder.resolve("state"));
        return onKafka(system, workload, jars, broker, app);
    }

    private static String name(Workload workload) {
        return "bench-" + workload.word();
    }

    private KafkaProcess broker(Path jars, Path folder, KafkaProcess.Durability durability)
            throws IOException, InterruptedException {
        KafkaProcess broker = KafkaProcess.start(jars, folder.resolve("broker"), durability);
        brokers.add(broker);
        return broker;
    }

    /**
     * A pipeline that takes its events from a broker and writes what it counts to another topic of it.
     *
     * @param jars of Kafka
     */
    private PipelinePeer onKafka(
            String system, Workload workload, Path jars, KafkaProcess broker, List<String> application)
            throws IOException {
        LoadProcess app = load(system + "-" + workload.word() + "-app", application);
        app.measure("await 0"); // it runs, and its topics are there
        LoadProcess load = load(
                system + "-" + workload.word(),
                StreamsPrograms.load(
                        jars,
                        workspace.folder(),
                        Workspace.benchClasses(),
                        broker.servers(),
                        workload,
                        name(workload)));
        return new PipelinePeer() {
            @Override
            public String[] order(String order) throws IOException {
                return load.measure(order);
            }

            @Override
            public void await(long counted) throws IOException {
                app.measure("await " + counted);
            }

            @Override
            public long sum() throws IOException {
                return Long.parseLong(app.measure("sum")[1]);
            }

            @Override
            public void close() throws IOException {
                load.close();
                app.close();
                brokers.remove(broker);
                broker.close();
            }
        };
    }

    private LoadProcess load(String name, List<String> command) throws IOException {
        return new LoadProcess(
                command, workspace.folder().resolve("java-views-" + name.toLowerCase(Locale.ROOT) + ".log"));
    }

    @Override
    public void close() throws IOException {
        brokers.forEach(KafkaProcess::close);
        if (client != null) {
            client.close();
        }
        if (node != null) {
            node.stop();
        }
    }
}
