package io.thalweg.cluster;

import io.thalweg.directory.cluster.ClusterState;
import io.thalweg.directory.cluster.NodeRecord;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Who is in a cluster, in an order that all nodes agree on, and on which of them which shards are wanted.
 *
 * <p>When a cluster begins, placement is a function of the list: the directory's shard 0 is on all nodes, which is why there are at most {@value
 * #NODES_MAX}; the replicas of data shard {@code s} are on the nodes {@code s-1}, {@code s}, … in the list, around its end. So shards are spread, and
 * each node is the first replica of about as many. Later the directory says where they are wanted, and each group's own membership counts.
 *
 * @param clusterId the same on all nodes; chosen when the cluster is made
 * @param nodes in the order in which they were listed, or came
 * @param replicas of each data shard, as far as there are nodes; a shard gets more, up to these, when others come
 * @param placement the ids of the nodes on which shards for data are wanted, by number; the others are where they began
 */
public record ClusterNodes(
        UUID clusterId, List<ClusterNode> nodes, int replicas, SortedMap<Integer, List<String>> placement) {
    /** Most nodes of a cluster: each has a replica of the directory, without which it knows nobody. */
    public static final int NODES_MAX = ClusterState.NODES_MAX;

    /** Of a cluster of one node whose configuration does not name it: it is called what the node's data directory says. */
    public static final UUID NAMELESS = new UUID(0, 0);

    /** A cluster that begins. */
    public ClusterNodes(UUID clusterId, List<ClusterNode> nodes, int replicas) {
        this(clusterId, nodes, replicas, Collections.emptySortedMap());
    }

    public ClusterNodes {
        nodes = List.copyOf(nodes);
        placement = Collections.unmodifiableSortedMap(new TreeMap<>(placement));
        Set<String> ids = new HashSet<>();
        for (ClusterNode node : nodes) {
            if (!ids.add(node.id())) {
                throw new IllegalArgumentException("node " + node.id() + " is in the cluster twice");
            }
        }
        if (nodes.isEmpty() || nodes.size() > NODES_MAX) {
            throw new IllegalArgumentException("a cluster of " + nodes.size() + " nodes, expected 1 to " + NODES_MAX);
        }
        if (replicas < 1 || replicas > ClusterState.REPLICAS_MAX) {
            throw new IllegalArgumentException(
                    "cluster.replicas is " + replicas + ", expected 1 to " + ClusterState.REPLICAS_MAX);
        }
    }

    /**
     * Whether shards may be added by this configuration: it lists the nodes that are there, as all of them have to, for otherwise their
     * configurations would begin a shard's group with different members, or with some that are gone.
     *
     * @param joins whether the node begins nothing by its configuration
     */
    public boolean mayHaveMore(ClusterState known, boolean joins) {
        return !joins
                && (!known.isKnown()
                        || healthy(known)
                                .equals(nodes.stream().map(ClusterNode::id).toList()));
    }

    /** The nodes that get replicas, in the order in which they came. */
    public static List<String> healthy(ClusterState known) {
        return known.nodes().stream()
                .filter(node -> node.state() == NodeRecord.State.HEALTHY)
                .map(NodeRecord::id)
                .toList();
    }

    /** The same under a name. */
    public ClusterNodes named(UUID id) {
        return new ClusterNodes(id, nodes, replicas, placement);
    }

    /** The same cluster as the directory has it. */
    ClusterNodes as(ClusterState state) {
        List<ClusterNode> present =
                state.present().stream().flatMap(ClusterNodes::node).toList();
        if (present.isEmpty()) {
            return this;
        }
        return new ClusterNodes(clusterId, present, replicas, state.placement());
    }

    /** Nothing for a node whose addresses cannot be read: the others are reached all the same. */
    private static Stream<ClusterNode> node(NodeRecord record) {
        try {
            return Stream.of(parsed(record));
        } catch (IllegalArgumentException _) {
            return Stream.empty();
        }
    }

    private static ClusterNode parsed(NodeRecord record) {
        int colon = record.peer().lastIndexOf(':');
        String host = record.peer().substring(0, colon);
        return new ClusterNode(
                record.id(),
                host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host,
                Integer.parseInt(record.peer().substring(colon + 1)),
                URI.create(record.http()),
                record.agent().isEmpty() ? Optional.empty() : Optional.of(URI.create(record.agent())));
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

    /** On whom a shard is wanted; for one of which nothing was said, who holds it when it begins. */
    public List<ClusterNode> holders(int shard) {
        if (shard == 0) {
            return nodes;
        }
        List<String> wanted = placement.get(shard);
        if (wanted != null) {
            return wanted.stream().map(this::node).flatMap(Optional::stream).toList();
        }
        List<ClusterNode> holders = new ArrayList<>();
        for (int i = 0; i < Math.min(replicas, nodes.size()); i++) {
            holders.add(nodes.get((shard - 1 + i) % nodes.size()));
        }
        return List.copyOf(holders);
    }
}
