package io.thalweg.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.bench.node.ReadyProcess;
import io.thalweg.cli.api.Api;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.net.ssl.SSLContext;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A topic that feeds a log, on a node that is killed again and again while objects are written. */
@Timeout(300)
class FeedsIT {
    private static final int LIVES = 3;
    private static final int WRITES = 30;

    @TempDir
    private Path directory = Path.of("");

    private static ObjectNode json(String text) {
        return (ObjectNode) Api.JSON.readTree(text);
    }

    private ReadyProcess start() throws Exception {
        return DevProcess.start(directory);
    }

    private static Api api(ReadyProcess node) throws Exception {
        return Api.withToken(
                URI.create(node.ready().path("http").asString()),
                node.ready().path("apiKey").asString(),
                SSLContext.getDefault());
    }

    private static List<String> fed(Api api, String log) throws Exception {
        List<String> memos = new ArrayList<>();
        for (JsonNode event : api.get("/logs/" + log + "/events?limit=1000").get("events")) {
            memos.add(event.at("/payload/memo_id").asString());
        }
        return memos;
    }

    @Test
    void kill9UnderLoadFeedsNoMemoTwiceAndNoneThatWasAnsweredForIsMissing() throws Exception {
        List<String> answered = new ArrayList<>();
        String log = "";
        for (int life = 0; life < LIVES; life++) {
            ReadyProcess node = start();
            try (Api api = api(node)) {
                if (life == 0) {
                    log = api.post("/logs", json("{\"name\":\"cats\"}"))
                            .path("log_id")
                            .asString();
                    api.put(
                            "/topics/cats",
                            json("{\"fields\":{\"name\":{\"type\":\"text\"}},\"feeds\":\"" + log + "\"}"));
                }
                for (int i = 0; i < WRITES; i++) {
                    answered.add(api.post("/topics/cats/objects", json("{\"set\":{\"name\":\"cat\"}}"))
                            .path("memo_id")
                            .asString());
                }
            } finally {
                node.kill();
            }
        }
        ReadyProcess node = start();
        try (Api api = api(node)) {
            String fedLog = log;
            Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .untilAsserted(() -> assertThat(fed(api, fedLog)).containsAll(answered));
            List<String> all = fed(api, fedLog);
            Set<String> once = new HashSet<>(all);
            assertThat(all).hasSize(once.size());
        } finally {
            node.kill();
        }
    }
}
