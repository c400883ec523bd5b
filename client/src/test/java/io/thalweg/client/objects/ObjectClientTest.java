package io.thalweg.client.objects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.server.DevNode;
import io.thalweg.server.SlabNode;
import io.thalweg.server.config.HostPort;
import io.thalweg.server.config.NodeOptions;
import io.thalweg.server.config.SlabSettings;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The client against a real node and a slab without shards. */
@Timeout(120)
class ObjectClientTest {
    private static final String CATS = """
        {"fields":{"name":{"type":"text","indexed":true},"lives":{"type":"integer","merge":"counter"},
         "tags":{"type":"text","merge":"set"},"wild":{"type":"boolean"},"weight":{"type":"number"}},
         "relationships":{"mother":"cats"}}\
        """;

    private static NodeOptions options(Path data) {
        return NodeOptions.in(data).withHttp("127.0.0.1", 0).withCompiled(false);
    }

    @Test
    @SuppressWarnings("try") // the node is closed in the middle
    void anObserverWritesReadsFindsAndFollowsAndNeverGoesBackAlsoOnTheNextSlab(@TempDir Path data) throws Exception {
        try (DevNode node = DevNode.start(options(data.resolve("node")), new HostPort("127.0.0.1", 0));
                SlabNode slab = SlabNode.start(options(data.resolve("slab"))
                        .withSlab(
                                SlabSettings.DEFAULT.joining(List.of(node.node().url()))))) {
            ObjectClient client =
                    ObjectClient.open(List.of(URI.create(node.node().url()), URI.create(slab.url())), node.apiKey());
            ObjectClient there = ObjectClient.open(List.of(URI.create(slab.url())), node.apiKey());
            client.putTopic("cats", CATS);
            BlockingQueue<ObjectState> told = new LinkedBlockingQueue<>();
            Thread following = new Thread(() -> {
                try {
                    client.follow("cats", told::add);
                } catch (Exception e) {
                    // The node stopped.
                }
            });
            following.start();
            // Until it is known that the stream is open.
            for (ObjectState herald = null; herald == null; ) {
                client.create("cats", new Changes().set("name", "herald"));
                herald = told.poll(200, TimeUnit.MILLISECONDS);
            }
            Written queen = client.create("cats", new Changes().set("name", "Queen"));
            Written tom = client.create(
                    "cats",
                    new Changes()
                            .set("name", "Tom")
                            .add("lives", 9)
                            .insert("tags", "fat")
                            .insert("tags", "grey")
                            .set("wild", false)
                            .set("weight", 4.5)
                            .relate("mother", queen.object()));
            assertThat(tom.nines()).isGreaterThan(4);
            List<String> first = client.read(tom.object()).head();
            client.edit(
                    tom.object(),
                    new Changes()
                            .remove("tags", "fat")
                            .add("lives", -1)
                            .unset("wild")
                            .unrelate("mother"));
            ObjectState now = client.read(tom.object());
            assertThat(now.fields().get("lives")).hasToString("8");
            assertThat(now.fields().get("tags")).hasSize(1);
            assertThat(now.fields()).doesNotContainKey("wild");
            assertThat(now.relationships()).isEmpty();
            assertThat(client.readAt(tom.object(), first).relationships()).containsEntry("mother", queen.object());
            assertThat(client.history(tom.object())).hasSize(2);
            assertThat(client.find("cats", Map.of("name", "Tom")))
                    .extracting(ObjectState::id)
                    .containsExactly(tom.object());
            ObjectState heard = told.poll(20, TimeUnit.SECONDS);
            while (heard != null && !heard.id().equals(tom.object())) {
                heard = told.poll(20, TimeUnit.SECONDS);
            }
            assertThat(heard).as("told of Tom").isNotNull();
            assertThatThrownBy(() -> client.edit(tom.object(), new Changes().set("colour", "grey")))
                    .isInstanceOfSatisfying(
                            ObjectException.class,
                            refused -> assertThat(refused.code()).isEqualTo("invalid_request"));

            there.become(client.context());
            assertThat(there.read(tom.object()))
                    .as("what the first one knows is waited for")
                    .isEqualTo(now);
            assertThat(there.find("cats", Map.of("name", "Tom"))).hasSize(1);
            node.close();
            following.join();
            assertThat(client.read(tom.object())).as("the next slab").isEqualTo(now);
            Written deleted = client.delete(tom.object());
            assertThat(deleted.object()).isEqualTo(tom.object());
            assertThat(client.read(tom.object()).deleted()).isTrue();
        }
    }
}
