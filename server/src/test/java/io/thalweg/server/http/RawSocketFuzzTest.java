package io.thalweg.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.server.Client;
import io.thalweg.server.TestNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Bytes on a socket that nearly are HTTP: odd methods, targets, versions, line ends, lengths, chunks, two requests in one piece, and
 * flipped bits. What comes back is HTTP in the API's one shape, the node never fails, and it serves everybody else all the while.
 *
 * <p>{@code -Dthalweg.fuzz.seconds=600} goes on for longer, {@code -Dthalweg.fuzz.seed=N} repeats a run.
 */
class RawSocketFuzzTest {
    private static final int SECONDS = Integer.getInteger("thalweg.fuzz.seconds", 0);

    /** As many whatever the machine: a build tries the same everywhere. */
    private static final int ROUNDS = 200;

    private static final long SEED = Long.getLong("thalweg.fuzz.seed", 20_261_128);

    private static final List<String> METHODS =
            List.of("GET", "POST", "PUT", "HEAD", "OPTIONS", "get", "TRACE", "PRI", "", "G\u0000T");
    private static final List<String> VERSIONS =
            List.of("HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTP/0.9", "HTTP/1.1x", "");
    private static final List<String> ENDS = List.of("\r\n", "\r\n", "\r\n", "\n", "\r", "\r\n\r\n");
    private static final List<String> HEADERS = List.of(
            "Host: x",
            "Host:",
            "Connection: close",
            "Connection: keep-alive, Upgrade",
            "Upgrade: h2c",
            "HTTP2-Settings: AAMAAABk",
            "Expect: 100-continue",
            "Transfer-Encoding: chunked",
            "Transfer-Encoding: gzip, chunked",
            "Transfer-Encoding : chunked",
            "Content-Length: 5",
            "Content-Length: -1",
            "Content-Length: 99999999999999999999",
            "Content-Length: 5, 5",
            " folded",
            "X: \u0000",
            "Accept: */*;q=2",
            "Range: bytes=0-",
            "Content-Type: a",
            "\u00ff: \u00ff",
            "X: " + "y".repeat(9_000));
    private static final List<String> BODIES = List.of(
            "",
            "hello",
            "5\r\nhello\r\n0\r\n\r\n",
            "+5\r\nhello\r\n0\r\n\r\n",
            "3;ext=1\r\nabc\r\n0\r\nT: v\r\n\r\n",
            "zz\r\n",
            "ffffffffffffffff\r\n");

    private final Random random = new Random(SEED);

    @Test
    void whateverIsSentOthersAreServed(@TempDir Path data) throws Exception {
        try (TestNode node = new TestNode(data)) {
            Client client = node.client();
            String log = "/logs/" + client.createLog("raw");
            List<String> targets = List.of(
                    "/",
                    log + "/append",
                    log + "/events",
                    "/health/live",
                    "*",
                    "http://x/",
                    "//",
                    "/%",
                    "/%00",
                    "/..",
                    "/\u00fc",
                    "/" + "a".repeat(9_000),
                    "/logs?" + "a=b&".repeat(300),
                    "nothing");
            String bearer = "Authorization: Bearer " + node.dev().apiKey();
            long endNs = System.nanoTime() + Duration.ofSeconds(SECONDS).toNanos();
            int answered = 0;
            for (int round = 0; round < ROUNDS || System.nanoTime() < endNs; round++) {
                byte[] sent = requests(targets, bearer);
                String answer = send(node.url(), sent);
                String where = "seed " + SEED + ", round " + round + ": "
                        + new String(sent, StandardCharsets.ISO_8859_1).replaceAll("\\p{Cntrl}", "·") + " got "
                        + answer;
                assertThat(answer.isEmpty() || answer.startsWith("HTTP/1.1 ") || isHttp2(answer))
                        .as(where)
                        .isTrue();
                assertThat(answer.contains("HTTP/1.1 500") || answer.contains("\tat ") || answer.contains("jetty"))
                        .as(where)
                        .isFalse();
                answered += answer.isEmpty() ? 0 : 1;
                if (round % 20 == 0) {
                    assertThat(client.post(log + "/append", "honest").status())
                            .as(where)
                            .isEqualTo(200);
                }
            }
            assertThat(answered).isGreaterThan(20);
            assertThat(node.anonymous().get("/health/ready").status()).isEqualTo(200);
        }
    }

    /** A preface is answered with a frame, and a bad one with a GOAWAY. */
    private static boolean isHttp2(String answer) {
        return answer.length() >= 9 && (answer.charAt(3) == 4 || answer.charAt(3) == 7);
    }

    private byte[] requests(List<String> targets, String bearer) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int i = random.nextInt(3); i >= 0; i--) {
            String end = one(ENDS);
            StringBuilder text = new StringBuilder();
            if (random.nextInt(20) == 0) {
                text.append("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
                        .append("\u0000\u0000\u0000\u0004\u0000\u0000\u0000\u0000\u0000");
            }
            text.append(one(METHODS))
                    .append(' ')
                    .append(one(targets))
                    .append(' ')
                    .append(one(VERSIONS))
                    .append(end);
            text.append("Host: x").append(end);
            if (random.nextBoolean()) {
                text.append(bearer).append(end);
            }
            for (int h = random.nextInt(4); h > 0; h--) {
                text.append(one(HEADERS)).append(end);
            }
            text.append(end).append(one(BODIES));
            all.writeBytes(text.toString().getBytes(StandardCharsets.ISO_8859_1));
        }
        byte[] bytes = all.toByteArray();
        for (int flips = random.nextInt(4) == 0 ? random.nextInt(5) : 0; flips > 0; flips--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        }
        return bytes;
    }

    private String one(List<String> choices) {
        return choices.get(random.nextInt(choices.size()));
    }

    private String send(String url, byte[] bytes) throws IOException {
        String[] place = url.replace("http://", "").split(":", -1);
        StringBuilder seen = new StringBuilder();
        try (Socket socket = new Socket(place[0], Integer.parseInt(place[1]))) {
            socket.setSoTimeout(100);
            socket.getOutputStream().write(bytes);
            socket.getOutputStream().flush();
            if (random.nextBoolean()) {
                socket.shutdownOutput();
            }
            byte[] buffer = new byte[4096];
            InputStream in = socket.getInputStream();
            for (int count = in.read(buffer); count > 0; count = in.read(buffer)) {
                seen.append(new String(buffer, 0, count, StandardCharsets.ISO_8859_1));
            }
        } catch (SocketTimeoutException e) {
            // It waits for more, as it may.
        } catch (IOException e) {
            // Closed while we were writing or reading.
        }
        return seen.toString();
    }
}
