package io.thalweg.server.http.objects;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.memo.Head;
import io.thalweg.memo.MemoId;
import io.thalweg.memo.context.Context;
import io.thalweg.server.Client;
import io.thalweg.server.TestNode;
import io.thalweg.server.config.NodeOptions;
import io.thalweg.server.config.SlabSettings;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Topics, objects and memos over HTTP, on one node. */
class ObjectsTest {
    private static final String CATS = """
        {"fields":{"name":{"type":"text","merge":"last","indexed":true},"lives":{"type":"integer","merge":"counter"},
         "tags":{"type":"text","merge":"set"},"colour":{"type":"text","merge":"all"}},
         "relationships":{"owner":"people"},"durability":{"target_nines":4}}\
        """;

    private static String create(Client client, String body) {
        Client.Answer made = client.post("/topics/cats/objects", body);
        assertThat(made.status()).as(made.text()).isEqualTo(201);
        return made.json().get("object_id").asString();
    }

    @Test
    void anObjectIsCreatedEditedReadAsOfThenAndDeletedAndIsThereAfterARestart(@TempDir Path data) throws Exception {
        try (TestNode node = new TestNode(data)) {
            Client client = node.client();
            assertThat(client.put("/topics/cats", CATS).status()).isEqualTo(200);
            assertThat(client.put("/topics/people", "{}").status()).isEqualTo(200);
            String tom = create(
                    client, "{\"set\":{\"name\":\"Tom\"},\"add\":{\"lives\":9},\"insert\":{\"tags\":[\"grey\"]}}");
            JsonNode before = client.get("/objects/" + tom).json();
            assertThat(before.at("/fields/name").asString()).isEqualTo("Tom");
            assertThat(before.at("/fields/lives").asInt()).isEqualTo(9);
            String owner = client.post("/topics/people/objects", "{}")
                    .json()
                    .get("object_id")
                    .asString();
            Client.Answer edited = client.patch(
                    "/objects/" + tom,
                    "{\"set\":{\"name\":\"Thomas\"},\"add\":{\"lives\":-1},\"relate\":{\"owner\":\"" + owner + "\"}}");
            assertThat(edited.status()).as(edited.text()).isEqualTo(200);
            node.restart();
            client = node.client();
            JsonNode now = client.get("/objects/" + tom).json();
            assertThat(now.at("/fields/name").asString()).isEqualTo("Thomas");
            assertThat(now.at("/fields/lives").asInt()).isEqualTo(8);
            assertThat(now.at("/relationships/owner").asString()).isEqualTo(owner);
            assertThat(now.get("head")).isEqualTo(edited.json().get("head"));
            String then = before.at("/head/0").asString();
            assertThat(client.get("/objects/" + tom + "?at=" + then)
                            .json()
                            .at("/fields/name")
                            .asString())
                    .isEqualTo("Tom");
            assertThat(client.get("/objects/" + tom + "/history").json().get("memos"))
                    .hasSize(2);
            assertThat(client.get("/topics/cats/objects?name=Thomas").json().get("objects"))
                    .hasSize(1);
            assertThat(client.get("/topics/cats/objects?name=Tom").json().get("objects"))
                    .isEmpty();
            assertThat(client.get("/topics/cats/objects?lives=8").status()).isEqualTo(400);
            assertThat(client.delete("/objects/" + tom).status()).isEqualTo(200);
            assertThat(client.get("/objects/" + tom).json().get("deleted").asBoolean())
                    .isTrue();
            assertThat(client.get("/topics/cats/objects").json().get("objects")).isEmpty();
            Client.Answer late = client.patch("/objects/" + tom, "{\"set\":{\"name\":\"Tim\"}}");
            assertThat(late.status()).isEqualTo(409);
            assertThat(late.text()).contains("object_deleted");
            assertThat(client.delete("/objects/" + tom).status()).isEqualTo(200);
        }
    }

