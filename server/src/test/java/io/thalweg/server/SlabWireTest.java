package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.server.config.NodeOptions;
import io.thalweg.server.config.SlabSettings;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A node and slabs without shards, in one process, over real sockets on loopback. */
class SlabWireTest {
    private static final String CATS = "{\"fields\":{\"name\":{\"type\":\"text\"},\"colour\":{\"type\":\"text\"},"
            + "\"lives\":{\"type\":\"integer\",\"merge\":\"counter\"}}}";

    @TempDir
    private Path directory = Path.of("");

    private TestNode node;
    private final List<SlabNode> slabs = new ArrayList<>();
    private final HttpClient http = HttpClient.newHttpClient();

    @BeforeEach
    void start() throws Exception {
        node = new TestNode(options("node", SlabSettings.DEFAULT));
        node.client().put("/topics/cats", CATS);
    }

    @AfterEach
    void stop() {
        slabs.forEach(SlabNode::close);
        node.close();
        http.close();
    }

    private NodeOptions options(String name, SlabSettings settings) {
        return NodeOptions.in(directory.resolve(name))
                .withHttp("127.0.0.1", 0)
                .withCompiled(false)
                .withSlab(settings.beating(1).in("global/" + name));
    }

    private SlabNode slab(String name, String... join) throws Exception {
        SlabNode slab = SlabNode.start(options(name, SlabSettings.DEFAULT.joining(List.of(join))));
        slabs.add(slab);
        return slab;
    }

    /** The API of a slab, with the key that the node gave. */
    private Client at(SlabNode slab) {
        return new Client(http, slab.url(), node.dev().apiKey(), node.contract);
    }

    private static void eventually(org.awaitility.core.ThrowingRunnable holds) {
        Awaitility.await()
                .atMost(Duration.ofMinutes(1))
                .pollInterval(Duration.ofMillis(50))
                .ignoreExceptions()
                .untilAsserted(holds);
    }

    private static String create(Client client, String body) {
        Client.Answer made = client.post("/topics/cats/objects", body);
        assertThat(made.status()).as(made.text()).isEqualTo(201);
        return made.json().get("object_id").asString();
    }

    private static String name(Client client, String object) {
        return client.get("/objects/" + object + "?timeout=0")
                .json()
                .at("/fields/name")
                .asString();
    }

    private static String author(Client client, String memo) {
        return client.get("/memos/" + memo).json().get("author").asString();
    }

    private static String edit(Client client, String object, String body) {
        Client.Answer edited = client.method("PATCH", "/objects/" + object, body.getBytes(StandardCharsets.UTF_8));
        assertThat(edited.status()).as(edited.text()).isEqualTo(200);
        return edited.text();
    }

    @Test
    void aSlabThatHasNotHeardYetWhoMayCallRefusesNobodyForGood() throws Exception {
        SlabNode early = slab("early", "http://127.0.0.1:1");
        Client.Answer answer = at(early).get("/objects/none");
        assertThat(answer.status()).as(answer.text()).isEqualTo(503);
        SlabNode lonely = slab("lonely");
        assertThat(at(lonely).get("/objects/none").status()).isEqualTo(401);
    }

    @Test
    void whatIsWrittenOnTheNodeIsReadOnASlabByTheSameKeyAndTheOtherWayRound() throws Exception {
        String tom = create(node.client(), "{\"set\":{\"name\":\"Tom\"}}");
        SlabNode slab = slab("edge", node.url());
        eventually(() -> assertThat(name(at(slab), tom)).isEqualTo("Tom"));
        edit(at(slab), tom, "{\"set\":{\"name\":\"Thomas\"}}");
        eventually(() -> assertThat(name(node.client(), tom)).isEqualTo("Thomas"));
        String theirs = author(node.client(), tom);
        assertThat(author(at(slab), tom))
                .as("the node vouches for it, here as there")
                .isEqualTo(theirs);
        String edit = node.client().get("/objects/" + tom).json().at("/head/0").asString();
        assertThat(author(node.client(), edit))
                .as("the slab vouches for its own")
                .isEqualTo(author(at(slab), edit))
                .isNotEqualTo(theirs);
        eventually(() -> assertThat(node.client()
                        .get("/memos/" + tom + "/durability")
                        .json()
                        .get("holders"))
                .hasSize(2));
        eventually(() -> assertThat(at(slab).get("/metrics").text())
                .contains("thalweg_slab_links 1.0")
                .containsPattern("thalweg_slab_memos [2-9]"));
        assertThat(new Client(http, slab.url(), "tw_nobody", node.contract)
                        .get("/objects/" + tom)
                        .status())
                .isEqualTo(401);
        assertThat(at(slab).get("/openapi.json").json().get("paths").propertyNames())
                .as("a slab has no strict door")
                .contains("/topics/{topic}/objects")
                .noneMatch(path -> path.startsWith("/logs") || path.startsWith("/ledgers"));
    }

