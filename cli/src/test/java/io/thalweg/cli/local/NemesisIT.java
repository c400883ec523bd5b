package io.thalweg.cli.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.thalweg.cli.ExamplesJar;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.local.recorded.RecordedClients;
import io.thalweg.cli.local.recorded.WatchedExample;
import io.thalweg.testkit.history.Violation;
import io.thalweg.testkit.nemesis.Fault;
import io.thalweg.testkit.nemesis.Nemesis;
import io.thalweg.testkit.nemesis.PeerLinks;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * A cluster of real processes under mixed faults, and all that its clients were told, checked. Most faults once in a build; CONTRIBUTING has
 * the command for a night.
 */
class NemesisIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int PROGRESS = 3;

    /**
     * What a build can do without: a death of one comes with {@link Fault#PAUSE_ONE_WHILE_ANOTHER_DIES} and in other tests, and a majority is away
     * in {@link Fault#PAUSE_MAJORITY} and dies in {@link Fault#KILL_ALL}; an end in order is in other tests.
     */
    private static final Set<Fault> FOR_NIGHTS =
            EnumSet.of(Fault.KILL_ONE, Fault.KILL_MAJORITY, Fault.RESTART_TWO_IN_TURN);

    @TempDir
    private Path directory = Path.of("");

    @Test
    void nothingThatClientsWereToldIsWrongWhateverDiesOrSleeps() throws Exception {
        long seed = Long.getLong("thalweg.seed", 1);
        long seconds = Long.getLong("thalweg.nemesis.seconds", 0);
        List<Fault> wanted = Stream.of(
                        System.getProperty("thalweg.nemesis.faults", "").split(",", -1))
                .filter(fault -> !fault.isBlank())
                .map(Fault::valueOf)
                .toList();
        System.out.println("nemesis of seed " + seed);
        Path data = directory.resolve("cluster");
        try (PeerLinks links = layOut(data);
                LocalProcess local = LocalProcess.startWithFaults(data, "--nodes", "3", "--shards", "2")) {
            String lines = Objects.requireNonNull(
                    deploy(local, "words", "WordCount", List.of("lines")).get("lines"));
            List<WatchedExample.Deployed> examples = new ArrayList<>();
            for (WatchedExample each : WatchedExample.chosen(seed)) {
                System.out.println("with " + each);
                examples.add(
                        new WatchedExample.Deployed(each, deploy(local, each.view(), each.className(), each.logs())));
            }
            RecordedClients clients =
                    new RecordedClients(local.all("http"), local.apiKey(), makeLog(local), lines, examples, seed);
            clients.start();
            progress(clients);
            Nemesis nemesis = new LocalNemesis(local, links, seed);
            long endNs = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
            Random random = new Random(seed);
            do {
                List<Fault> faults = Fault.shuffled(random);
                faults.removeIf(fault ->
                        wanted.isEmpty() ? seconds == 0 && FOR_NIGHTS.contains(fault) : !wanted.contains(fault));
                for (Fault fault : faults) {
                    long beganNs = System.nanoTime();
                    nemesis.act(fault);
                    long overNs = System.nanoTime();
                    progress(clients);
                    System.out.println(fault + ": " + millis(overNs - beganNs) + " ms, everybody got on "
                            + millis(System.nanoTime() - overNs) + " ms later; " + clients);
                }
            } while (System.nanoTime() < endNs);
            clients.stop();
            System.out.println(clients);
            Violation.requireNone(clients.check());
            clients.requireRecounted();
        }
    }

    /** A cluster whose nodes listen for each other on another address than that at which they are reached, and links before them. */
    private static PeerLinks layOut(Path data) throws IOException {
        return PeerLinks.between(LocalFiles.make(data, new LocalFiles.Shape(3, 2, 3)).stream()
                .collect(Collectors.toMap(LocalFiles.NodePlace::id, LocalFiles.NodePlace::config)));
    }

    private static long millis(long ns) {
        return Duration.ofNanos(ns).toMillis();
    }

    /** Deploys a view in Java; returns the ids of its logs by their names, once every node knows them. */
    private static Map<String, String> deploy(LocalProcess local, String name, String className, List<String> logs)
            throws Exception {
        try (HttpClient http = HttpClient.newHttpClient()) {
            HttpResponse<String> made = http.send(
                    request(
                                    local,
                                    local.all("http").getFirst() + "/views/" + name + "?class=io.thalweg.examples."
                                            + className + "&partitions=2")
                            .PUT(BodyPublishers.ofByteArray(ExamplesJar.bytes()))
                            .build(),
                    BodyHandlers.ofString());
            assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
            Map<String, String> ids = new HashMap<>();
            for (String node : local.all("http")) {
                await().atMost(PATIENCE).until(() -> {
                    Map<String, String> known = new HashMap<>();
                    String listed = http.send(request(local, node + "/logs").build(), BodyHandlers.ofString())
                            .body();
                    for (JsonNode log : Api.JSON.readTree(listed).get("logs")) {
                        known.put(
                                log.get("log_name").asString(),
                                log.get("log_id").asString());
                    }
                    ids.putAll(known);
                    return known.keySet().containsAll(logs);
                });
            }
            return ids;
        }
    }

    private static HttpRequest.Builder request(LocalProcess local, String url) {
        return HttpRequest.newBuilder(URI.create(url)).header("Authorization", "Bearer " + local.apiKey());
    }

    private static String makeLog(LocalProcess local) throws Exception {
        try (HttpClient http = HttpClient.newHttpClient()) {
            HttpResponse<String> made = http.send(
                    request(local, local.all("http").getFirst() + "/logs")
                            .header("Content-Type", "application/json")
                            .POST(BodyPublishers.ofString("{\"name\":\"events\"}"))
                            .build(),
                    BodyHandlers.ofString());
            assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
            return Api.JSON.readTree(made.body()).get("log_id").asString();
        }
    }

    /** Everybody gets on, reader or writer, of logs or of ledgers. */
    private static void progress(RecordedClients clients) {
        Map<String, Long> before = clients.done();
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(clients.done())
                        .allSatisfy((client, done) -> assertThat(done)
                                .as(client)
                                .isGreaterThanOrEqualTo(before.getOrDefault(client, 0L) + PROGRESS)));
    }
}
