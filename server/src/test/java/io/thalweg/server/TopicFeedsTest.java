package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.directory.Directory;
import io.thalweg.memo.Head;
import io.thalweg.memo.MemoId;
import io.thalweg.memo.context.Context;
import io.thalweg.memo.object.TopicModel;
import io.thalweg.model.LogId;
import io.thalweg.server.feeds.Feeds;
import io.thalweg.server.routing.HostedShard;
import io.thalweg.server.slab.Ties;
import java.net.http.HttpRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.awaitility.core.ThrowingRunnable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Between the doors: a topic that feeds a log, and one that follows a log. */
class TopicFeedsTest {
    private static void eventually(ThrowingRunnable holds) {
        Awaitility.await()
                .atMost(Duration.ofMinutes(1))
                .pollInterval(Duration.ofMillis(50))
                .ignoreExceptions()
                .untilAsserted(holds);
    }

    private static String log(Client client, String name, int partitions) {
        return client.post("/logs", "{\"name\":\"" + name + "\",\"partitions\":" + partitions + "}")
                .json()
                .get("log_id")
                .asString();
    }

    /** A model whose history may go as soon as it has so many nines. */
    static TopicModel dropping(double nines) {
        return new TopicModel(
                Map.of("name", new TopicModel.Field(TopicModel.Type.TEXT, TopicModel.Merge.LAST, false)),
                Map.of(),
                new TopicModel.Policy(OptionalDouble.of(nines), true, "", "", Set.of(), Set.of()));
    }

    private static void topic(Client client, String name, String more) {
        Client.Answer put = client.put("/topics/" + name, """
            {"fields":{"name":{"type":"text","indexed":true},"lives":{"type":"integer","merge":"counter"}},%s}\
            """.formatted(more));
        assertThat(put.status()).as(put.text()).isEqualTo(200);
    }

    /** The memos that stand in a log, and their objects, partition by partition. */
    private static List<JsonNode> events(Client client, String log, int partitions) {
        List<JsonNode> all = new ArrayList<>();
        for (int partition = 0; partition < partitions; partition++) {
            for (JsonNode event : client.get("/logs/" + log + "/events?limit=1000&partition=" + partition)
                    .json()
                    .get("events")) {
                all.add(event.get("payload"));
            }
        }
        return all;
    }

    private static List<String> history(Client client, String object) {
        List<String> memos = new ArrayList<>();
        client.get("/objects/" + object + "/history")
                .json()
                .get("memos")
                .forEach(memo -> memos.add(memo.get("memo_id").asString()));
        return memos;
    }

    @Test
    void eachMemoOfATopicBecomesOneEventThoughTwoFeedAtATimeAndTheNodeStartsAgain(@TempDir Path data) throws Exception {
        try (TestNode node = new TestNode(data)) {
            String log = log(node.client(), "cats", 3);
            Set<String> memos = new HashSet<>();
            AtomicReference<Throwable> failed = new AtomicReference<>();
            List<String> cats = new ArrayList<>();
            topic(node.client(), "cats", "\"feeds\":\"" + log + "\"");
            for (int life = 0; life < 3; life++) {
                Client client = node.client();
                Thread other = second(node, failed);
                for (int i = 0; i < 20; i++) {
                    String cat = client.post("/topics/cats/objects", "{\"set\":{\"name\":\"cat " + i + "\"}}")
                            .json()
                            .get("object_id")
                            .asString();
                    cats.add(cat);
                    assertThat(client.patch("/objects/" + cats.get(i / 2), "{\"add\":{\"lives\":1}}")
                                    .status())
                            .isEqualTo(200);
                }
                other.interrupt();
                other.join();
                node.restart();
            }
            Client client = node.client();
            cats.forEach(cat -> memos.addAll(history(client, cat)));
            assertThat(memos).hasSize(120);
            eventually(() -> assertThat(events(client, log, 3)).hasSizeGreaterThanOrEqualTo(memos.size()));
            List<JsonNode> events = events(client, log, 3);
            assertThat(events)
                    .extracting(event -> event.get("memo_id").asString())
                    .doesNotHaveDuplicates()
                    .containsExactlyInAnyOrderElementsOf(memos);
            Set<String> seen = new HashSet<>();
            for (JsonNode event : events) {
                event.get("precursors").forEach(before -> assertThat(seen).contains(before.asString()));
                seen.add(event.get("memo_id").asString());
            }
            assertThat(failed.get()).isNull();
        }
    }

