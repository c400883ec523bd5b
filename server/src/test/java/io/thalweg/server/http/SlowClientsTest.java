package io.thalweg.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.thalweg.server.Client;
import io.thalweg.server.TestNode;
import io.thalweg.server.config.NodeOptions;
import io.thalweg.server.config.Patience;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Clients that take their time, at a node that has less of it than others. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SlowClientsTest {
    private static final Patience LITTLE = new Patience(Duration.ofSeconds(3), 16 << 10, Duration.ofSeconds(3));

    /** Events of a megabyte each. */
    private static final int LARGE = 40;

    private TestNode node;
    private Client client;
    private String log;

    @BeforeAll
    void start(@TempDir Path data) throws Exception {
        node = new TestNode(NodeOptions.in(data)
                .withHttp("127.0.0.1", 0)
                .withCompiled(false)
                .withPatience(LITTLE));
        client = node.client();
        log = client.createLog("slow");
    }

    @AfterAll
    void stop() {
        node.close();
    }

    private String append(int bytes) {
        return "POST /logs/" + log + "/append HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
                + node.dev().apiKey() + "\r\nContent-Length: " + bytes + "\r\n\r\n";
    }

    private void assertTooSlow(Wire wire) throws IOException {
        Wire.Answer answer = wire.answer();
        assertThat(answer.status()).as(answer.text()).isEqualTo(408);
        assertThat(Client.MAPPER.readTree(answer.body()).get("code").asString()).isEqualTo("request_timeout");
        assertThat(answer.header("connection")).isEqualTo("close");
        assertThat(wire.ended()).isTrue();
    }

    @Test
    void aBodyThatStopsComingIsAnsweredAndItsConnectionEnds() throws IOException {
        try (Wire wire = new Wire(node.url())) {
            assertTooSlow(wire.send(append(100_000)).send("x"));
        }
        // It is counted when all of it is over, behind what the client sees of it.
        await().atMost(Duration.ofMinutes(1))
                .untilAsserted(() -> assertThat(node.anonymous().get("/metrics").text())
                        .contains("thalweg_http_calls_seconds_count{route=\"append_log\",status=\"408\"}"));
    }

    @Test
    void aBodyThatComesBelowTheLeastRateIsTooThoughItNeverStops() throws Exception {
        try (Wire wire = new Wire(node.url())) {
            wire.send(append(1_000_000));
            Thread dribble = Thread.ofVirtual().start(() -> {
                try {
                    while (true) {
                        wire.send("x");
                        Thread.sleep(10);
                    }
                } catch (IOException | InterruptedException _) {
                    // The node has had enough.
                }
            });
            Wire.Answer answer = wire.answer();
            assertThat(answer.status()).as(answer.text()).isEqualTo(408);
            assertThat(answer.text()).contains("16384 bytes a second");
            dribble.interrupt();
            dribble.join();
        }
    }

    @Test
    void aBodyThatComesAtOnceIsTaken() throws IOException {
        try (Wire wire = new Wire(node.url())) {
            assertThat(wire.send(append(500_000))
                            .send("x".repeat(500_000))
                            .answer()
                            .status())
                    .isEqualTo(200);
        }
    }

    /** Megabytes more than what systems hold between a writer and a reader. */
    private String large(String name) {
        String log = client.createLog(name);
        for (int i = 0; i < LARGE; i++) {
            assertThat(client.post("/logs/" + log + "/append", "x".repeat(1_000_000))
                            .status())
                    .isEqualTo(200);
        }
        return log;
    }

    private void ask(Socket socket, String log) throws IOException {
        URI place = URI.create(node.url());
        // What systems hold for a reader is small beside what is sent.
        socket.setReceiveBufferSize(8 << 10);
        socket.connect(new InetSocketAddress(place.getHost(), place.getPort()));
        socket.getOutputStream()
                .write(("GET /logs/" + log + "/tail?from=1"
                                + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
                                + node.dev().apiKey() + "\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
    }

    /** How many tails are over, whichever way. */
    private long tailsThatAreOver() {
        return node.anonymous()
                .get("/metrics")
                .text()
                .lines()
                .filter(line -> line.startsWith("thalweg_http_calls_seconds_count{route=\"tail_log\""))
                .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    @Test
    void aReaderThatTakesNothingIsCutOffAndHoldsNothingAnyMore() throws Exception {
        String stuck = large("never read");
        long before = tailsThatAreOver();
        try (Socket socket = new Socket()) {
            ask(socket, stuck);
            await().atMost(Duration.ofMinutes(1)).until(() -> tailsThatAreOver() > before);
        }
        assertThat(client.get("/logs/" + stuck + "/events?from=1&limit=1").status())
                .isEqualTo(200);
    }

    /** Its system's buffer is megabytes, of which a third would take longer than a reader may take nothing. */
    @Test
    void aReaderThatIsSlowButGoesOnIsNotCutOff() throws Exception {
        String log = large("read slowly");
        long before = tailsThatAreOver();
        try (Socket socket = new Socket()) {
            ask(socket, log);
            for (int moment = 0; moment < 60; moment++) {
                assertThat(socket.getInputStream().readNBytes(8 << 10)).hasSize(8 << 10);
                Thread.sleep(100);
            }
            assertThat(tailsThatAreOver()).isEqualTo(before);
        }
    }
}
