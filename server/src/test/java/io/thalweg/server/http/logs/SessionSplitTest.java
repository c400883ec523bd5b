package io.thalweg.server.http.logs;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.model.BinaryWriter;
import io.thalweg.model.event.Event;
import io.thalweg.server.Client;
import io.thalweg.server.TestNode;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A producer that repeats in a session, after a split, what it does not know to be stored. */
class SessionSplitTest {
    private static final List<String> KEYS = List.of("a", "b", "c", "d", "e", "f");

    @Test
    void aNumberThatWasStoredBeforeItsLogWasSplitIsTheDuplicateThatItIs(@TempDir Path data) throws Exception {
        try (TestNode node = new TestNode(data);
                HttpClient http = HttpClient.newHttpClient()) {
            Client client = node.client();
            String log = client.post("/logs", "{\"name\":\"orders\"}")
                    .json()
                    .get("log_id")
                    .asString();
            for (String key : KEYS) {
                Client.Answer answer = client.post(
                        "/logs/" + log + "/append",
                        key,
                        "Thalweg-Key",
                        key,
                        "Thalweg-Producer",
                        key + "/1",
                        "Thalweg-Number",
                        "1");
                assertThat(answer.status()).as(answer.text()).isEqualTo(200);
            }
            Client.Answer split = client.post("/logs/" + log + "/split", "{\"partition\":0}");
            assertThat(split.status()).as(split.text()).isEqualTo(200);
            for (int i = 0; i < KEYS.size(); i++) {
                String key = KEYS.get(i);
                HttpRequest request = client.request("/logs/" + log + "/session?producer=" + key + "%2F1")
                        .GET()
                        .build();
                assertThat(append(http, request, 1, key))
                        .isEqualTo(new SessionFrame.Done(1, true, List.of(new SessionFrame.Stands(0, i + 1))));
                assertThat(append(http, request, 2, key)).isInstanceOfSatisfying(SessionFrame.Done.class, done -> {
                    assertThat(done.duplicate()).isFalse();
                });
            }
        }
    }

    /** Appends one event of a key in a session of its own. */
    private static SessionFrame append(HttpClient http, HttpRequest request, long number, String key) throws Exception {
        Event event = Event.of(key.getBytes(StandardCharsets.UTF_8)).withKey(key.getBytes(StandardCharsets.UTF_8));
        BinaryWriter message = new BinaryWriter(256);
        new SessionFrame.Append(number, List.of(new SessionFrame.Placed(SessionFrame.ANY_PARTITION, event)))
                .write(message);
        CompletableFuture<SessionFrame> answer = new CompletableFuture<>();
        WebSocket socket = http.newWebSocketBuilder()
                .header(
                        "Authorization",
                        request.headers().firstValue("Authorization").orElseThrow())
                .buildAsync(
                        URI.create("ws" + request.uri().toString().substring("http".length())),
                        new WebSocket.Listener() {
                            @Override
                            public @Nullable CompletionStage<?> onBinary(
                                    WebSocket from, ByteBuffer data, boolean last) {
                                answer.complete(SessionFrame.read(data).getFirst());
                                return null;
                            }

                            @Override
                            public void onError(WebSocket from, Throwable error) {
                                answer.completeExceptionally(error);
                            }
                        })
                .get(20, TimeUnit.SECONDS);
        try {
            socket.sendBinary(message.toByteBuffer(), true).get(20, TimeUnit.SECONDS);
            return answer.get(20, TimeUnit.SECONDS);
        } finally {
            socket.abort();
        }
    }
}
