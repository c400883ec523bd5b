package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.thalweg.directory.Actor;
import io.thalweg.directory.cluster.ClusterChange;
import io.thalweg.directory.cluster.NodeRecord.State;
import io.thalweg.directory.command.DirectoryCommand;
import io.thalweg.directory.placement.Reconciler;
import io.thalweg.shard.Consensus;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who leads the directory is removed, and groups are held before it has handed over. */
@Timeout(300)
final class RemovedLeaderTest {
    @TempDir
    private Path directory = Path.of("");

    private static int leader(ThreeNodes nodes, List<Integer> among) {
        return among.stream()
                .filter(i -> nodes.shard(i, 0).orElseThrow().role() == Consensus.Role.LEADER)
                .findFirst()
                .orElse(-1);
    }

    private static void change(Node by, ClusterChange change) throws Exception {
        var _ = by.administration()
                .run(Reconciler.NOBODY, Actor.operator(), new DirectoryCommand.ChangeCluster(change));
    }

    @Test
    void itHandsOverWhileGroupsAreHeldAndGoesWhenTheyGoOn() throws Exception {
        try (ThreeNodes nodes = ThreeNodes.start(directory, 0)) {
            await().atMost(ThreeNodes.PATIENCE)
                    .until(() ->
                            nodes.node(0).administration().directory().cluster().isKnown());
            int gone = leader(nodes, List.of(0, 1, 2));
            List<Integer> others =
                    IntStream.range(0, 3).filter(i -> i != gone).boxed().toList();
            String id = "n" + (gone + 1);
            Node one = nodes.node(others.getFirst());
            // The rules refuse none of it in this order, as when an operator's hold overtakes a removal.
            change(one, new ClusterChange.ChangeState(id, State.LEAVING));
            change(one, new ClusterChange.Hold(true));
            change(one, new ClusterChange.ChangeState(id, State.GONE));

            await().atMost(ThreeNodes.PATIENCE).until(() -> leader(nodes, others) >= 0);
            String last = "n" + (others.getLast() + 1);
            change(one, new ClusterChange.ChangeState(last, State.LEAVING));
            change(one, new ClusterChange.ChangeState(last, State.HEALTHY));
            // It is in its group as long as that is held, and hears all.
            await().atMost(ThreeNodes.PATIENCE)
                    .until(() -> nodes.node(gone).administration().directory().version()
                            == one.administration().directory().version());
            assertThat(nodes.shard(gone, 0).orElseThrow().role()).isEqualTo(Consensus.Role.FOLLOWER);

            // It ends by itself when whoever leads says that the group is without it.
            change(one, new ClusterChange.Hold(false));
            nodes.node(gone).awaitClose();
            change(one, new ClusterChange.Hold(true));
        }
    }
}
