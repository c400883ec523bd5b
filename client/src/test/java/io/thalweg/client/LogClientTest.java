package io.thalweg.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** What the client asks of a node. */
class LogClientTest {
    @Test
    void aQueryIsStoppedOnTheNodeBeforeTheClientGivesUp() throws Exception {
        AtomicReference<URI> asked = new AtomicReference<>();
        HttpServer node = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        node.createContext("/", call -> {
            asked.set(call.getRequestURI());
            byte[] answer = "7".getBytes(StandardCharsets.UTF_8);
            call.sendResponseHeaders(200, answer.length);
            call.getResponseBody().write(answer);
            call.close();
        });
        node.start();
        try {
            LogClient client = LogClient.open(
                    URI.create("http://127.0.0.1:" + node.getAddress().getPort()), "token", Duration.ofSeconds(8));
            assertThat(client.ask("reach", "of", "{}", "lines:3").result().asInt())
                    .isEqualTo(7);
        } finally {
            node.stop(0);
        }
        assertThat(asked.get()).hasToString("/views/reach/queries/of?timeout=7000&after=lines%3A3");
    }
}
