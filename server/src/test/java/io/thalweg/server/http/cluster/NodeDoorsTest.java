package io.thalweg.server.http.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.thalweg.cluster.ClusterNode;
import io.thalweg.cluster.certificate.PeerAuthority;
import io.thalweg.server.http.PemFiles;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.client.ContentResponse;
import org.eclipse.jetty.client.InputStreamResponseListener;
import org.eclipse.jetty.client.Request;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The doors of other nodes as they may stand: behind a proxy, with TLS of one's own, and busy. */
class NodeDoorsTest {
    private static final Duration IDLE = Duration.ofSeconds(20);

    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final List<HttpServer> servers = new ArrayList<>();

    @AfterEach
    void stop() {
        servers.forEach(server -> server.stop(0));
    }

    /** A node that answers {@code /tail} and does not end its answer. */
    private HttpServer serve(HttpServer server) {
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", exchange -> {
            asked.add(exchange.getRequestURI().toString());
            exchange.sendResponseHeaders(200, 0);
            if (exchange.getRequestURI().getPath().endsWith("tail")) {
                exchange.getResponseBody().write(':');
                exchange.getResponseBody().flush();
            } else {
                exchange.close();
            }
        });
        server.start();
        servers.add(server);
        return server;
    }

    private static InetSocketAddress free() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    private static ClusterNode node(HttpServer server, String scheme, String path) {
        URI door = URI.create(scheme + "://127.0.0.1:" + server.getAddress().getPort() + path);
        return new ClusterNode("n2", "127.0.0.1", 1, door, Optional.empty());
    }

    @Test
    void thePathBehindWhichANodeIsReachedStaysInFrontOfWhatIsAsked() throws Exception {
        HttpServer server = serve(HttpServer.create(free(), 0));
        try (NodeDoors doors = NodeDoors.open(Optional.empty(), IDLE)) {
            ClusterNode node = node(server, "http", "/behind/a%20proxy/");
            ContentResponse answer =
                    doors.to(node, "GET", "/logs/x?q=a%7Cb", false).send();
            assertThat(answer.getStatus()).isEqualTo(200);
            assertThat(asked).hasSize(1);
            assertThat(asked.getFirst()).startsWith("/behind/a%20proxy/logs/x?q=a%7Cb");
            assertThat(NodeDoors.location(node, "/logs/x")).endsWith("/behind/a%20proxy/logs/x");
        }
    }

    @Test
    void aDoorWhoseCertificateOurAuthoritySignedIsBelievedAndAnyOtherHasSeenNothing(@TempDir Path folder)
            throws Exception {
        PeerAuthority authority = PeerAuthority.create("ours", Instant.now());
        PeerAuthority.Issued issued = authority.issue("n2", List.of("127.0.0.1"), Instant.now());
        Path certificate = Files.writeString(folder.resolve("c.pem"), issued.certificate());
        Path key = Files.writeString(folder.resolve("k.pem"), issued.key());
        Path ca = Files.writeString(folder.resolve("ca.pem"), authority.issued().certificate());
        HttpsServer server = HttpsServer.create(free(), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(PemFiles.context(certificate, key)));
        ClusterNode node = node(serve(server), "https", "");
        try (NodeDoors doors = NodeDoors.open(Optional.empty(), IDLE)) {
            assertThatThrownBy(() -> doors.to(node, "POST", "/logs", false).send())
                    .isInstanceOf(ExecutionException.class)
                    .satisfies(failure ->
                            assertThat(NodeDoors.isUnseen(failure.getCause())).isTrue());
            assertThat(asked).isEmpty();
        }
        try (NodeDoors doors = NodeDoors.open(Optional.of(PemFiles.trusting(ca)), IDLE)) {
            assertThat(doors.to(node, "POST", "/logs", false).send().getStatus())
                    .isEqualTo(200);
        }
    }

    @Test
    void answersThatNeverEndTakeNoConnectionFromThoseThatDo() throws Exception {
        HttpServer server = serve(HttpServer.create(free(), 0));
        ClusterNode node = node(server, "http", "");
        try (NodeDoors doors = NodeDoors.open(Optional.empty(), IDLE, 2)) {
            List<Request> tails = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                Request tail = doors.to(node, "GET", "/tail", true);
                InputStreamResponseListener listener = new InputStreamResponseListener();
                tail.send(listener);
                assertThat(listener.get(60, TimeUnit.SECONDS).getStatus()).isEqualTo(200);
                tails.add(tail);
            }
            assertThat(doors.to(node, "POST", "/logs/x/append", false)
                            .timeout(15, TimeUnit.SECONDS)
                            .send()
                            .getStatus())
                    .isEqualTo(200);
            for (Request tail : tails) {
                var _ = tail.abort(new IllegalStateException("the test is over"));
            }
        }
    }
}