    @Test
    void bothSidesOfACutLinkAreEditedAndAgreeWhenItHeals() throws Exception {
        String tom = create(node.client(), "{\"set\":{\"name\":\"Tom\"},\"add\":{\"lives\":9}}");
        SlabNode slab = slab("edge", node.url());
        eventually(() -> assertThat(name(at(slab), tom)).isEqualTo("Tom"));
        slab.links().cut(true);
        edit(at(slab), tom, "{\"set\":{\"name\":\"Tommy\"},\"add\":{\"lives\":-1}}");
        edit(node.client(), tom, "{\"set\":{\"colour\":\"grey\"},\"add\":{\"lives\":-2}}");
        assertThat(name(node.client(), tom)).as("cut off").isEqualTo("Tom");
        slab.links().cut(false);
        eventually(() -> {
            JsonNode there = at(slab).get("/objects/" + tom).json();
            assertThat(there.get("head")).hasSize(2);
            assertThat(node.client().get("/objects/" + tom).json()).isEqualTo(there);
            assertThat(there.at("/fields/lives").asInt()).isEqualTo(6);
            assertThat(there.at("/fields/colour").asString()).isEqualTo("grey");
            assertThat(there.at("/fields/name").asString()).isEqualTo("Tommy");
        });
    }

    @Test
    void ofThreeSlabsThoseWhoWereOnlyHeardOfFindEachOther() throws Exception {
        SlabNode first = slab("one", node.url());
        SlabNode second = slab("two", node.url());
        eventually(() -> {
            assertThat(first.links().linked()).contains(second.slab().id());
            assertThat(second.links().linked()).contains(first.slab().id());
            // The key and the topic come from the node, too.
            assertThat(at(first).get("/topics/cats").status()).isEqualTo(200);
            assertThat(at(second).get("/topics/cats").status()).isEqualTo(200);
        });
        node.close();
        try {
            String tom = create(at(first), "{\"set\":{\"name\":\"Tom\"}}");
            eventually(() -> assertThat(name(at(second), tom)).isEqualTo("Tom"));
        } finally {
            node.restart();
        }
    }

    @Test
    void aLateJoinerCostsLittleMoreThanWhatItMisses() throws Exception {
        Client client = node.client();
        for (int i = 0; i < 400; i++) {
            create(client, "{\"set\":{\"name\":\"" + "a name of some length, ".repeat(20) + i + "\"}}");
        }
        long before = sentBytes();
        SlabNode late = slab("late", node.url());
        eventually(() -> assertThat(held(late)).isEqualTo(held()));
        long missed = late.slab().ask((_, own) -> own.status()).heldBytes();
        long received = late.slab().ask((_, own) -> own.status()).traffic().bytesSent();
        assertThat((double) (sentBytes() - before + received) / missed)
                .as("bytes both ways for a byte missed")
                .isLessThan(1.2);
    }

    private long sentBytes() throws Exception {
        return node.node().slab().ask((_, own) -> own.status()).traffic().bytesSent();
    }

    private int held() throws Exception {
        return node.node().slab().ask((_, own) -> own.status()).heldMemos();
    }

    private static int held(SlabNode slab) throws Exception {
        return slab.slab().ask((_, own) -> own.status()).heldMemos();
    }

