package io.thalweg.bench.kafka;

import io.thalweg.bench.peer.PeerJars;
import io.thalweg.bench.peer.PeerServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** One Kafka broker that is its own controller (KRaft), on the loopback, in its own JVM, with the options its start script gives it. */
public final class KafkaProcess implements AutoCloseable {
    private final PeerServer server;
    private final String servers;

    private KafkaProcess(PeerServer server, String servers) {
        this.server = server;
        this.servers = servers;
    }

    /** How a broker makes writes durable. */
    public enum Durability {
        /** As it comes: written to the page cache, flushed by the operating system some time later. */
        UNFLUSHED,
        /** {@code log.flush.interval.messages=1}: each batch is forced to disk before it is acknowledged. */
        FLUSHED
    }

    /** Formats a fresh directory, starts the broker and waits for its port. */
    public static KafkaProcess start(Path jars, Path folder, Durability durability)
            throws IOException, InterruptedException {
        Files.createDirectories(folder);
        int port = PeerServer.freePort();
        int controller = PeerServer.freePort();
        Path properties = folder.resolve("server.properties");
        Files.writeString(properties, properties(folder, port, controller, durability));
        run(
                jars,
                folder,
                "kafka.tools.StorageTool",
                "format",
                "-t",
                "dGhhbHdlZy1iZW5jaC0wMQ",
                "-c",
                properties.toString());
        PeerServer server = PeerServer.start(
                "Kafka", java(jars, folder, "kafka.Kafka", properties.toString()), port, folder.resolve("kafka.log"));
        return new KafkaProcess(server, "127.0.0.1:" + port);
    }

    /** The command of a load generator with Kafka's client; see {@code KafkaLoad.java} among the resources. */
    public static List<String> loadCommand(Path jars, Path work, String benchClasses) throws IOException {
        return PeerJars.loadCommand(jars, KafkaProcess.class, "KafkaLoad.java", work, benchClasses);
    }

    /** The folder of Kafka's jars, which is fetched once. */
    public static Path jars(Path work, Path repository) throws IOException, InterruptedException {
        return PeerJars.resolve("kafka", KafkaProcess.class, work, repository);
    }

    private static String properties(Path folder, int port, int controller, Durability durability) {
        String text = """
            # The values of config/server.properties as Kafka ships it, on free ports and one folder ...
            process.roles=broker,controller
            node.id=1
            controller.quorum.voters=1@127.0.0.1:%d
            listeners=PLAINTEXT://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d
            advertised.listeners=PLAINTEXT://127.0.0.1:%d
            inter.broker.listener.name=PLAINTEXT
            controller.listener.names=CONTROLLER
            listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
            num.network.threads=3
            num.io.threads=8
            socket.send.buffer.bytes=102400
            socket.receive.buffer.bytes=102400
            socket.request.max.bytes=104857600
            log.dirs=%s
            num.partitions=1
            offsets.topic.replication.factor=1
            share.coordinator.state.topic.replication.factor=1
            transaction.state.log.replication.factor=1
            transaction.state.log.min.isr=1
            log.segment.bytes=1073741824
            # ... and one that is needed: a batch of 1,000 events of 1 KiB is larger than the default of 1 MiB.
            message.max.bytes=20971520
            """.formatted(controller, port, controller, port, folder.resolve("data"));
        return durability == Durability.FLUSHED ? text + "log.flush.interval.messages=1\n" : text;
    }

    private static void run(Path jars, Path folder, String... command) throws IOException, InterruptedException {
        if (java(jars, folder, command).start().waitFor() != 0) {
            throw new IOException(command[0] + " failed; see " + folder.resolve("kafka.log"));
        }
    }

    private static ProcessBuilder java(Path jars, Path folder, String... command) {
        List<String> all = new ArrayList<>(List.of(
                PeerJars.javaBinary(),
                "-Xmx1G",
                "-Xms1G",
                "-server",
                "-XX:+UseG1GC",
                "-XX:MaxGCPauseMillis=20",
                "-XX:InitiatingHeapOccupancyPercent=35",
                "-XX:+ExplicitGCInvokesConcurrent",
                "-Djava.awt.headless=true",
                "-cp",
                jars + "/*"));
        all.addAll(List.of(command));
        return new ProcessBuilder(all)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        folder.resolve("kafka.log").toFile()));
    }

    /** CPU time of the whole process so far. */
    public Duration cpu() {
        return server.cpu();
    }

    /** What its clients are given. */
    public String servers() {
        return servers;
    }

    @Override
    public void close() {
        server.close();
    }
}
