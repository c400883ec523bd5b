package io.thalweg.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
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

    @Test
    void whatOnlyReadsIsAskedAgainUntilItIsAnsweredOrItsTimeIsOver() throws Exception {
        List<String> answers = List.of(
                "500 {\"code\":\"\"}",
                "503 {\"code\":\"unavailable\"}",
                "503 {\"code\":\"overloaded\"}",
                "502 <html>",
                "200 {\"values\":[1,2]}",
                "404 {\"code\":\"not_found\",\"error\":\"there is no such index\"}");
        AtomicInteger asked = new AtomicInteger(1);
        HttpServer node = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        node.createContext("/", call -> {
            String said = answers.get(Math.min(asked.getAndIncrement(), answers.size() - 1));
            byte[] answer = said.substring(4).getBytes(StandardCharsets.UTF_8);
            call.sendResponseHeaders(Integer.parseInt(said.substring(0, 3)), answer.length);
            call.getResponseBody().write(answer);
            call.close();
        });
        node.start();
        URI url = URI.create("http://127.0.0.1:" + node.getAddress().getPort());
        try {
            LogClient client = LogClient.open(url, "token", Duration.ofSeconds(60));
            assertThat(client.select("v", "i", "[]", null, null).values()).hasSize(2);
            assertThat(asked).hasValue(5);
            assertThatThrownBy(() -> client.select("v", "i", "[]", null, null))
                    .isInstanceOf(LogException.class)
                    .hasMessage("there is no such index (not_found)");
            assertThat(asked).hasValue(6);
            asked.set(0);
            assertThatThrownBy(() -> client.select("v", "i", "[]", null, null)).isInstanceOf(LogException.class);
            assertThat(asked).as("a fault of the node's is not asked for twice").hasValue(1);
        } finally {
            node.stop(0);
        }
        assertThatThrownBy(() ->
                        LogClient.open(url, "token", Duration.ofMillis(200)).select("v", "i", "[]", null, null))
                .isInstanceOf(LogException.class)
                .hasMessageContaining("did not answer");
    }

    @Test
    void aNodeThatHangsLeavesTimeForTheNext() throws Exception {
        try (ServerSocket hangs = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            HttpServer node = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            node.createContext("/", call -> {
                byte[] answer = "{\"values\":[7]}".getBytes(StandardCharsets.UTF_8);
                call.sendResponseHeaders(200, answer.length);
                call.getResponseBody().write(answer);
                call.close();
            });
            node.start();
            try {
                LogClient client = LogClient.open(
                        List.of(
                                URI.create("http://127.0.0.1:" + hangs.getLocalPort()),
                                URI.create(
                                        "http://127.0.0.1:" + node.getAddress().getPort())),
                        "token",
                        Duration.ofSeconds(4));
                assertThat(client.select("v", "i", "[]", null, null).values()).hasSize(1);
            } finally {
                node.stop(0);
            }
        }
    }
}
