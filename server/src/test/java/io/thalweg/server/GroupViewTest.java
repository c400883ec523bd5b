package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.cluster.ClusterNode;
import io.thalweg.cluster.ClusterNodes;
import io.thalweg.shard.Consensus.Role;
import io.thalweg.shard.Consensus.Standing;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class GroupViewTest {
    private static ClusterNode node(String id) {
        return new ClusterNode(id, "127.0.0.1", 4000, URI.create("http://127.0.0.1:1"), Optional.empty());
    }

    @Test
    void aViewPointsToTheLeaderOfItsTermAndNeverGoesBack() {
        List<String> ids = List.of("n1", "n2", "n3");
        ClusterNodes nodes = new ClusterNodes(
                new UUID(1, 2), ids.stream().map(GroupViewTest::node).toList(), 3);
        AtomicReference<Standing> now = new AtomicReference<>(new Standing(Role.FOLLOWER, Optional.empty(), 0, 0));
        GroupView view = new GroupView(() -> nodes, now::get);
        assertThat(view.getAsInt()).isZero();
        long seed = Long.getLong("seed", System.nanoTime());
        SplittableRandom random = new SplittableRandom(seed);
        long term = 0;
        int before = 0;
        for (int i = 0; i < 1_000; i++) {
            term += random.nextInt(1, 3);
            now.set(new Standing(Role.FOLLOWER, Optional.empty(), term, 0));
            assertThat(view.getAsInt()).as("seed %d: during an election", seed).isEqualTo(before);
            String leader = ids.get(random.nextInt(3));
            now.set(new Standing(Role.FOLLOWER, Optional.of(leader), term, 0));
            int after = view.getAsInt();
            assertThat(after).as("seed %d", seed).isGreaterThan(before);
            assertThat(ids.get(after % 3)).as("seed %d", seed).isEqualTo(leader);
            before = after;
        }
    }

    @Test
    void aViewPointsToTheLeaderWhoeverComesAndGoesAndNeverGoesBack() {
        List<String> ids = List.of("n1", "n2", "n3", "n4", "n5", "n6", "n7", "n8", "n9");
        long seed = Long.getLong("seed", System.nanoTime());
        SplittableRandom random = new SplittableRandom(seed);
        AtomicReference<ClusterNodes> nodes = new AtomicReference<>();
        AtomicReference<Standing> now = new AtomicReference<>(new Standing(Role.FOLLOWER, Optional.empty(), 0, 0));
        GroupView view = new GroupView(nodes::get, now::get);
        long term = 1;
        int before = 0;
        for (int i = 0; i < 1_000; i++) {
            term += random.nextInt(2);
            List<ClusterNode> there = ids.stream()
                    .filter(_ -> random.nextInt(3) > 0)
                    .map(GroupViewTest::node)
                    .toList();
            if (there.isEmpty()) {
                continue;
            }
            nodes.set(new ClusterNodes(new UUID(1, 2), there, 1));
            String leader = there.get(random.nextInt(there.size())).id();
            now.set(new Standing(Role.FOLLOWER, Optional.of(leader), term, 0));
            int after = view.getAsInt();
            assertThat(after).as("seed %d", seed).isGreaterThanOrEqualTo(before);
            assertThat(there.get(after % there.size()).id()).as("seed %d", seed).isEqualTo(leader);
            before = after;
        }
    }
}