    @Test
    void aContextIsNeverReadBehindAndARepeatedWriteIsOneMemo(@TempDir Path data) throws Exception {
        try (TestNode node = new TestNode(data)) {
            Client client = node.client();
            client.put("/topics/cats", CATS);
            Client.Answer made = client.post("/topics/cats/objects", "{}", "Idempotency-Key", "one");
            Client.Answer again = client.post("/topics/cats/objects", "{}", "Idempotency-Key", "one");
            assertThat(again.json().get("object_id")).isEqualTo(made.json().get("object_id"));
            assertThat(client.post("/topics/cats/objects", "{\"set\":{\"name\":\"Other\"}}", "Idempotency-Key", "one")
                            .code())
                    .isEqualTo("idempotency_key_reused");
            String context =
                    made.response().headers().firstValue("Thalweg-Context").orElseThrow();
            String id = made.json().get("object_id").asString();
            byte[] one = "{\"add\":{\"lives\":1}}".getBytes(StandardCharsets.UTF_8);
            byte[] five = "{\"add\":{\"lives\":5}}".getBytes(StandardCharsets.UTF_8);
            Client.Answer edited = client.method("PATCH", "/objects/" + id, one, "Idempotency-Key", "two");
            assertThat(client.method("PATCH", "/objects/" + id, one, "Idempotency-Key", "two")
                            .json()
                            .get("memo_id"))
                    .isEqualTo(edited.json().get("memo_id"));
            assertThat(client.method("PATCH", "/objects/" + id, five, "Idempotency-Key", "two")
                            .code())
                    .isEqualTo("idempotency_key_reused");
            assertThat(client.method("PATCH", "/objects/" + id, five, "Idempotency-Key", " ")
                            .status())
                    .isEqualTo(400);
            assertThat(client.get("/objects/" + id).json().at("/fields/lives").asInt())
                    .isEqualTo(1);
            assertThat(client.get("/objects/" + id, "Thalweg-Context", context).status())
                    .isEqualTo(200);
            assertThat(client.get("/objects/" + id, "Thalweg-Context", "nonsense")
                            .status())
                    .isEqualTo(400);
            // What a reader knows of another slab's memo, which is not here.
            String unknown = "f".repeat(64);
            String ahead = Context.EMPTY
                    .with(MemoId.parse(id), Head.of(MemoId.parse(unknown)))
                    .token();
            Client.Answer missing = client.get("/objects/" + id + "?timeout=50", "Thalweg-Context", ahead);
            assertThat(missing.status()).isEqualTo(504);
            assertThat(missing.json().get("code").asString()).isEqualTo("context_missing");
            assertThat(missing.text()).contains(unknown);
        }
    }

    @Test
    void durabilityIsANumberAndAWriteThatAsksForMoreStays(@TempDir Path data) throws Exception {
        try (TestNode node = new TestNode(data)) {
            Client client = node.client();
            client.put("/topics/cats", CATS);
            client.put("/topics/people", "{}");
            client.put("/topics/*", "{\"durability\":{\"target_nines\":8}}");
            assertThat(client.get("/topics/people")
                            .json()
                            .at("/durability/target_nines")
                            .asDouble())
                    .as("the tenant's")
                    .isEqualTo(8);
            Client.Answer made = client.post("/topics/cats/objects?durability=4", "{}");
            assertThat(made.status()).isEqualTo(201);
            assertThat(made.json().at("/durability/nines").asDouble()).isBetween(4.35, 4.4);
            assertThat(made.json().at("/durability/target_nines").asDouble()).isEqualTo(4);
            String id = made.json().get("object_id").asString();
            Client.Answer more = client.method(
                    "PATCH",
                    "/objects/" + id + "?durability=12&timeout=50",
                    "{\"add\":{\"lives\":1}}".getBytes(StandardCharsets.UTF_8));
            assertThat(more.status()).isEqualTo(504);
            assertThat(more.json().get("code").asString()).isEqualTo("durability_not_reached");
            assertThat(more.response().headers().firstValue("Thalweg-Context")).isPresent();
            assertThat(client.get("/objects/" + id).json().at("/fields/lives").asInt())
                    .isEqualTo(1);
            JsonNode score = client.get("/memos/" + id + "/durability").json();
            assertThat(score.get("holders")).hasSize(1);
            assertThat(score.at("/holders/0/state").asString()).isEqualTo("resident");
            assertThat(client.get("/memos/" + id).json().get("kind").asString()).isEqualTo("create");
            assertThat(client.get("/slabs").json().at("/slabs/0/held_memos").asInt())
                    .isGreaterThan(2);
            assertThat(node.operator().get("/operator/durability").status()).isEqualTo(200);
        }
    }

