package io.thalweg.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.directory.cluster.ClusterState;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ClusterNodesTest {

    private static ClusterNode node(int number) {
        return new ClusterNode(
                "n" + number, "127.0.0.1", 4000 + number, URI.create("http://127.0.0.1:" + number), Optional.empty());
    }

    private static ClusterNodes of(int count, int replicas) {
        List<ClusterNode> nodes = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            nodes.add(node(i));
        }
        return new ClusterNodes(new UUID(1, 2), nodes, replicas);
    }

    @Test
    void eachShardHasItsReplicasOnDifferentNodesAndEachNodeAboutAsMany() {
        for (int count = 1; count <= ClusterNodes.NODES_MAX; count++) {
            for (int replicas = 1; replicas <= Math.min(count, ClusterState.REPLICAS_MAX); replicas++) {
                ClusterNodes nodes = of(count, replicas);
                Map<String, Integer> held = new HashMap<>();
                for (int shard = 1; shard <= count; shard++) {
                    List<ClusterNode> holders = nodes.holders(shard);
                    assertThat(new HashSet<>(holders)).hasSize(replicas);
                    holders.forEach(holder -> held.merge(holder.id(), 1, Integer::sum));
                }
                assertThat(held.values())
                        .as("%d nodes, %d replicas", count, replicas)
                        .containsOnly(replicas);
                assertThat(nodes.holders(0)).hasSize(count);
            }
        }
    }

    @Test
    void aListWithTheSameNodeTwiceOrTooManyReplicasIsRefused() {
        assertThatThrownBy(() -> new ClusterNodes(new UUID(1, 2), List.of(node(1), node(1)), 1))
                .hasMessageContaining("n1 is in the cluster twice");
        assertThat(of(2, 3).holders(1)).hasSize(2);
        assertThatThrownBy(() -> of(2, ClusterState.REPLICAS_MAX + 1)).hasMessageContaining("cluster.replicas is 6");
        assertThatThrownBy(() -> new ClusterNode("a b", "h", 1, URI.create("http://h"), Optional.empty()))
                .hasMessageContaining("'a b'");
    }
}
