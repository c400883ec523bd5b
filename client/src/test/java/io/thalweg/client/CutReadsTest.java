package io.thalweg.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.client.LogClient.LogEvent;
import io.thalweg.client.LogClient.Statistics;
import io.thalweg.server.DevNode;
import io.thalweg.server.config.HostPort;
import io.thalweg.server.config.NodeOptions;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is read over a road that is cut is read when the road is whole again, from where it was. */
@Timeout(120)
class CutReadsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    private static Path data;

    private static DevNode node;

    @BeforeAll
    static void start() throws Exception {
        node = DevNode.start(
                NodeOptions.in(data).withHttp("127.0.0.1", 0).withCompiled(false), new HostPort("127.0.0.1", 0));
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    private static URI url() {
        return URI.create(node.node().url());
    }

    private static LogClient client(URI... urls) {
        return LogClient.open(List.of(urls), node.apiKey(), PATIENCE);
    }

    private static String post(String path, BodyPublisher body) throws Exception {
        try (HttpClient http = HttpClient.newHttpClient()) {
            HttpResponse<String> answer = http.send(
                    HttpRequest.newBuilder(URI.create(node.node().url() + path))
                            .header("Authorization", "Bearer " + node.apiKey())
                            .POST(body)
                            .build(),
                    BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(answer.body()).isLessThan(300);
            return answer.body();
        }
    }

    private static String log(String name, int partitions) throws Exception {
        return post("/logs", BodyPublishers.ofString("{\"name\":\"" + name + "\",\"partitions\":" + partitions + "}"))
                .replaceAll("(?s).*\"log_id\":\"([^\"]+)\".*", "$1");
    }

    private static void append(String log, int from, int to) throws Exception {
        try (AppendSession session = client(url()).session(log)) {
            for (int i = from; i < to; i++) {
                session.append(NewEvent.of("key" + i % 7, Integer.toString(i).getBytes(StandardCharsets.UTF_8)))
                        .join();
            }
        }
    }

    private static int number(LogEvent event) {
        return Integer.parseInt(new String(event.payload(), StandardCharsets.UTF_8));
    }

    /** Asks while the road is cut, and mends it once somebody came in vain. */
    private static <T> T acrossACut(CuttableRoad road, Callable<T> ask) throws Exception {
        road.cut(true);
        int before = road.turnedAway();
        FutureTask<T> asking = new FutureTask<>(ask);
        Thread.ofPlatform().start(asking);
        while (road.turnedAway() < before + 2) {
            Thread.sleep(5);
        }
        assertThat(asking.isDone()).isFalse();
        road.cut(false);
        return asking.get();
    }

    @Test
    void aReadIsAskedAgain() throws Exception {
        for (int partitions : List.of(1, 3)) {
            String log = log("read-" + partitions, partitions);
            append(log, 0, 20);
            try (CuttableRoad road = new CuttableRoad(url())) {
                LogClient client = client(road.url());
                LogClient.Page first = client.read(log, null, 8);
                LogClient.Page rest = acrossACut(road, () -> client.read(log, first.position(), 100));
                List<LogEvent> all = new ArrayList<>(first.events());
                all.addAll(rest.events());
                assertThat(all)
                        .extracting(CutReadsTest::number)
                        .doesNotHaveDuplicates()
                        .hasSize(20);
                Statistics counted = acrossACut(road, () -> client.statistics(log));
                assertThat(counted.events()).isEqualTo(20);
                assertThat(counted.partitions()).hasSize(partitions);
                assertThat(counted.partitions().stream()
                                .mapToLong(LogClient.PartitionStatistics::headSequence)
                                .sum())
                        .isEqualTo(20);
            }
        }
    }

    @Test
    void aQueryIsAskedAgainAlsoOfTheNextNode() throws Exception {
        String log = log("counted", 1);
        var _ = post(
                "/logs/" + log + "/views/count",
                BodyPublishers.ofFile(Path.of("..", "examples", "views", "counter-c.wasm")));
        try (AppendSession session = client(url()).session(log)) {
            for (int i = 0; i < 3; i++) {
                session.append(NewEvent.of("{\"inc\":1}".getBytes(StandardCharsets.UTF_8)))
                        .join();
            }
        }
        byte[] nothing = new byte[0];
        try (CuttableRoad road = new CuttableRoad(url())) {
            LogClient client = client(road.url());
            assertThat(new String(
                            acrossACut(road, () -> client.query(log, "count", nothing, "3")), StandardCharsets.UTF_8))
                    .isEqualTo("{\"count\":3}");
            road.cut(true);
            assertThat(new String(client(road.url(), url()).query(log, "count", nothing, "3"), StandardCharsets.UTF_8))
                    .isEqualTo("{\"count\":3}");
        }
    }

    @Test
    void aTailGoesOnWhereItWas() throws Exception {
        for (int partitions : List.of(1, 3)) {
            String log = log("tail-" + partitions, partitions);
            try (CuttableRoad road = new CuttableRoad(url());
                    LogTail tail = client(road.url()).tail(log, null)) {
                List<Integer> seen = new ArrayList<>();
                append(log, 0, 10);
                for (int i = 0; i < 5; i++) {
                    seen.add(number(tail.next()));
                }
                String position = tail.position();
                road.cut(true);
                append(log, 10, 20);
                road.cut(false);
                for (int i = 5; i < 20; i++) {
                    seen.add(number(tail.next()));
                }
                assertThat(seen).doesNotHaveDuplicates().hasSize(20);
                try (LogTail another = client(url()).tail(log, position)) {
                    List<Integer> again = new ArrayList<>(seen.subList(0, 5));
                    for (int i = 5; i < 20; i++) {
                        again.add(number(another.next()));
                    }
                    assertThat(again).containsExactlyInAnyOrderElementsOf(seen);
                }
            }
        }
    }

    @Test
    void aTailThatIsClosedAndALogThatIsNotThereEndTheWait() throws Exception {
        String log = log("quiet", 2);
        LogTail quiet = client(url()).tail(log, null);
        FutureTask<LogEvent> waiting = new FutureTask<>(quiet::next);
        Thread thread = Thread.ofPlatform().start(waiting);
        while (quiet.position() == null) {
            Thread.sleep(5);
        }
        quiet.close();
        thread.join();
        assertThatThrownBy(waiting::get).hasRootCauseInstanceOf(NoSuchElementException.class);
        assertThat(quiet.hasNext()).isFalse();
        try (LogTail nowhere = client(url()).tail("00000000-0000-0000-0000-000000000001", "0")) {
            assertThatThrownBy(nowhere::next)
                    .isInstanceOfSatisfying(
                            LogException.class, e -> assertThat(e.code()).isEqualTo("not_found"));
        }
    }
}
