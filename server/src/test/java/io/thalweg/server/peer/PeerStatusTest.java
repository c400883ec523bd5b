package io.thalweg.server.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.cluster.ClusterNode;
import io.thalweg.cluster.ClusterNodes;
import io.thalweg.cluster.datastore.NodeStatus;
import io.thalweg.server.form.Json;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What others conclude from what a node says about itself. */
class PeerStatusTest {
    private static PeerStatus status(String more) {
        return Json.read(
                ("{\"node_id\":\"n4\",\"status\":\"HEALTHY\",\"version\":\"0.1\",\"labels\":{},\"ledgers\":{},\"tenants\":[],"
                    + "\"disk_full\":false,\"shards\":["
                    + "{\"shard\":1,\"role\":\"recovering\",\"commit_offset\":\"0\",\"lag\":null},{\"shard\":2,\"role\":\"lost:"
                    + " why\",\"commit_offset\":\"0\",\"lag\":null}]" + more
                                + "}")
                        .getBytes(StandardCharsets.UTF_8),
                PeerStatus.class);
    }

    @Test
    void aNodeThatKnowsOfNoVersionsComesIntoNoGroupThatHasOne() {
        PeerStatus older = status("");
        assertThat(older.newest()).isZero();
        assertThat(older.mayCome(1, 0)).isTrue();
        assertThat(older.mayCome(1, 1)).isFalse();
        PeerStatus newer = status(",\"supports\":2");
        assertThat(newer.mayCome(1, 2)).isTrue();
        assertThat(newer.mayCome(1, 3)).isFalse();
        assertThat(newer.mayCome(2, 0)).as("it is not open").isFalse();
        assertThat(newer.mayCome(3, 0)).as("it has none").isFalse();
    }

    @Test
    void whatReplicasHoldIsSaidByNodesThatSayItAndMissingFromOthers() {
        assertThat(status("").bytes()).as("of a node of before").isEmpty();
        PeerStatus.Replica first = new PeerStatus.Replica(1, "primary", "9", "0", "1234");
        PeerStatus.Replica second = new PeerStatus.Replica(2, "lost: why", "0", null, null);
        PeerStatus said = new PeerStatus(
                "n2", NodeStatus.HEALTHY, "0.1", Map.of(), List.of(first, second), Map.of(), List.of(), false, 1);
        PeerStatus heard = Json.read(Json.write(said), PeerStatus.class);
        assertThat(heard).isEqualTo(said);
        assertThat(heard.bytes()).containsExactly(Map.entry(1, 1234L));
        assertThat(heard.withDiskFull(true).bytes()).isEqualTo(heard.bytes());
    }

    @Test
    void aNodeThatSaysNoNumberOfBytesIsNotHeard() {
        PeerStatus.Replica right = new PeerStatus.Replica(1, "primary", "9", "0", "1234");
        for (String wrong : List.of("", "-1", "12x", "9".repeat(19))) {
            byte[] said = new String(Json.write(right), StandardCharsets.UTF_8)
                    .replace("1234", wrong)
                    .getBytes(StandardCharsets.UTF_8);
            assertThatThrownBy(() -> Json.read(said, PeerStatus.Replica.class))
                    .rootCause()
                    .hasMessageContaining("expected a number");
        }
    }

    /** A full disk's node gives away what it leads: while a node is drained, it may be the only other one. */
    @Test
    void aNodeThatIsLeavingTakesOverWhereNobodyElseHasRoom() {
        Map<String, PeerStatus> said = new HashMap<>();
        List<ClusterNode> nodes = Stream.of("n1", "n2", "n3", "n4")
                .map(id -> new ClusterNode(id, "127.0.0.1", 1, URI.create("http://127.0.0.1:1"), Optional.empty()))
                .toList();
        PeerWatch watch = new PeerWatch(
                () -> new ClusterNodes(new UUID(1, 1), nodes, 3),
                "n1",
                node -> CompletableFuture.<PeerStatus>completedFuture(Objects.requireNonNull(said.get(node.id()))),
                System::nanoTime);
        said.put("n2", status("n2", NodeStatus.LEAVING_CLUSTER, false));
        said.put("n3", status("n3", NodeStatus.UNHEALTHY, false));
        said.put("n4", status("n4", NodeStatus.HEALTHY, true));
        watch.step();
        List<String> all = List.of("n1", "n2", "n3", "n4");
        assertThat(watch.withRoom(all)).containsExactly("n2");
        said.put("n4", status("n4", NodeStatus.HEALTHY, false));
        watch.step();
        assertThat(watch.withRoom(all)).containsExactly("n4", "n2");
        assertThat(watch.withRoom(List.of("n3"))).isEmpty();
    }

    private static PeerStatus status(String id, NodeStatus status, boolean full) {
        return new PeerStatus(id, status, "0.1", Map.of(), List.of(), Map.of(), List.of(), full, null);
    }
}
