package io.thalweg.directory;

import io.thalweg.directory.cluster.ClusterChange;
import io.thalweg.directory.cluster.ClusterState;
import io.thalweg.directory.cluster.NodeRecord;
import io.thalweg.directory.cluster.NodeRecord.State;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/** Changes of a cluster out of small pools; part of {@link RandomCommands}. */
final class RandomClusters {
    private static final List<State> STATES = List.of(State.values());

    private final RandomGenerator random;

    RandomClusters(RandomGenerator random) {
        this.random = random;
    }

    ClusterChange next(ClusterState now, int dataShards) {
        if (!now.isKnown() && random.nextInt(3) > 0) {
            return seed(dataShards);
        }
        return switch (random.nextInt(12)) {
            case 0 -> seed(dataShards);
            case 1, 2, 3 -> new ClusterChange.PutNode(node(id(now), STATES.get(random.nextInt(8) == 0 ? 1 : 0)));
            case 4, 5, 6 -> new ClusterChange.ChangeState(id(now), STATES.get(random.nextInt(4)));
            case 7 -> new ClusterChange.Hold(random.nextBoolean());
            default -> place(now, dataShards);
        };
    }

    private ClusterChange seed(int dataShards) {
        List<NodeRecord> nodes = new ArrayList<>();
        for (int i = random.nextInt(20) == 0 ? 0 : 1 + random.nextInt(4); i > 0; i--) {
            nodes.add(node("n" + (random.nextInt(20) == 0 ? 1 : i), State.HEALTHY));
        }
        TreeMap<Integer, List<String>> placement = new TreeMap<>();
        for (int shard = 1; shard <= dataShards + (random.nextInt(20) == 0 ? 1 : 0); shard++) {
            placement.put(shard, List.of("n1"));
        }
        return new ClusterChange.Seed(nodes, placement);
    }

    private ClusterChange place(ClusterState now, int dataShards) {
        TreeMap<Integer, List<String>> placement = new TreeMap<>();
        for (int i = random.nextInt(8) == 0 ? 0 : 1 + random.nextInt(2); i > 0; i--) {
            int shard = 1 + random.nextInt(Math.max(1, dataShards + (random.nextInt(8) == 0 ? 1 : 0)));
            List<String> wanted = new ArrayList<>(now.wanted(shard));
            if (!wanted.isEmpty() && random.nextBoolean()) {
                wanted.remove(random.nextInt(wanted.size()));
            }
            for (int more = random.nextInt(8) == 0 ? 2 : random.nextInt(2); more > 0; more--) {
                String id = id(now);
                if (!wanted.contains(id) || random.nextInt(10) == 0) {
                    wanted.add(id);
                }
            }
            placement.put(shard, wanted);
        }
        return new ClusterChange.Place(now.placementVersion() - (random.nextInt(10) == 0 ? 1 : 0), placement);
    }

    private String id(ClusterState now) {
        int known = now.nodes().size();
        return known == 0 || random.nextInt(4) == 0
                ? "n" + (1 + random.nextInt(40))
                : now.nodes().get(random.nextInt(known)).id();
    }

    private NodeRecord node(String id, State state) {
        TreeMap<String, String> labels = new TreeMap<>();
        if (random.nextInt(3) == 0) {
            labels.put(random.nextInt(10) == 0 ? "colour" : "rack", "r" + random.nextInt(3));
        }
        String port = random.nextInt(15) == 0 ? "1" : id.substring(1);
        return new NodeRecord(
                random.nextInt(20) == 0 ? "" : id,
                "10.0.0.1:" + port,
                "http://10.0.0.1:" + (1_000 + random.nextInt(3)),
                random.nextBoolean() ? "" : "http://10.0.0.1:2000/",
                labels,
                state);
    }
}
