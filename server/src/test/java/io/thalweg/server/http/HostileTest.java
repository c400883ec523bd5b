package io.thalweg.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.server.Client;
import io.thalweg.server.Node;
import io.thalweg.server.TestNode;
import io.thalweg.server.config.NodeOptions;
import io.thalweg.server.config.Tls;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Clients that break off, lie about lengths or speak nonsense; the node answers or hangs up, and serves everybody else. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HostileTest {
    private TestNode node;
    private Client client;
    private String token;
    private String log;

    @BeforeAll
    void start(@TempDir Path data) throws Exception {
        node = new TestNode(data);
        client = node.client();
        token = node.dev().apiKey();
        log = "/logs/" + client.createLog("hostile");
    }

    @AfterAll
    void stop() {
        node.close();
    }

    /** Sends bytes as they are, and gives all that comes back until the node closes or {@code enough} is seen. */
    private String raw(String request, boolean breakOff) throws IOException {
        String[] place = node.url().replace("http://", "").split(":", -1);
        try (Socket socket = new Socket(place[0], Integer.parseInt(place[1]))) {
            socket.setSoTimeout(30_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().flush();
            if (breakOff) {
                socket.shutdownOutput();
            }
            StringBuilder seen = new StringBuilder();
            byte[] buffer = new byte[4096];
            InputStream in = socket.getInputStream();
            for (int count = in.read(buffer); count > 0; count = in.read(buffer)) {
                seen.append(new String(buffer, 0, count, StandardCharsets.ISO_8859_1));
                if (seen.indexOf("\r\n\r\n") > 0 && !breakOff) {
                    break;
                }
            }
            return seen.toString();
        }
    }

    private String head(String method, String path, String... headers) {
        return method + " " + path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token + "\r\n"
                + String.join("\r\n", headers) + "\r\n\r\n";
    }

    private long count() {
        return client.get(log + "/stats").json().get("event_count").asLong();
    }

    @Test
    void aHugeContentLengthIsRefusedWithoutWaitingForIt() throws IOException {
        assertThat(raw(head("POST", log + "/append", "Content-Length: 999999999999"), false))
                .startsWith("HTTP/1.1 413");
        assertThat(raw(head("POST", log + "/append", "Content-Length: 50000000"), false))
                .startsWith("HTTP/1.1 413")
                .contains("too_large");
        assertThat(raw(head("POST", log + "/append", "Content-Length: -5"), false))
                .startsWith("HTTP/1.1 400");
        assertThat(count()).isZero();
    }

    @Test
    void aBodyThatBreaksOffAppendsNothing() throws IOException {
        raw(head("POST", log + "/append", "Content-Length: 100") + "only this", true);
        raw(head("POST", log + "/append", "Transfer-Encoding: chunked") + "5\r\nhello\r\n", true);
        raw(head("POST", log + "/append", "Transfer-Encoding: chunked") + "zz\r\nhello\r\n0\r\n\r\n", false);
        raw(head("POST", log + "/append", "Transfer-Encoding: chunked") + "7fffffff\r\nhello", true);
        assertThat(count()).isZero();
    }

    @Test
    void nonsenseIsRefusedInTheOneShape() throws IOException {
        for (String request : List.of(
                "NONSENSE of more than a few bytes\r\n\r\n",
                "GET /logs-without-a-protocol\r\n\r\n",
                "GET / HTTP/9.9\r\nHost: x\r\n\r\n",
                "GET /logs HTTP/1.1\r\n\r\n",
                head("GET", "/logs/%zz"),
                head("GET", "/" + "a/".repeat(100)),
                head("BREW", "/logs"))) {
            assertThat(raw(request, false)).as(request).matches("(?s)(HTTP/1.[01] (4\\d\\d|50[15]).*)?");
        }
        for (String body : List.of(
                "",
                "null",
                "[]",
                "{\"name\":",
                "{\"name\":1e999}",
                "{\"name\":{}}",
                "\u0000",
                "{\"a\":".repeat(5000))) {
            assertThat(client.post("/logs", body).status()).as(body).isEqualTo(400);
        }
        for (String name : List.of("", " x", "$x", "a/b", "..", "x".repeat(256), "tab\\t")) {
            assertThat(client.post("/logs", "{\"name\":\"" + name + "\"}").status())
                    .as(name)
                    .isEqualTo(400);
        }
        assertThat(client.get("/logs/not-an-id").status()).isEqualTo(404);
        assertThat(client.method("DELETE", "/logs", new byte[0]).status()).isEqualTo(405);
    }

    @Test
    void manyHalfOpenRequestsKeepNobodyFromWorking() throws IOException {
        String[] place = node.url().replace("http://", "").split(":", -1);
        Socket[] sockets = new Socket[50];
        try {
            for (int i = 0; i < sockets.length; i++) {
                sockets[i] = new Socket(place[0], Integer.parseInt(place[1]));
                sockets[i]
                        .getOutputStream()
                        .write(head("POST", log + "/append_batch?delimiter=%0A", "Content-Length: 1000000")
                                .getBytes(StandardCharsets.ISO_8859_1));
            }
            assertThat(client.get("/logs").status()).isEqualTo(200);
            assertThat(node.anonymous().get("/health/ready").status()).isEqualTo(200);
        } finally {
            for (Socket socket : sockets) {
                if (socket != null) {
                    socket.close();
                }
            }
        }
    }

    @Test
    void twoNodesCannotShareADirectory() {
        NodeOptions same = NodeOptions.in(node.node().options().data()).withHttp("127.0.0.1", 0);
        assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> Node.start(same)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("another node runs on");
    }

    @Test
    void aNodeWithCertificatesSpeaksTls(@TempDir Path data) throws Exception {
        Path certificate = data.resolve("cert.pem");
        Path key = data.resolve("key.pem");
        Process openssl = new ProcessBuilder(
                        "openssl",
                        "req",
                        "-x509",
                        "-newkey",
                        "ec",
                        "-pkeyopt",
                        "ec_paramgen_curve:prime256v1",
                        "-nodes",
                        "-subj",
                        "/CN=localhost",
                        "-addext",
                        "subjectAltName=DNS:localhost,IP:127.0.0.1",
                        "-days",
                        "2",
                        "-keyout",
                        key.toString(),
                        "-out",
                        certificate.toString())
                .redirectErrorStream(true)
                .start();
        openssl.getInputStream().readAllBytes();
        assertThat(openssl.waitFor()).isZero();
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        try (InputStream in = Files.newInputStream(certificate)) {
            trusted.setCertificateEntry(
                    "node", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        NodeOptions options =
                NodeOptions.in(data.resolve("data")).withHttp("127.0.0.1", 0).withTls(new Tls(certificate, key));
        try (Node secure = Node.start(options);
                HttpClient http = HttpClient.newBuilder().sslContext(context).build()) {
            assertThat(secure.url()).startsWith("https://");
            HttpResponse<String> answer = http.send(
                    HttpRequest.newBuilder(java.net.URI.create(secure.url() + "/health/ready"))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(200);
        }
    }
}
