package io.thalweg.bench;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Durable appends, beside Apache Kafka and beside the bare disk.
 *
 * <p>All systems run on this machine over the loopback, each server and each load generator in its own JVM. They take turns: in each
 * round each pattern is run on every system, one directly after the other, and the order rotates from round to round. A ratio is
 * the median of the ratios within the rounds, so that what disturbs a whole round cancels out.
 */
@Command(
        name = "appends",
        mixinStandardHelpOptions = true,
        description = "Appends of 100 B and 1 KiB events, durable, beside Apache Kafka, Durable Streams and a raw"
                + " append-and-force loop.",
        footer = {
            "",
            "Systems:",
            "  thalweg        a node, ./thalweg dev, over HTTP; an answer means flushed",
            "  kafka          one broker as it comes, acks=all, a producer for each connection; an answer means in"
                    + " memory",
            "  kafka-shared   the same broker, all connections through one producer (64 connections only)",
            "  kafka-flush    a broker with log.flush.interval.messages=1; an answer means flushed",
            "  kafka-flush-shared",
            "  durable-streams  the reference server of Durable Streams (npm) on files; an answer means flushed",
            "  raw            write and force into a file that is already there, all connections in one write",
            "  raw-grow       the same into a file that grows"
        })
final class AppendsBench implements Callable<Integer> {
    private static final List<String> ALL = List.of(
            "thalweg",
            "kafka",
            "kafka-shared",
            "kafka-flush",
            "kafka-flush-shared",
            "durable-streams",
            "raw",
            "raw-grow");

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
        Report report = new Report("appends");
        appends.run(systems, "thalweg", report);
        appends.write(report);
        System.out.println("""

            one: 1 connection, 1 event a request. many: 64 connections. batch: 1 connection, 1,000 events a request. batches: 4.
            session: 1 client hands events over one by one and has 4,000 under way; its session, or Kafka's producer as it comes, joins
            them. sessions: 8.
            cpu/event: CPU time of the server's process. disk: bytes written to the device over those of the payload, all of it:
            what the system writes later on its own (kafka) falls into another turn; other programs' writes are in it.
            "thalweg is": events/s of thalweg over those of this system, median over the rounds. A closed loop: latencies
            are those of answered requests, not corrected for coordinated omission. kafka answers before it flushes.\
            """);
        return 0;
    }
}
