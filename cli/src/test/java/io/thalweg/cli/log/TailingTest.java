package io.thalweg.cli.log;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import io.thalweg.cli.ScriptedNode;
import io.thalweg.cli.ScriptedNode.Ran;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TailingTest {
    private static String event(int sequence) {
        return "id: " + sequence + "\ndata: {\"sequence\":" + sequence + ",\"time\":\"t\",\"payload\":\"p\"}\n\n";
    }

    private static String end(String reason) {
        return "event: end\ndata: {\"reason\":\"" + reason + "\"}\n\n";
    }

    private static void stream(HttpExchange call, String text) throws IOException {
        call.getResponseHeaders().add("Content-Type", "text/event-stream");
        call.sendResponseHeaders(200, 0);
        call.getResponseBody().write(("retry: 1000\n\n: still here\n\n" + text).getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void aTokenThatEndsDoesNotEndTheTailNorIsItsEndAnEvent() throws Exception {
        List<String> resumed = new ArrayList<>();
        try (ScriptedNode node = new ScriptedNode((call, path, _) -> {
            String last = call.getRequestHeaders().getFirst("Last-Event-ID");
            resumed.add(path + " " + last);
            stream(
                    call,
                    last == null
                            ? event(1) + event(2) + end("the token has expired or was revoked")
                            : event(3) + event(4));
        })) {
            Ran ran = node.run("log", "tail", "orders", "--from", "1", "--count", "3");
            assertThat(ran.status()).as(ran.err()).isZero();
            assertThat(ran.out().lines()).containsExactly("1  t  p", "2  t  p", "3  t  p");
            assertThat(node.calls().getLast()).endsWith("Bearer token-2");
        }
        assertThat(resumed).containsExactly("/logs/id-1/tail?from=1 null", "/logs/id-1/tail 2");
    }

    @Test
    void aLogThatIsDeletedEndsTheTailWithItsReason() throws Exception {
        try (ScriptedNode node = new ScriptedNode((call, _, _) -> {
            if (call.getRequestHeaders().getFirst("Last-Event-ID") == null) {
                stream(call, event(1) + end("the log was deleted"));
            } else {
                ScriptedNode.reply(call, 404, "{\"error\":\"there is no log id-1\",\"code\":\"not_found\"}");
            }
        })) {
            Ran ran = node.run("log", "tail", "orders", "--from", "1");
            assertThat(ran.status()).isEqualTo(1);
            assertThat(ran.err()).isEqualTo("thalweg: there is no log id-1 (404)");
            assertThat(ran.out()).isEqualTo("1  t  p");
        }
    }

    @Test
    void anEndThatDoesNotPassIsAFailure() throws Exception {
        try (ScriptedNode node =
                new ScriptedNode((call, _, _) -> stream(call, end("events from 1 on are no longer kept")))) {
            Ran ran = node.run("log", "tail", "orders", "--from", "1");
            assertThat(ran.status()).isEqualTo(1);
            assertThat(ran.err()).isEqualTo("thalweg: the stream ended: events from 1 on are no longer kept");
        }
    }
}
