package io.thalweg.cluster;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Who is in a cluster, in an order that all nodes agree on, and which of them hold which shards when they begin.
 *
 * <p>Placement is a function of the list: the directory's shard 0 is on all nodes, which is why there are at most {@value
 * #NODES_MAX}; the replicas of data shard {@code s} are on the nodes {@code s-1}, {@code s}, … in the list, around its end. So shards are spread, and
 * each node is the first replica of about as many. Later each group's own membership counts.
 *
 * @param clusterId the same on all nodes; chosen when the cluster is made
 * @param nodes in the order in which they were listed
 * @param replicas of each data shard
 */
public record ClusterNodes(UUID clusterId, List<ClusterNode> nodes, int replicas) {
    /** Most nodes of a cluster: each has a replica of the directory, without which it knows nobody. */
    public static final int NODES_MAX = 5;

    public ClusterNodes {
        nodes = List.copyOf(nodes);
        Set<String> ids = new HashSet<>();
        for (ClusterNode node : nodes) {
            if (!ids.add(node.id())) {
                throw new IllegalArgumentException("node " + node.id() + " is in the cluster twice");
            }
        }
        if (nodes.isEmpty() || nodes.size() > NODES_MAX) {
            throw new IllegalArgumentException("a cluster of " + nodes.size() + " nodes, expected 1 to " + NODES_MAX);
        }
        if (replicas < 1 || replicas > nodes.size()) {
            throw new IllegalArgumentException(
                    "cluster.replicas is " + replicas + ", expected 1 to the number of nodes, " + nodes.size());
        }
    }

    /** The node of this name. */
    public Optional<ClusterNode> node(String id) {
        return nodes.stream().filter(node -> node.id().equals(id)).findFirst();
    }

    /** Place of a node in the list, from 0; -1 when it is not there. */
    public int index(String id) {
        for (int i = 0; i < nodes.size(); i++) {
            if (nodes.get(i).id().equals(id)) {
                return i;
            }
        }
        return -1;
    }

    /** Who holds a shard when it begins. */
    public List<ClusterNode> holders(int shard) {
        if (shard == 0) {
            return nodes;
        }
        List<ClusterNode> holders = new ArrayList<>();
        for (int i = 0; i < replicas; i++) {
            holders.add(nodes.get((shard - 1 + i) % nodes.size()));
        }
        return List.copyOf(holders);
    }
}