    @Test
    void whoSubscribesHearsOfEachChangedObjectThatMatchesAndOfNoOther(@TempDir Path data) throws Exception {
        try (TestNode node = new TestNode(data);
                HttpClient http = HttpClient.newHttpClient()) {
            Client client = node.client();
            client.put("/topics/cats", CATS);
            String tom = create(client, "{\"set\":{\"name\":\"Tom\"}}");
            assertThat(client.get("/topics/cats/objects/subscribe?lives=8").status())
                    .isEqualTo(400);
            try (InputStream stream = http.send(
                                    client.request("/topics/cats/objects/subscribe?name=Tom")
                                            .build(),
                                    HttpResponse.BodyHandlers.ofInputStream())
                            .body();
                    BufferedReader lines = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
                assertThat(lines.readLine()).isEqualTo("retry: 1000");
                create(client, "{\"set\":{\"name\":\"Felix\"}}");
                Client.Answer edited = client.method(
                        "PATCH", "/objects/" + tom, "{\"add\":{\"lives\":7}}".getBytes(StandardCharsets.UTF_8));
                String line = lines.readLine();
                while (!line.startsWith("data: ")) {
                    line = lines.readLine();
                }
                JsonNode told = Client.MAPPER.readTree(line.substring("data: ".length()));
                assertThat(told.get("object_id").asString()).isEqualTo(tom);
                assertThat(told.get("head")).isEqualTo(edited.json().get("head"));
                assertThat(told.at("/fields/lives").asInt()).isEqualTo(7);
            }
            try (InputStream stream = http.send(
                                    client.request("/topics/cats/objects/subscribe")
                                            .header("Last-Event-ID", tom)
                                            .build(),
                                    HttpResponse.BodyHandlers.ofInputStream())
                            .body();
                    BufferedReader lines = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
                assertThat(lines.readLine()).isEqualTo("retry: 1000");
                assertThat(lines.readLine()).isEmpty();
                assertThat(lines.readLine()).as("to whom was away").isEqualTo("event: resync");
            }
        }
    }

    @Test
    void indexedFieldsFollowEveryChangeAndPagesMissNothing(@TempDir Path data) throws Exception {
        try (TestNode node = new TestNode(data)) {
            Client client = node.client();
            client.put(
                    "/topics/things",
                    "{\"fields\":{\"n\":{\"type\":\"integer\",\"indexed\":true},\"tag\":{\"type\":\"text\",\"merge\":\"set\","
                        + "\"indexed\":true}}}");
            var random = new SplittableRandom(4);
            Map<String, Integer> model = new HashMap<>();
            for (int i = 0; i < 60; i++) {
                int value = random.nextInt(3);
                if (model.isEmpty() || random.nextInt(2) == 0) {
                    String made = client.post(
                                    "/topics/things/objects",
                                    "{\"set\":{\"n\":" + value + "},\"insert\":{\"tag\":[\"t" + value + "\"]}}")
                            .json()
                            .get("object_id")
                            .asString();
                    model.put(made, value);
                } else {
                    String some = List.copyOf(model.keySet()).get(random.nextInt(model.size()));
                    client.patch("/objects/" + some, "{\"set\":{\"n\":" + value + "}}");
                    model.put(some, value);
                }
                int asked = random.nextInt(3);
                Set<String> found = new HashSet<>();
                String page = "";
                do {
                    JsonNode answer = client.get("/topics/things/objects?n=" + asked + "&limit=3" + page)
                            .json();
                    answer.get("objects")
                            .forEach(each -> found.add(each.get("object_id").asString()));
                    page = answer.has("next") ? "&page=" + answer.get("next").asString() : "";
                } while (!page.isEmpty());
                Set<String> expected = new HashSet<>(model.keySet());
                expected.removeIf(each -> !Integer.valueOf(asked).equals(model.get(each)));
                assertThat(found).as("after %d writes", i).isEqualTo(expected);
            }
            assertThat(client.get("/topics/things/objects?tag=t1&n=1&limit=1000")
                            .json()
                            .get("objects"))
                    .allMatch(each -> each.at("/fields/n").asInt() == 1);
            assertThat(client.get("/topics/things/objects?n=one").status()).isEqualTo(400);
        }
    }

