package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.thalweg.directory.cluster.NodeRecord;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Nodes that come back under other addresses are found by the others. */
@Timeout(300)
final class MovedNodesTest {
    @TempDir
    private Path directory = Path.of("");

    private static void awaitKnown(ThreeNodes nodes, String id, String address) {
        for (int i = 0; i < 3; i++) {
            Node node = nodes.node(i);
            await().atMost(ThreeNodes.PATIENCE)
                    .untilAsserted(() -> assertThat(
                                    node.administration().directory().cluster().node(id))
                            .map(NodeRecord::peer)
                            .contains(address));
        }
    }

    @Test
    void whoeverMovesIsFoundByTheOthers() throws Exception {
        try (ThreeNodes nodes = ThreeNodes.startOverTls(directory, 1)) {
            // Two at once: neither finds the other, and there is no majority without them.
            nodes.node(1).close();
            nodes.node(2).close();
            String second = nodes.startElsewhere(1, 1);
            String third = nodes.startElsewhere(2, 1);
            nodes.awaitWell(0);
            nodes.awaitWell(1);
            awaitKnown(nodes, "n2", second);
            awaitKnown(nodes, "n3", third);

            // All of them: nobody knows anybody but by what the configurations say now.
            for (int i = 0; i < 3; i++) {
                nodes.node(i).close();
            }
            nodes.moveAll();
            for (int i = 0; i < 3; i++) {
                nodes.startAgain(i, 1);
            }
            nodes.awaitWell(0);
            nodes.awaitWell(1);
        }
    }
}
