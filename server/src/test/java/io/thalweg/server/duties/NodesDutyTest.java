package io.thalweg.server.duties;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.cluster.ClusterNode;
import io.thalweg.cluster.ClusterNodes;
import io.thalweg.directory.cluster.ClusterChange;
import io.thalweg.directory.cluster.NodeRecord;
import io.thalweg.directory.command.DirectoryCommand;
import io.thalweg.server.data.GroupData;
import io.thalweg.server.data.LoneDirectory;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the directory hears of the nodes of a cluster that begins. */
final class NodesDutyTest {
    private static final List<String> IDS = List.of("n1", "n2", "n3", "n4", "n5", "n6");
    private static final Map<String, String> RACKS =
            Map.of("n1", "a", "n2", "a", "n3", "a", "n4", "b", "n5", "b", "n6", "b");
    private static final int SHARDS = 6;

    private final LoneDirectory directory;
    private final Set<String> answering = new HashSet<>(IDS);
    private final NodesDuty duty;

    NodesDutyTest(@TempDir Path data) throws IOException, InterruptedException {
        directory = new LoneDirectory(data);
        GroupData.run(directory.shard(), new DirectoryCommand.OpenShards(SHARDS));
        duty = new NodesDuty(
                directory.administration(),
                directory.client(),
                new ClusterNodes(
                        UUID.randomUUID(), IDS.stream().map(NodesDutyTest::node).toList(), 3),
                "n1",
                Map.of("rack", "a"),
                SHARDS,
                () -> true,
                () -> answering);
        duty.step();
    }

    @AfterEach
    void close() {
        directory.close();
    }

    private static ClusterNode node(String id) {
        return new ClusterNode(
                id,
                "127.0.0.1",
                Integer.parseInt(id.substring(1)),
                URI.create("http://127.0.0.1:9" + id.substring(1)),
                Optional.empty());
    }

    /** As each node does it itself. */
    private void saysWhereItStands(String id) throws InterruptedException {
        NodeRecord known = directory.cluster().node(id).orElseThrow();
        directory.change(new ClusterChange.PutNode(new NodeRecord(
                id,
                known.peer(),
                known.http(),
                known.agent(),
                new TreeMap<>(Map.of("rack", String.valueOf(RACKS.get(id)))),
                known.state())));
    }

    private long racks(int shard) {
        return directory.cluster().wanted(shard).stream()
                .map(RACKS::get)
                .distinct()
                .count();
    }

    private void step() throws InterruptedException {
        for (int i = 0; i < 3; i++) {
            duty.step();
        }
    }

    @Test
    void replicasAreSetApartOnceAllNodesHaveSaidWhereTheyStand() throws Exception {
        SortedMap<Integer, List<String>> begun = directory.cluster().placement();
        assertThat(begun).hasSize(SHARDS);
        assertThat(racks(1)).as("as the configuration has it").isEqualTo(1);
        for (String id : IDS.subList(1, 6)) {
            step();
            assertThat(directory.cluster().placement()).isEqualTo(begun);
            saysWhereItStands(id);
        }
        answering.remove("n5");
        step();
        assertThat(directory.cluster().placement()).isEqualTo(begun);
        answering.add("n5");
        step();
        for (int shard = 1; shard <= SHARDS; shard++) {
            assertThat(racks(shard))
                    .as("shard %d on %s", shard, directory.cluster().wanted(shard))
                    .isEqualTo(2);
        }
    }

    @Test
    void whatAnOperatorHasPlacedStays() throws Exception {
        directory.change(new ClusterChange.Place(
                directory.cluster().placementVersion(), new TreeMap<>(Map.of(2, List.of("n2", "n3", "n5")))));
        SortedMap<Integer, List<String>> placed = directory.cluster().placement();
        for (String id : IDS.subList(1, 6)) {
            saysWhereItStands(id);
        }
        step();
        assertThat(directory.cluster().placement()).isEqualTo(placed);
    }
}