    /** Another feeder that believes that it leads, beside the node's own. */
    private static Thread second(TestNode node, AtomicReference<Throwable> failed) {
        HostedShard home = node.node().shards().hosted().stream()
                .filter(shard -> shard.number() > 0)
                .findFirst()
                .orElseGet(() -> node.node().shards().hosted().getFirst());
        Feeds feeds = new Feeds(
                () -> directory(node), home, node.node().slab(), new Ties(() -> directory(node), List.of(home)));
        return Thread.ofVirtual().start(() -> {
            try {
                while (true) {
                    feeds.step();
                    Thread.sleep(5);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (RuntimeException | Error e) {
                failed.set(e);
            }
        });
    }

    private static Directory directory(TestNode node) {
        return node.node().administration().directory();
    }

    @Test
    void eachEventOfALogBecomesOneChangeOfTheObjectThatItsKeyNames(@TempDir Path data) throws Exception {
        try (TestNode node = new TestNode(data)) {
            String log = log(node.client(), "facts", 1);
            topic(node.client(), "cats", "\"follows\":\"" + log + "\"");
            for (int life = 0; life < 2; life++) {
                AtomicReference<Throwable> failed = new AtomicReference<>();
                Thread other = second(node, failed);
                for (int i = 0; i < 30; i++) {
                    append(node.client(), log, "tom", "{\"set\":{\"name\":\"Tom\"},\"add\":{\"lives\":1}}");
                }
                append(node.client(), log, "tom", "this is no change");
                append(node.client(), log, "tom", "{\"set\":{\"name\":1}}");
                append(node.client(), log, null, "{\"set\":{\"name\":\"somebody\"}}");
                other.interrupt();
                other.join();
                assertThat(failed.get()).isNull();
                node.restart();
            }
            Client client = node.client();
            eventually(() -> assertThat(client.get("/topics/cats/objects?name=Tom")
                            .json()
                            .at("/objects/0/fields/lives")
                            .asInt())
                    .isEqualTo(60));
            assertThat(client.get("/topics/cats/objects?name=Tom").json().get("objects"))
                    .hasSize(1);
            eventually(() -> assertThat(client.get("/topics/cats/objects?name=somebody")
                            .json()
                            .get("objects"))
                    .hasSize(2));
        }
    }

    @Test
    void aFieldThatTheTopicDoesNotHaveYetIsWaitedForAndCountsOnceAfterAnotherStart(@TempDir Path data)
            throws Exception {
        try (TestNode node = new TestNode(data)) {
            String log = log(node.client(), "facts", 1);
            String follows = "\"follows\":\"" + log + "\"";
            topic(node.client(), "cats", follows);
            append(node.client(), log, "tom", "{\"set\":{\"name\":\"Tom\"},\"add\":{\"lives\":1}}");
            append(node.client(), log, "tom", "{\"add\":{\"naps\":1}}");
            append(node.client(), log, "tom", "{\"add\":{\"lives\":1}}");
            Client client = node.client();
            eventually(() -> assertThat(tom(client, "lives")).isEqualTo(1));
            assertThat(client.put("/topics/cats", """
                {"fields":{"name":{"type":"text","indexed":true},"lives":{"type":"integer","merge":"counter"},
                 "naps":{"type":"integer","merge":"counter"}},%s}\
                """.formatted(follows)).status())
                    .isEqualTo(200);
            eventually(() -> assertThat(tom(client, "lives")).isEqualTo(2));
            node.restart();
            append(node.client(), log, "tom", "{\"add\":{\"lives\":1}}");
            Client again = node.client();
            eventually(() -> assertThat(tom(again, "lives")).isGreaterThan(2));
            assertThat(tom(again, "lives")).isEqualTo(3);
            assertThat(tom(again, "naps")).isEqualTo(1);
        }
    }

    @Test
    void anEventThatNoModelCanEverTakeIsLeftOutAndCountedAndWhatWaitsSaysForWhat(@TempDir Path data) throws Exception {
        try (TestNode node = new TestNode(data)) {
            Client client = node.client();
            String log = log(client, "facts", 1);
            topic(client, "cats", "\"follows\":\"" + log + "\"");
            append(client, log, "tom", "{\"set\":{\"" + "n".repeat(250) + "\":1}}");
            append(client, log, "tom", "{\"add\":{\"\":1}}");
            append(client, log, "tom", "{\"relate\":{\"" + "r".repeat(243) + "\":\"" + "0".repeat(64) + "\"}}");
            append(client, log, "tom", many());
            append(client, log, "tom", "{\"set\":{\"name\":\"Tom\"},\"add\":{\"lives\":1}}");
            eventually(() -> assertThat(tom(client, "lives")).isEqualTo(1));
            eventually(() -> {
                JsonNode tie = client.get("/topics/cats").json().at("/ties/0");
                assertThat(tie.get("state").asString()).isEqualTo("going");
                assertThat(tie.get("left_out").asInt()).isEqualTo(4);
                assertThat(tie.get("log_id").asString()).isEqualTo(log);
            });
            append(client, log, "tom", "{\"add\":{\"" + "n".repeat(249) + "\":1}}");
            eventually(() -> {
                JsonNode tie = client.get("/topics/cats").json().at("/ties/0");
                assertThat(tie.get("way").asString()).isEqualTo("follows");
                assertThat(tie.get("state").asString()).isEqualTo("stopped");
                assertThat(tie.get("reason").asString()).contains("add it to the model");
            });
        }
    }

    @Test
    void aLogThatIsNotThereOrLetsGoOfItsEventsIsRefused(@TempDir Path data) throws Exception {
        try (TestNode node = new TestNode(data)) {
            Client client = node.client();
            String brief = client.post("/logs", "{\"name\":\"brief\",\"retention\":{\"max_age_seconds\":60}}")
                    .json()
                    .get("log_id")
                    .asString();
            for (String way : List.of("feeds", "follows")) {
                Client.Answer nowhere =
                        client.put("/topics/cats", "{\"" + way + "\":\"" + new LogId(UUID.randomUUID()) + "\"}");
                assertThat(nowhere.status()).isEqualTo(400);
                assertThat(nowhere.text()).contains("'" + way + "': there is no log");
                assertThat(client.put("/topics/cats", "{\"" + way + "\":\"" + brief + "\"}")
                                .text())
                        .contains("has a retention");
            }
        }
    }

    /** More changes than an edit has. */
    private static String many() {
        StringBuilder text = new StringBuilder("{\"add\":{\"x\":1");
        for (int i = 0; i < 4096; i++) {
            text.append(",\"f").append(i).append("\":1");
        }
        return text.append("}}").toString();
    }

    private static int tom(Client client, String counter) {
        return client.get("/topics/cats/objects?name=Tom")
                .json()
                .at("/objects/0/fields/" + counter)
                .asInt();
    }

    private static void append(Client client, String log, @Nullable String key, String payload) {
        HttpRequest.Builder request = client.request("/logs/" + log + "/append")
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(payload));
        if (payload.startsWith("this")) {
            request.setHeader("Content-Type", "text/plain");
        }
        if (key != null) {
            request.header("Thalweg-Key", key);
        }
        assertThat(client.send(request.build()).status()).isBetween(200, 201);
    }

    @Test
    void aTopicThatNamesItsReadersAndWritersTurnsOthersAway(@TempDir Path data) throws Exception {
        try (TestNode node = new TestNode(data)) {
            Client admin = node.client();
            Client vet = key(node, admin, "vet");
            Client guest = key(node, admin, "guest");
            topic(admin, "cats", "\"rights\":{\"read\":[\"vet\",\"guest\"],\"write\":[\"vet\"]}");
            Client.Answer made = vet.post("/topics/cats/objects", "{\"set\":{\"name\":\"Tom\"}}");
            assertThat(made.status()).as(made.text()).isEqualTo(201);
            String tom = made.json().get("object_id").asString();
            assertThat(guest.get("/objects/" + tom).status()).isEqualTo(200);
            assertThat(guest.patch("/objects/" + tom, "{\"add\":{\"lives\":1}}").code())
                    .isEqualTo("forbidden");
            assertThat(guest.post("/topics/cats/objects", "{}").code()).isEqualTo("forbidden");
            assertThat(guest.delete("/objects/" + tom).code()).isEqualTo("forbidden");
            assertThat(guest.put("/topics/cats", "{\"rights\":{\"write\":[\"guest\"]}}")
                            .code())
                    .as("nobody gives himself rights")
                    .isEqualTo("forbidden");
            assertThat(vet.put("/topics/cats", "{\"fields\":{\"born\":{\"type\":\"time\"}}}")
                            .status())
                    .isEqualTo(200);
            topic(admin, "cats", "\"rights\":{\"read\":[\"vet\"]}");
            assertThat(vet.get("/objects/" + tom).status()).isEqualTo(200);
            assertThat(admin.get("/objects/" + tom).status()).isEqualTo(200);
            for (String path : List.of(
                    "/objects/" + tom,
                    "/objects/" + tom + "/history",
                    "/memos/" + tom,
                    "/memos/" + tom + "/durability",
                    "/topics/cats/objects",
                    "/topics/cats/objects/subscribe")) {
                assertThat(guest.get(path).code()).as(path).isEqualTo("forbidden");
            }
            topic(admin, "cats", "\"rights\":{\"write\":[]}");
            assertThat(guest.put("/topics/cats", "{\"rights\":{\"read\":[]}}").code())
                    .as("who may write and not read")
                    .isEqualTo("forbidden");
        }
    }

    private static Client key(TestNode node, Client admin, String name) {
        String secret = admin.post("/keys", "{\"name\":\"" + name + "\",\"role\":\"member\"}")
                .json()
                .get("api_key")
                .asString();
        return node.client(secret);
    }

    @Test
    void aListIsNeverOlderThanItsContextAndTellsWhatItsReaderKnowsNow(@TempDir Path data) throws Exception {
        try (TestNode node = new TestNode(data)) {
            Client client = node.client();
            topic(client, "cats", "\"relationships\":{}");
            for (int i = 0; i < 60; i++) {
                client.post("/topics/cats/objects", "{\"set\":{\"name\":\"cat\"}}");
            }
            Client.Answer list = client.get("/topics/cats/objects");
            String token = list.header("Thalweg-Context");
            assertThat(token).as("sixty heads in an index memo").hasSizeLessThan(1400);
            assertThat(client.get("/topics/cats/objects", "Thalweg-Context", token)
                            .status())
                    .isEqualTo(200);
            MemoId unknown = MemoId.parse("f".repeat(64));
            String strange = Context.EMPTY.with(unknown, Head.of(unknown)).token();
            Client.Answer late = client.get("/topics/cats/objects?timeout=50", "Thalweg-Context", strange);
            assertThat(late.code()).isEqualTo("context_missing");
            assertThat(late.text()).contains("f".repeat(64));
        }
    }
}
