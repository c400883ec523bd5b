package io.thalweg.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.index.Index;
import io.thalweg.index.path.Lists;
import io.thalweg.index.path.Maps;
import io.thalweg.index.path.Sets;
import io.thalweg.index.schema.Schema;
import io.thalweg.view.java.Codec;
import io.thalweg.view.java.Declaration;
import io.thalweg.view.java.View;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Looking at places of indexes on a node. */
final class ExploreNodeTest extends OnNode {
    /** What is known of somebody. */
    public record Person(String name, long age) {}

    /** Keeps one of each kind of place. */
    public static final class Places implements View {
        static final Index<Map<String, Map<Long, String>>> PAGES =
                Index.of("pages", Schema.map(String.class, Schema.map(Long.class, String.class)));
        static final Index<Map<String, List<String>>> LINES =
                Index.of("lines", Schema.map(String.class, Schema.list(String.class)));
        static final Index<Map<String, Set<String>>> WORDS =
                Index.of("words", Schema.map(String.class, Schema.set(String.class)));
        static final Index<Map<String, Person>> PEOPLE = Index.of("people", Schema.map(String.class, Person.class));

        @Override
        public void declare(Declaration view) {
            view.index(PAGES);
            view.index(LINES);
            view.index(WORDS);
            view.index(PEOPLE);
            view.log("in", Codec.text(), (step, text) -> {
                String key = step.key();
                step.index(PAGES)
                        .at(Maps.key(key), Maps.key((long) text.length()))
                        .set(text);
                step.index(LINES).at(Maps.key(key), Lists.end()).set(List.of(text));
                step.index(WORDS).at(Maps.key(key), Sets.addTo()).set(text);
                step.index(PEOPLE).at(Maps.key(key)).set(new Person(text.substring(0, 1), text.length()));
            });
        }
    }

    private JsonNode explore(String index, String body) throws Exception {
        Answer answer = post("/views/places/indexes/" + index + "/explore", body);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        assertThat(answer.position()).isNotEmpty();
        return answer.json();
    }

    @Test
    void placesOfEveryKindAreShownWithWhatIsInThemPageByPage() throws Exception {
        deploy("places", Places.class, 3);
        String log = log("in");
        for (int i = 1; i <= 7; i++) {
            for (String key : List.of("a", "b", "c", "d", "e")) {
                post("/logs/" + log + "/append?ack=full", "x".repeat(i), "Thalweg-Key", key);
            }
        }
        Set<String> keys = new TreeSet<>();
        String page = "";
        int pages = 0;
        do {
            JsonNode found = explore("pages", "{\"limit\":2" + page + "}");
            found.get("entries").forEach(entry -> {
                keys.add(entry.get("key").asString());
                assertThat(entry.get("size").asLong()).isEqualTo(7);
                assertThat(entry.get("sample").toString()).isEqualTo("[1,2,3]");
                assertThat(entry.get("schema").asString()).isEqualTo("map of long to string");
            });
            JsonNode next = found.path("next");
            page = next.isString() ? ",\"page\":\"" + next.asString() + "\"" : "";
            pages++;
        } while (!page.isEmpty());
        assertThat(keys).containsExactly("a", "b", "c", "d", "e");
        assertThat(pages).isGreaterThanOrEqualTo(3);

        JsonNode range = explore("pages", "{\"path\":[[\"key\",\"a\"],[\"sorted_map_range\",3,6]]}");
        assertThat(range.get("entries").findValuesAsString("sample")).containsExactly("xxx", "xxxx", "xxxxx");
        JsonNode value = explore("pages", "{\"path\":[[\"key\",\"a\"],[\"key\",2]]}");
        assertThat(value.get("value").asString()).isEqualTo("xx");
        assertThat(value.get("entries")).isEmpty();

        JsonNode lines = explore("lines", "{\"path\":[[\"key\",\"b\"]],\"limit\":5}");
        assertThat(lines.get("size").asLong()).isEqualTo(7);
        assertThat(lines.get("entries").get(4).get("sample").asString()).isEqualTo("xxxxx");
        JsonNode rest = explore("lines", "{\"path\":[[\"key\",\"b\"]],\"limit\":5,\"page\":\"5\"}");
        assertThat(rest.get("entries")).hasSize(2);
        assertThat(rest.path("next").isString()).isFalse();

        JsonNode words = explore("words", "{\"path\":[[\"key\",\"c\"]]}");
        assertThat(words.get("entries").get(6).get("key").asString()).isEqualTo("xxxxxxx");
        JsonNode person = explore("people", "{\"path\":[[\"key\",\"d\"]]}");
        assertThat(person.get("entries").findValuesAsString("key")).containsExactly("name", "age");
        assertThat(person.get("entries").get(1).get("sample").asLong()).isEqualTo(7);
        assertThat(explore("people", "{\"path\":[[\"key\",\"nobody\"]]}").get("entries"))
                .hasSize(2);
    }

    /** A path of sixty forks has more ways than anybody can go, and the processors of this node are few. */
    @Test
    void pathsWithoutAnEndKeepNobodyElseWaiting() throws Exception {
        deploy("places", Places.class, 1);
        post("/logs/" + log("in") + "/append?ack=full", "x", "Thalweg-Key", "a");
        String forks = ",[\"multi_path\",[[\"stay\"]],[[\"stay\"]]]".repeat(60);
        String endless = "{\"path\":[[\"key\",\"a\"]" + forks + ",[\"stop\"]]}";
        List<Future<Answer>> all = new ArrayList<>();
        try (ExecutorService threads = Executors.newCachedThreadPool()) {
            for (int i = 0; i < 2 * Runtime.getRuntime().availableProcessors(); i++) {
                all.add(threads.submit(() -> post("/views/places/indexes/pages/select?timeout=3000", endless)));
            }
            assertThat(post("/views/places/indexes/people/select", "{\"path\":[[\"key\",\"a\"]]}")
                            .text())
                    .contains("\"age\":1");
            for (Future<Answer> each : all) {
                assertThat(each.get(1, TimeUnit.MINUTES).status()).isEqualTo(504);
            }
        }
        String path = URLEncoder.encode("[[\"key\",\"a\"]" + forks + ",[\"stop\"]]", StandardCharsets.UTF_8);
        assertThat(send("GET", "/views/places/indexes/pages/subscribe?path=" + path, new byte[0])
                        .status())
                .isEqualTo(504);
    }

    @Test
    void whatLeadsToNoPlaceIsRefused() throws Exception {
        deploy("places", Places.class, 1);
        for (String body : List.of(
                "{\"path\":[[\"all\"]]}",
                "{\"path\":[[\"key\",\"a\"],[\"map_vals\"]]}",
                "{\"path\":[[\"sorted_map_range\",\"a\",\"b\"]]}",
                "{\"path\":[[\"key\"]]}",
                "{\"limit\":0}",
                "{\"limit\":101}",
                "{\"page\":\"nonsense\"}")) {
            Answer answer = post("/views/places/indexes/pages/explore", body);
            assertThat(answer.status()).as(body + " " + answer.text()).isEqualTo(400);
        }
        assertThat(post("/views/places/indexes/none/explore", "{}").status()).isEqualTo(404);
    }
}