    @Test
    void anObjectMayHaveATargetOfItsOwn(@TempDir Path data) throws Exception {
        try (TestNode node = new TestNode(data)) {
            Client client = node.client();
            assertThat(client.put("/topics/cats", CATS).status()).isEqualTo(200);
            String tom = create(client, "{\"set\":{\"name\":\"Tom\"},\"durability\":{\"target_nines\":3}}");
            assertThat(client.get("/memos/" + tom + "/durability")
                            .json()
                            .get("target_nines")
                            .asDouble())
                    .isEqualTo(3);
        }
    }

    @Test
    void whereATopicLetsGoOfItsHistoryTheProofOfWhatWasDroppedStays(@TempDir Path data) throws Exception {
        NodeOptions options = NodeOptions.in(data)
                .withHttp("127.0.0.1", 0)
                .withCompiled(false)
                .withSlab(SlabSettings.DEFAULT.beating(1));
        try (TestNode node = new TestNode(options)) {
            Client client = node.client();
            client.put("/topics/cats", CATS);
            assertThat(client.put("/topics/cats", "{\"history\":\"sometimes\"}").text())
                    .contains("expected keep or drop");
            assertThat(client.put("/topics/cats", "{\"history\":\"drop\"}")
                            .json()
                            .get("history")
                            .asString())
                    .isEqualTo("drop");
            String tom = create(client, "{\"set\":{\"name\":\"Tom\"}}");
            String second = client.patch("/objects/" + tom, "{\"add\":{\"lives\":1}}")
                    .json()
                    .get("memo_id")
                    .asString();
            JsonNode whole = client.get("/memos/" + second).json();
            for (int i = 1; i < 600; i++) {
                client.patch("/objects/" + tom, "{\"set\":{\"name\":\"Tom " + i + "\"},\"add\":{\"lives\":1}}");
            }
            Awaitility.await()
                    .atMost(Duration.ofMinutes(1))
                    .until(() -> client.get("/memos/" + second)
                            .json()
                            .path("dropped")
                            .asBoolean());
            JsonNode gone = client.get("/memos/" + second).json();
            assertThat(gone.get("precursors")).isEqualTo(whole.get("precursors"));
            assertThat(gone.get("object_id")).isEqualTo(whole.get("object_id"));
            assertThat(client.get("/objects/" + tom + "/history").json().get("memos"))
                    .hasSize(601);
            assertThat(client.get("/objects/" + tom + "?at=" + second).status()).isEqualTo(410);
            node.restart();
            Client again = node.client();
            JsonNode now = again.get("/objects/" + tom).json();
            assertThat(now.at("/fields/lives").asInt()).isEqualTo(600);
            assertThat(now.at("/fields/name").asString()).isEqualTo("Tom 599");
            assertThat(again.put("/topics/cats", "{\"history\":\"keep\"}").status())
                    .isEqualTo(200);
            String log = again.post("/logs", "{\"name\":\"cats\"}")
                    .json()
                    .get("log_id")
                    .asString();
            Client.Answer fed = again.put("/topics/cats", "{\"feeds\":\"" + log + "\"}");
            assertThat(fed.status()).as(fed.text()).isEqualTo(400);
            assertThat(fed.text()).contains("is or was 'drop'");
        }
    }

    @Test
    void relationshipsAreFollowedInBothDirections(@TempDir Path data) throws Exception {
        try (TestNode node = new TestNode(data)) {
            Client client = node.client();
            client.put("/topics/cats", CATS);
            client.put("/topics/people", "{}");
            String ann = person(client);
            String bob = person(client);
            String tom = create(client, "{\"set\":{\"name\":\"Tom\"},\"relate\":{\"owner\":\"" + ann + "\"}}");
            String kitty = create(client, "{\"set\":{\"name\":\"Kitty\"},\"relate\":{\"owner\":\"" + ann + "\"}}");
            String stray = create(client, "{\"set\":{\"name\":\"Tom\"}}");
            assertThat(found(client, "owner=" + ann)).containsExactlyInAnyOrder(tom, kitty);
            assertThat(found(client, "owner=" + ann + "&name=Tom")).containsExactly(tom);
            assertThat(found(client, "owner=" + bob)).isEmpty();
            client.patch("/objects/" + kitty, "{\"unrelate\":[\"owner\"]}");
            client.patch("/objects/" + stray, "{\"relate\":{\"owner\":\"" + bob + "\"}}");
            client.delete("/objects/" + tom);
            assertThat(found(client, "owner=" + ann)).isEmpty();
            assertThat(found(client, "owner=" + bob)).containsExactly(stray);
            assertThat(client.get("/topics/cats/objects?owner=bob").status()).isEqualTo(400);
        }
    }

