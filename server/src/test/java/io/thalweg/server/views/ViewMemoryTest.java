package io.thalweg.server.views;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.thalweg.server.Client;
import io.thalweg.server.TestNode;
import io.thalweg.server.config.NodeOptions;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the views of a node hold together is bounded, also when each is within its own limit. */
class ViewMemoryTest {
    private static final int VIEWS_MAX = 64;

    @Test
    void aViewThatFindsNoMemoryLeftSaysSoAndGoesOnWhenThereIsSome(@TempDir Path data) throws Exception {
        try (TestNode node =
                new TestNode(NodeOptions.in(data).withHttp("127.0.0.1", 0).withViewMemoryBytes(1 << 20))) {
            Client client = node.client();
            String log = "/logs/" + client.createLog("counted");
            client.post(log + "/append", "{\"inc\":3}");
            int views = 0;
            String last = "";
            do {
                last = log + "/views/v" + views++;
                Client.Answer deployed = client.post(last, TestNode.component("counter-c.wasm"));
                assertThat(deployed.status()).as(deployed.text()).isEqualTo(201);
                String place = last;
                await().atMost(Duration.ofMinutes(1))
                        .until(() -> !state(client, place).equals("starting")
                                && !state(client, place).equals("replaying"));
            } while (state(client, last).equals("live") && views < VIEWS_MAX);
            assertThat(views).as("views of a memory each in half a mebibyte").isBetween(2, VIEWS_MAX - 1);
            assertThat(client.get(last).text()).contains("\"failed\"", "no memory free");
            assertThat(client.post(last + "/query?after=1&timeout=100", "").status())
                    .isEqualTo(502);
            // Nobody else notices: neither the views that have theirs, nor who appends.
            client.post(log + "/append", "{\"inc\":4}");
            assertThat(client.post(log + "/views/v0/query?after=2", "").text()).isEqualTo("{\"count\":7}");

            assertThat(client.delete(log + "/views/v0").status()).isLessThan(300);
            String waiting = last;
            await().atMost(Duration.ofMinutes(1))
                    .until(() ->
                            client.post(waiting + "/query?after=2", "").text().equals("{\"count\":7}"));
        }
    }

    private static String state(Client client, String view) {
        return client.get(view).json().at("/versions/0/state").asString();
    }
}