    @Test
    void whoDoesNotKnowTheSecretIsNotTalkedTo() throws Exception {
        Path right = secret("right", "a secret of many characters");
        Path wrong = secret("wrong", "another secret, just as long");
        SlabNode first = SlabNode.start(options("a", SlabSettings.DEFAULT.knowing(right)));
        slabs.add(first);
        SlabSettings joining = SlabSettings.DEFAULT.joining(List.of(first.url()));
        SlabNode stranger = SlabNode.start(options("b", joining.knowing(wrong)));
        slabs.add(stranger);
        SlabNode friend = SlabNode.start(options("c", joining.knowing(right)));
        slabs.add(friend);
        eventually(() ->
                assertThat(first.links().linked()).containsExactly(friend.slab().id()));
        assertThat(stranger.links().linked()).isEmpty();
        // One who says nothing that a slab says is shown out.
        CompletableFuture<Integer> ended = new CompletableFuture<>();
        WebSocket socket = http.newWebSocketBuilder()
                .buildAsync(URI.create("ws" + first.url().substring(4) + "/slab/peering"), new WebSocket.Listener() {
                    @Override
                    public CompletionStage<?> onClose(WebSocket webSocket, int status, String reason) {
                        ended.complete(status);
                        return CompletableFuture.completedFuture(null);
                    }
                })
                .get(60, TimeUnit.SECONDS);
        socket.sendBinary(ByteBuffer.wrap("GET / HTTP/1.1".getBytes(StandardCharsets.US_ASCII)), true)
                .get(60, TimeUnit.SECONDS);
        assertThat(ended.get(60, TimeUnit.SECONDS)).isEqualTo(1008);
    }

    @Test
    void whoOpensConnectionsAndSaysNothingKeepsNoSlabOut() throws Exception {
        Path right = secret("shared", "a secret of many characters");
        SlabNode first = SlabNode.start(options("a", SlabSettings.DEFAULT.knowing(right)));
        slabs.add(first);
        URI door = URI.create("ws" + first.url().substring(4) + "/slab/peering");
        List<WebSocket> silent = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            silent.add(http.newWebSocketBuilder()
                    .buildAsync(door, new WebSocket.Listener() {})
                    .get(60, TimeUnit.SECONDS));
        }
        SlabNode friend = SlabNode.start(
                options("b", SlabSettings.DEFAULT.joining(List.of(first.url())).knowing(right)));
        slabs.add(friend);
        eventually(() ->
                assertThat(first.links().linked()).containsExactly(friend.slab().id()));
        silent.forEach(WebSocket::abort);
    }

    @Test
    void whoMayNotUpgradeIsAnsweredAtOnce() throws Exception {
        CompletableFuture<WebSocket> page = http.newWebSocketBuilder()
                .header("Origin", "http://a.page.in.a.browser")
                .buildAsync(URI.create("ws" + node.url().substring(4) + "/slab/peering"), new WebSocket.Listener() {});
        // It once hung until the connection had been idle for long.
        assertThatThrownBy(() -> page.get(60, TimeUnit.SECONDS))
                .hasCauseInstanceOf(WebSocketHandshakeException.class)
                .hasStackTraceContaining("status code 403");
    }

    @Test
    void aSlabHoldsAndServesAndIsToldOnlyWhatItIsGranted() throws Exception {
        Path file = directory.resolve("grants");
        Files.writeString(file, "* *\n");
        try (TestNode granting = new TestNode(options("granting", SlabSettings.DEFAULT.granting(file)))) {
            TestNode.Tenancy acme = granting.tenant("{}");
            granting.client().put("/topics/cats", CATS);
            String tom = create(granting.client(), "{\"set\":{\"name\":\"Tom\"}}");
            granting.client(acme.apiKey()).put("/topics/cats", CATS);
            String kitty = create(granting.client(acme.apiKey()), "{\"set\":{\"name\":\"Kitty\"}}");
            Files.writeString(
                    file, "# the node's own\n" + granting.node().slab().id() + " *\n* " + acme.id() + "\n");
            granting.restart();
            SlabNode edge = slab("edge", granting.url());
            Client there = new Client(http, edge.url(), acme.apiKey(), node.contract);
            eventually(() -> assertThat(name(there, kitty)).isEqualTo("Kitty"));
            assertThat(held(edge)).as("acme's topic, its model and its cat").isEqualTo(3);
            Client stranger = new Client(http, edge.url(), granting.dev().apiKey(), node.contract);
            assertThat(stranger.get("/objects/" + tom).status())
                    .as("nor does it know the keys of others")
                    .isEqualTo(401);
        }
    }

    private Path secret(String name, String text) throws Exception {
        Path file = directory.resolve(name + ".secret");
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        return file;
    }

    @Test
    void aSlabThatStartsCutOffLetsInWhomItKnew() throws Exception {
        SlabNode slab = slab("edge", node.url());
        eventually(() -> assertThat(at(slab).get("/topics/cats").status()).isEqualTo(200));
        slab.close();
        slabs.clear();
        node.close();
        try {
            SlabNode again = slab("edge", "127.0.0.1:1");
            assertThat(at(again).get("/topics/cats").status()).isEqualTo(200);
            create(at(again), "{\"set\":{\"name\":\"Tom\"}}");
        } finally {
            node.restart();
        }
    }
}
