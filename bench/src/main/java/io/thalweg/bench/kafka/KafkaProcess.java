package io.thalweg.bench.kafka;

import io.thalweg.bench.peer.PeerJars;
import io.thalweg.bench.peer.PeerServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** A Kafka broker that is a controller, too (KRaft), on the loopback, in its own JVM, with the options its start script gives it. */
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

    /** A broker's place among those that start together. */
    private record Place(int id, int port, int controller) {
        static Place free(int id) throws IOException {
            return new Place(id, PeerServer.freePort(), PeerServer.freePort());
        }

        String voter() {
            return id + "@127.0.0.1:" + controller;
        }
    }

    /** Formats a fresh directory, starts a broker that is alone and waits for its port. */
    public static KafkaProcess start(Path jars, Path folder, Durability durability)
            throws IOException, InterruptedException {
        Place alone = Place.free(1);
        return start(jars, folder, durability, alone, List.of(alone));
    }

    /**
     * Starts three brokers, each in a folder of its own, that keep three replicas of everything and need two of them; all at once, since one alone
     * does not listen before it has a quorum.
     */
    public static List<KafkaProcess> startThree(Path jars, Path folder, Durability durability)
            throws IOException, InterruptedException {
        List<Place> places = List.of(Place.free(1), Place.free(2), Place.free(3));
        List<PeerServer.Starter<KafkaProcess>> starters = new ArrayList<>();
        for (Place place : places) {
            starters.add(() -> start(jars, folder.resolve("broker-" + place.id), durability, place, places));
        }
        return PeerServer.together(starters);
    }

    private static KafkaProcess start(Path jars, Path folder, Durability durability, Place place, List<Place> all)
            throws IOException, InterruptedException {
        Files.createDirectories(folder);
        Path properties = folder.resolve("server.properties");
        Files.writeString(properties, properties(folder, place, all, durability));
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
                "Kafka",
                java(jars, folder, "kafka.Kafka", properties.toString()),
                place.port,
                folder.resolve("kafka.log"));
        return new KafkaProcess(server, "127.0.0.1:" + place.port);
    }

    /** The command of a load generator with Kafka's client; see {@code KafkaLoad.java} among the resources. */
    public static List<String> loadCommand(Path jars, Path work, String benchClasses) throws IOException {
        return PeerJars.loadCommand(jars, KafkaProcess.class, "KafkaLoad.java", work, benchClasses);
    }

    /** The folder of Kafka's jars, which is fetched once. */
    public static Path jars(Path work, Path repository) throws IOException, InterruptedException {
        return PeerJars.resolve("kafka", KafkaProcess.class, work, repository);
    }

    private static String properties(Path folder, Place place, List<Place> all, Durability durability) {
        int replicas = all.size();
        String text = """
            # The values of config/server.properties as Kafka ships it, on free ports and one folder ...
            process.roles=broker,controller
            node.id=%d
            controller.quorum.voters=%s
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
            default.replication.factor=%d
            min.insync.replicas=%d
            offsets.topic.replication.factor=%d
            share.coordinator.state.topic.replication.factor=1
            transaction.state.log.replication.factor=1
            transaction.state.log.min.isr=1
            log.segment.bytes=1073741824
            # ... and one that is needed: a batch of 1,000 events of 1 KiB is larger than the default of 1 MiB.
            message.max.bytes=20971520
            """.formatted(
                        place.id,
                        all.stream().map(Place::voter).collect(Collectors.joining(",")),
                        place.port,
                        place.controller,
                        place.port,
                        folder.resolve("data"),
                        replicas,
                        replicas / 2 + 1,
                        replicas);
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
