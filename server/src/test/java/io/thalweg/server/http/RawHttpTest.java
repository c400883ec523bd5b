package io.thalweg.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.server.Client;
import io.thalweg.server.Node;
import io.thalweg.server.TestNode;
import io.thalweg.server.config.NodeOptions;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** HTTP/1 as it comes from sockets: what clients may send is answered, what they may not is refused in the API's shape and closed. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RawHttpTest {
    private static final String JSON = "application/json";

    private TestNode node;
    private String log;
    private String bearer;

    @BeforeAll
    void start(@TempDir Path data) throws Exception {
        node = new TestNode(NodeOptions.in(data)
                .withHttp("127.0.0.1", 0)
                .withCompiled(false)
                .withCors(java.util.List.of("https://app.example")));
        log = "/logs/" + node.client().createLog("raw");
        bearer = "Authorization: Bearer " + node.dev().apiKey();
    }

    @AfterAll
    void stop() {
        node.close();
    }

    private Wire wire() throws IOException {
        return new Wire(node.url());
    }

    private String head(String start, String... headers) {
        String rest = headers.length == 0 ? "" : String.join("\r\n", headers) + "\r\n";
        return start + " HTTP/1.1\r\nHost: x\r\n" + bearer + "\r\n" + rest + "\r\n";
    }

    private void assertOneShape(Wire.Answer answer, int status) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(status);
        assertThat(answer.header("content-type")).isEqualTo(JSON);
        assertThat(Client.MAPPER.readTree(answer.body()).propertyNames()).containsExactly("error", "code");
    }

    private long sequence(Wire.Answer answer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return Client.MAPPER.readTree(answer.body()).get("sequence").asLong();
    }

    @Test
    void closeIsAnsweredAndDone() throws IOException {
        try (Wire wire = wire()) {
            Wire.Answer answer =
                    wire.send(head("GET /logs", "Connection: close")).answer();
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.header("connection")).isEqualTo("close");
            assertThat(wire.ended()).isTrue();
        }
    }

    @Test
    void theVersionBeforeIsAnsweredAndClosed() throws IOException {
        try (Wire wire = wire()) {
            assertThat(wire.send("GET /health/live HTTP/1.0\r\n\r\n").answer().status())
                    .isEqualTo(200);
            assertThat(wire.ended()).isTrue();
        }
    }

    @Test
    void linesMayEndWithoutCarriageReturn() throws IOException {
        try (Wire wire = wire()) {
            wire.send("GET /health/live HTTP/1.1\nHost: x\nConnection: close\n\n");
            assertThat(wire.answer().status()).isEqualTo(200);
        }
    }

    @Test
    void chunksMayHaveExtensionsAndTrailersAndTheConnectionGoesOn() throws IOException {
        try (Wire wire = wire()) {
            for (int i = 0; i < 3; i++) {
                wire.send(head("POST " + log + "/append", "Transfer-Encoding: chunked")
                        + "3;ext=1;other=\"a b\"\r\nabc\r\n2\r\nde\r\n0\r\nX-Trailer: t\r\n\r\n");
                sequence(wire.answer());
            }
            String last = node.client().get(log + "/events?limit=10000").text();
            assertThat(last).contains("\"payload\":\"abcde\"");
        }
    }

    @Test
    void requestsThatComeTogetherAreAnsweredInOrder() throws IOException {
        try (Wire wire = wire()) {
            StringBuilder all = new StringBuilder();
            for (int i = 0; i < 20; i++) {
                all.append(head("POST " + log + "/append", "Content-Length: 2")).append("%02d".formatted(i));
                all.append(head("GET /nowhere"));
            }
            wire.send(all.toString());
            long before = 0;
            for (int i = 0; i < 20; i++) {
                long sequence = sequence(wire.answer());
                assertThat(sequence).isGreaterThan(before);
                before = sequence;
                assertOneShape(wire.answer(), 404);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"zz", "+5", "-1", "", "0x5", "fffffffffffffffffff"})
    void aSizeThatIsNoneIsRefusedAndClosed(String size) throws IOException {
        long before =
                node.client().get(log + "/stats").json().get("event_count").asLong();
        try (Wire wire = wire()) {
            wire.send(head("POST " + log + "/append", "Transfer-Encoding: chunked") + size + "\r\nhello\r\n0\r\n\r\n");
            assertOneShape(wire.answer(), 400);
            assertThat(wire.ended()).isTrue();
        }
        try (Wire wire = wire()) {
            wire.send(head("POST " + log + "/append", "Transfer-Encoding: chunked") + "2\r\nhello\r\n0\r\n\r\n");
            assertOneShape(wire.answer(), 400);
        }
        assertThat(node.client().get(log + "/stats").json().get("event_count").asLong())
                .isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "NONSENSE of more than a few bytes\r\n\r\n",
                "GET /logs HTTP/1.1\r\n\r\n",
                "GET /logs HTTP/9.9\r\nHost: x\r\n\r\n",
                "POST /logs HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "POST /logs HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
                "POST /logs HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
                "GET /logs HTTP/1.1\r\nHost: x\r\nNo colon\r\n\r\n",
                "GET /logs HTTP/1.1\r\nHost: x\r\nSpace : before\r\n\r\n",
                "GET /logs HTTP/1.1\r\nHost: x\r\n folded: line\r\n\r\n",
                "GET /logs HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n"
            })
    void whatIsNoRequestIsAnsweredInTheOneShapeAndClosed(String request) throws IOException {
        try (Wire wire = wire()) {
            Wire.Answer answer = wire.send(request).answer();
            assertThat(answer.status()).isIn(400, 505);
            assertOneShape(answer, answer.status());
            assertThat(wire.ended()).isTrue();
        }
    }

    @Test
    void headersHaveALimit() throws IOException {
        try (Wire wire = wire()) {
            assertOneShape(
                    wire.send(head("GET /logs", "X: " + "x".repeat(70_000))).answer(), 431);
        }
        try (Wire wire = wire()) {
            wire.send("GET /logs HTTP/1.1\r\nHost: x\r\n" + "A: b\r\n".repeat(20_000) + "\r\n");
            assertOneShape(wire.answer(), 431);
        }
    }

    @Test
    void everyGetRouteAnswersHeadAsItAnswersGetButWithoutContent() throws IOException {
        int heads = 0;
        try (Wire wire = wire()) {
            for (Route route : node.node().routes()) {
                if (route.method() != Method.GET) {
                    continue;
                }
                String path = route.template()
                        .replace("/logs/{log_id}", log)
                        .replace("{ledger_id}", "default")
                        .replaceAll("\\{[^}]*}", "1");
                Wire.Answer head = wire.send(head("HEAD " + path)).answer(true);
                assertThat(head.header("content-type")).as(path).isNotEmpty();
                if (path.endsWith("/tail")) {
                    assertThat(head.status()).as(path).isEqualTo(200);
                } else {
                    Wire.Answer got = wire.send(head("GET " + path)).answer();
                    assertThat(head.status()).as(path).isEqualTo(got.status());
                    assertThat(head.header("content-type")).as(path).isEqualTo(got.header("content-type"));
                }
                heads++;
            }
            assertThat(wire.send(head("GET /health/live")).answer().status()).isEqualTo(200);
        }
        assertThat(heads).isGreaterThan(20);
    }

    @Test
    void whoWaitsForPermissionGetsItOnlyForABodyThatIsTaken() throws IOException {
        try (Wire wire = wire()) {
            wire.send(head("POST " + log + "/append", "Expect: 100-continue", "Content-Length: 2"));
            assertThat(wire.answer().status()).isEqualTo(100);
            sequence(wire.send("ok").answer());
        }
        try (Wire wire = wire()) {
            wire.send(head("POST " + log + "/append", "Expect: 100-continue", "Content-Length: 2000000"));
            assertOneShape(wire.answer(), 413);
            assertThat(wire.ended()).isTrue();
        }
        try (Wire wire = wire()) {
            wire.send("POST /logs HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 20\r\n\r\n");
            assertOneShape(wire.answer(), 401);
        }
    }

    @Test
    void aLargeBodyIsRefusedWhileItStillComes() throws IOException {
        byte[] part = new byte[64 << 10];
        try (Wire wire = wire()) {
            wire.send("POST /logs HTTP/1.1\r\nHost: x\r\nContent-Length: 115343360\r\n\r\n");
            wire.send(part);
            assertOneShape(wire.answer(), 401);
        }
        try (Wire wire = wire()) {
            // Small enough to be read to its end, after which the connection goes on.
            wire.send("POST /logs HTTP/1.1\r\nHost: x\r\nContent-Length: " + 16 * part.length + "\r\n\r\n");
            for (int i = 0; i < 16; i++) {
                wire.send(part);
            }
            assertOneShape(wire.answer(), 401);
            assertThat(wire.send(head("GET /logs")).answer().status()).isEqualTo(200);
        }
    }

    @Test
    void refusalsSayHowToDoBetter() throws IOException {
        try (Wire wire = wire()) {
            Wire.Answer stranger =
                    wire.send("GET /logs HTTP/1.1\r\nHost: x\r\n\r\n").answer();
            assertOneShape(stranger, 401);
            assertThat(stranger.header("www-authenticate")).startsWith("Bearer");

            wire.send(head("POST " + log + "/append", "Content-Encoding: gzip", "Content-Length: 1") + "x");
            Wire.Answer coded = wire.answer();
            assertOneShape(coded, 415);
            assertThat(coded.text()).contains("gzip");
            assertThat(coded.header("accept-encoding")).isEqualTo("identity");

            Wire.Answer method = wire.send(head("BREW /logs")).answer();
            assertOneShape(method, 405);
            assertThat(method.header("allow")).isEqualTo("GET, HEAD, OPTIONS, POST");

            wire.send(head("POST " + log + "/append", "Content-Length: 1048577"));
            Wire.Answer large = wire.answer();
            assertOneShape(large, 413);
            assertThat(large.text()).contains("1048576");
        }
    }

    @Test
    void acceptIsObeyed() throws IOException {
        try (Wire wire = wire()) {
            String events = "GET " + log + "/events";
            assertThat(wire.send(head(events, "Accept: application/json;q=0.1, application/x-ndjson"))
                            .answer()
                            .header("content-type"))
                    .isEqualTo("application/x-ndjson");
            assertThat(wire.send(head(events, "Accept: application/x-ndjson;q=0, */*"))
                            .answer()
                            .header("content-type"))
                    .isEqualTo(JSON);
            assertOneShape(wire.send(head(events, "Accept: */*;q=0")).answer(), 406);
        }
    }

    @Test
    void pagesOfNamedOriginsMayCallAndOthersMayNot() throws IOException {
        try (Wire wire = wire()) {
            Wire.Answer asked = wire.send(head(
                            "OPTIONS /logs",
                            "Origin: https://app.example",
                            "Access-Control-Request-Method: POST",
                            "Access-Control-Request-Headers: authorization"))
                    .answer();
            assertThat(asked.status()).isEqualTo(204);
            assertThat(asked.header("access-control-allow-origin")).isEqualTo("https://app.example");
            assertThat(asked.header("access-control-allow-headers")).isEqualTo("authorization");
            assertThat(asked.header("access-control-allow-methods")).contains("POST");
            assertThat(wire.send(head("GET /logs", "Origin: https://app.example"))
                            .answer()
                            .header("access-control-allow-origin"))
                    .isEqualTo("https://app.example");
            assertThat(wire.send(head("GET /logs", "Origin: https://evil.example"))
                            .answer()
                            .headers())
                    .doesNotContainKey("access-control-allow-origin");
        }
    }

    private static byte[] frame(int type, int flags, int stream, byte... payload) {
        return ByteBuffer.allocate(9 + payload.length)
                .put((byte) 0)
                .putShort((short) payload.length)
                .put((byte) type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload)
                .array();
    }

    /** Each costs the client nothing and the node a call, if it is let. */
    @Test
    void whoOpensStreamsAndResetsThemIsShownOutAndOthersAreServed() throws IOException {
        byte[] preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        // GET / over http at x, in the words of the static table.
        byte[] head = {(byte) 0x82, (byte) 0x86, (byte) 0x84, 0x41, 1, 'x'};
        URI place = URI.create(node.url());
        try (Socket socket = new Socket(place.getHost(), place.getPort())) {
            socket.setSoTimeout(30_000);
            OutputStream out = socket.getOutputStream();
            out.write(preface);
            out.write(frame(4, 0, 0));
            boolean cut = false; // then a reset may have taken the words on their way
            try {
                for (int stream = 1; stream < 20_000; stream += 2) {
                    out.write(frame(1, 5, stream, head));
                    out.write(frame(3, 0, stream, (byte) 0, (byte) 0, (byte) 0, (byte) 8));
                }
            } catch (IOException _) {
                cut = true;
            }
            byte[] answer;
            try {
                answer = socket.getInputStream().readAllBytes();
            } catch (SocketException _) {
                answer = new byte[0]; // reset before all of it was read
            }
            if (answer.length > 0 && !cut) {
                assertThat(new String(answer, StandardCharsets.ISO_8859_1)).contains("rst_stream_frame_rate");
            }
        }
        assertThat(node.anonymous().get("/health/ready").status()).isEqualTo(200);
        assertThat(node.client().post(log + "/append", "x").status()).isEqualTo(200);
    }

    @Test
    void theRootLeadsToTheDocuments() throws IOException {
        try (Wire wire = wire()) {
            assertThat(wire.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n").answer().text())
                    .contains("/docs");
            assertThat(wire.send("GET / HTTP/1.1\r\nHost: x\r\nAccept: text/html,*/*;q=0.8\r\n\r\n")
                            .answer()
                            .text())
                    .contains("<a href=\"/docs\">");
        }
    }

    @Test
    void aPortThatIsTakenIsSaidInOneLine(@TempDir Path data) throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            for (NodeOptions options : java.util.List.of(
                    NodeOptions.in(data).withHttp("127.0.0.1", taken.getLocalPort()),
                    NodeOptions.in(data).withHttp("192.0.2.1", 0))) {
                assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> Node.start(options)))
                        .isInstanceOf(IOException.class)
                        .hasMessageMatching("cannot listen for HTTP on [^\n]+:\\d+: [^\n]+");
            }
        }
    }
}