    private static String person(Client client) {
        return client.post("/topics/people/objects", "{}")
                .json()
                .get("object_id")
                .asString();
    }

    private static List<String> found(Client client, String asked) {
        List<String> found = new ArrayList<>();
        client.get("/topics/cats/objects?" + asked)
                .json()
                .get("objects")
                .forEach(each -> found.add(each.get("object_id").asString()));
        return found;
    }

    @Test
    void anotherTenantsObjectsMemosAndTopicsAreNotThere(@TempDir Path data) throws Exception {
        try (TestNode node = new TestNode(data)) {
            Client client = node.client();
            client.put("/topics/cats", CATS);
            String tom = create(client, "{\"set\":{\"name\":\"Tom\"}}");
            Client stranger = node.client(node.tenant("{}").apiKey());
            assertThat(stranger.get("/topics/cats").status()).isEqualTo(404);
            assertThat(stranger.get("/topics").json().get("topics")).isEmpty();
            assertThat(stranger.get("/objects/" + tom).status()).isEqualTo(404);
            assertThat(stranger.get("/objects/" + tom + "/history").status()).isEqualTo(404);
            assertThat(stranger.patch("/objects/" + tom, "{}").status()).isEqualTo(404);
            assertThat(stranger.delete("/objects/" + tom).status()).isEqualTo(404);
            assertThat(stranger.get("/memos/" + tom).status()).isEqualTo(404);
            assertThat(stranger.get("/memos/" + tom + "/durability").status()).isEqualTo(404);
        }
    }

    @Test
    void whatTheModelDoesNotAllowIsRefusedByName(@TempDir Path data) throws Exception {
        try (TestNode node = new TestNode(data)) {
            Client client = node.client();
            assertThat(client.post("/topics/cats/objects", "{}").status()).isEqualTo(404);
            client.put("/topics/cats", CATS);
            assertThat(client.post("/topics/cats/objects", "{\"set\":{\"nme\":\"x\"}}")
                            .text())
                    .contains("nme is no field of the topic");
            assertThat(client.post("/topics/cats/objects", "{\"set\":{\"name\":7}}")
                            .status())
                    .isEqualTo(400);
            assertThat(client.post("/topics/cats/objects", "{\"sett\":{}}").text())
                    .contains("'sett' is unknown");
            assertThat(client.put("/topics/cats", "{\"fields\":{\"\\u0000target_nines\":{\"type\":\"number\"}}}")
                            .text())
                    .contains("control characters");
            assertThat(client.put("/topics/cats", "{\"relationships\":{\"home\":\"\"}}")
                            .status())
                    .isEqualTo(400);
            assertThat(client.put("/topics/cats", "{\"relationships\":{\"page\":\"cats\"}}")
                            .text())
                    .contains("'page' is a parameter of queries");
            assertThat(client.put("/topics/cats", "{\"fields\":{\"limit\":{\"type\":\"text\",\"indexed\":true}}}")
                            .status())
                    .isEqualTo(400);
            assertThat(client.get("/topics/cats/objects?name=Tom&name=Thomas").status())
                    .isEqualTo(400);
            Client.Answer changed =
                    client.put("/topics/cats", "{\"fields\":{\"name\":{\"type\":\"integer\",\"merge\":\"last\"}}}");
            assertThat(changed.status()).isEqualTo(409);
            assertThat(client.put("/topics/cats", "{\"fields\":{\"born\":{\"type\":\"time\"}}}")
                            .json()
                            .get("fields")
                            .propertyNames())
                    .contains("name", "born");
            assertThat(client.get("/objects/xyz").status()).isEqualTo(404);
        }
    }
}
