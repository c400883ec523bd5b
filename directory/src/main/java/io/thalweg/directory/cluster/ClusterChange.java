package io.thalweg.directory.cluster;

import io.thalweg.model.ContentHash;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** What can be changed about a cluster's nodes and placement; for the operator and for nodes themselves. See {@link ClusterRules} for what is refused. */
public sealed interface ClusterChange {

    /**
     * The first: what the nodes' configuration said when they began.
     *
     * @param nodes all of them, {@code HEALTHY}
     * @param placement of each shard for data, by its number
     */
    record Seed(List<NodeRecord> nodes, SortedMap<Integer, List<String>> placement) implements ClusterChange {
        public Seed {
            nodes = List.copyOf(nodes);
            placement = ordered(placement);
        }
    }

    /** A node that is new, {@code JOINING}; or what a known one says about itself now, whose state stays as it is. */
    record PutNode(NodeRecord node) implements ClusterChange {}

    /** What is to become of a node. */
    record ChangeState(String node, NodeRecord.State state) implements ClusterChange {}

    /**
     * Where replicas are wanted from now on.
     *
     * @param basedOn {@link ClusterState#placementVersion} of what the change was made from
     * @param placement of the shards that change, by their numbers
     */
    record Place(long basedOn, SortedMap<Integer, List<String>> placement) implements ClusterChange {
        public Place {
            placement = ordered(placement);
        }
    }

    /** Whether groups stay as they are, whatever is wanted. */
    record Hold(boolean held) implements ClusterChange {}

    /**
     * Lets orders and files have what nodes of that version know. Only for when all nodes do, since an older one does not know this either.
     */
    record Raise(int version) implements ClusterChange {}

    /**
     * A token by which a node may join once; in the place of one that it had before.
     *
     * @param node a name that is new, or of a node that has not joined yet
     */
    record PutToken(String node, ContentHash secret, long expiresNs) implements ClusterChange {}

    /** What a node that shows its token says about itself; the token is spent. */
    record Join(ContentHash secret, NodeRecord node) implements ClusterChange {}

    private static SortedMap<Integer, List<String>> ordered(SortedMap<Integer, List<String>> placement) {
        TreeMap<Integer, List<String>> copy = new TreeMap<>();
        placement.forEach((shard, nodes) -> copy.put(shard, List.copyOf(nodes)));
        return Collections.unmodifiableSortedMap(copy);
    }
}
