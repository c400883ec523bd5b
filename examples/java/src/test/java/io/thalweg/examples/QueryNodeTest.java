package io.thalweg.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.client.LogClient;
import io.thalweg.client.LogException;
import io.thalweg.index.Index;
import io.thalweg.index.path.Maps;
import io.thalweg.index.schema.Schema;
import io.thalweg.view.java.Aggregates;
import io.thalweg.view.java.Codec;
import io.thalweg.view.java.Declaration;
import io.thalweg.view.java.Query;
import io.thalweg.view.java.View;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Queries of views on a node. */
final class QueryNodeTest extends OnNode {
    @Test
    void aQueryGoesToManyPartitionsAndIsOfThePositionThatItNames() throws Exception {
        var deployed = deploy("reach", Reach.class, 4);
        assertThat(deployed.get("queries").toString()).contains("circle");
        String followings = log("followings");
        String shares = log("shares");
        Answer appended = post("/logs/" + shares + "/append", "{\"link\":\"x\",\"user\":\"u0\"}", "Thalweg-Key", "x");
        for (int i = 0; i < 12; i++) {
            String following = "{\"from\":\"f" + i % 7 + "\",\"to\":\"u" + i % 3 + "\"}";
            appended = post("/logs/" + followings + "/append", following, "Thalweg-Key", "u" + i % 3);
        }
        for (int i = 0; i < 3; i++) {
            post("/logs/" + shares + "/append", "{\"link\":\"x\",\"user\":\"u" + i + "\"}", "Thalweg-Key", "x");
        }
        Answer answer = post("/views/reach/queries/reach?consistency=linearizable", "{\"link\":\"x\"}");
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        assertThat(answer.json().get("sharers").asLong()).isEqualTo(3);
        assertThat(answer.json().get("people").asLong()).isEqualTo(7);
        Answer same = post("/views/reach/queries/reach?after=" + answer.position(), "{\"link\":\"x\"}");
        assertThat(same.text()).isEqualTo(answer.text());
        assertThat(same.position()).isEqualTo(answer.position());
        LogClient client = LogClient.open(URI.create(url()), token(), Duration.ofSeconds(60));
        LogClient.Asked asked = client.ask("reach", "reach", "{\"link\":\"x\"}", answer.position());
        assertThat(asked.result()).isEqualTo(answer.json());
        assertThat(asked.position()).isEqualTo(answer.position());
        LogClient.Selected selected =
                client.select("reach", "followers", "[[\"key\",\"u0\"],[\"all\"]]", appended.position(), null);
        assertThat(selected.values()).extracting(JsonNode::asString).containsExactly("f0", "f2", "f3", "f6");
        assertThat(selected.next()).isNull();
        assertThat(selected.position()).isNotEmpty();
        assertThatThrownBy(() -> client.ask("reach", "circle", "{\"user\":\"u0\",\"steps\":0}", null))
                .isInstanceOfSatisfying(
                        LogException.class, e -> assertThat(e.code()).isEqualTo("invalid_request"));
        assertThat(post("/views/reach/queries/reach?after=" + appended.position(), "{\"link\":\"x\"}")
                        .status())
                .isEqualTo(200);
        assertThat(post("/views/reach/queries/circle", "{\"user\":\"u0\",\"steps\":0}")
                        .status())
                .isEqualTo(400);
        assertThat(post("/views/reach/queries/circle", "{\"usr\":\"u0\",\"steps\":1}")
                        .text())
                .contains("there is no field usr");
        assertThat(post("/views/reach/queries/rich", "{}").status()).isEqualTo(404);
    }

    /** Counts, and has a query that never ends by itself and one that asks how often it was asked to stop. */
    public static final class Endless implements View {
        private static final Index<Map<String, Long>> COUNTS = Index.of("counts", Schema.map(String.class, Long.class));

        @Override
        public void declare(Declaration view) {
            view.index(COUNTS);
            view.log(
                    "beats",
                    Codec.text(),
                    (step, _) ->
                            step.index(COUNTS).at(Maps.key(step.key())).update(count -> count == null ? 1 : count + 1));
            view.query(Query.anywhere("endless", Schema.of(Boolean.class), Schema.of(Long.class), (at, sleeps) -> {
                while (true) {
                    if (sleeps) {
                        Thread.sleep(1_000);
                    }
                    long _ = at.all(there -> there.select(COUNTS, Maps.values()), Aggregates.count());
                }
            }));
        }
    }

    @Test
    void whatDoesNotEndInItsTimeIsStoppedAndLeavesRoomForOthers() throws Exception {
        deploy("endless", Endless.class, 2);
        post("/logs/" + log("beats") + "/append?ack=full&timeout=60000", "beat", "Thalweg-Key", "k");
        for (int i = 0; i < 40; i++) { // more than may run at a time
            Answer answer = post("/views/endless/queries/endless?timeout=20", "{\"argument\":" + (i % 2 == 0) + "}");
            assertThat(answer.status()).as(answer.text()).isEqualTo(504);
        }
        Answer none = post("/views/endless/queries/endless?timeout=20", "{}");
        assertThat(none.status()).isEqualTo(400);
    }
}
