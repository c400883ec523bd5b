package io.thalweg.directory.cluster;

import io.thalweg.directory.cluster.NodeRecord.State;
import io.thalweg.model.ContentHash;
import io.thalweg.model.request.Operation;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The nodes of a cluster and where its shards are wanted: an immutable value. A node alone has none of it.
 *
 * @param nodes in the order in which they came, those that are gone included
 * @param placement the nodes on which each shard for data is wanted, by its number; the first is where it would best be led
 * @param placementVersion the directory's version that changed placement, or what a node may hold, last; 0 for never
 * @param held whether groups stay as they are, whatever is wanted
 * @param trail the newest changes, the oldest first, at most {@value #TRAIL_MAX}
 * @param version of what may be in orders and files: all nodes know it; 0 is what those knew that knew of no versions
 * @param tokens by which nodes may join, at most {@value #TOKENS_MAX}, in the order in which they were made
 */
public record ClusterState(
        List<NodeRecord> nodes,
        SortedMap<Integer, List<String>> placement,
        long placementVersion,
        boolean held,
        List<Trail> trail,
        int version,
        List<JoinToken> tokens) {
    /** The newest version that this program knows; see there what each has. */
    public static final int VERSION_NEWEST = Operation.VERSION_NEWEST;

    public static final int TOKENS_MAX = 20;

    /** Nodes that are not gone: each has a replica of the directory, and a vote on it. */
    public static final int NODES_MAX = 9;

    /** The same while the cluster has a version below {@value #VERSION_OF_NINE}. */
    public static final int NODES_MAX_OF_OLD = 5;

    static final int VERSION_OF_NINE = 4;

    /** Of a shard for data: two of them may be gone, and each entry waits for three. */
    public static final int REPLICAS_MAX = 5;

    /** Nodes, those that are gone included. */
    public static final int RECORDS_MAX = 1_000;

    public static final int TRAIL_MAX = 100;

    /** Of a cluster of which nothing was said yet. */
    public static final ClusterState NONE =
            new ClusterState(List.of(), Collections.emptySortedMap(), 0, false, List.of(), 0, List.of());

    /**
     * That something was changed: what a tenant's {@code $audit} is for what a tenant has.
     *
     * @param version the directory's, that includes the change
     * @param atNs when it was ordered, nanoseconds since 1970
     * @param what in words
     */
    public record Trail(long version, long atNs, String what) {}

    /**
     * By whoever shows it one node may join, once.
     *
     * @param node which node
     * @param secret the token's hash: the token itself is nowhere
     * @param expiresNs until when; nanoseconds since 1970
     */
    public record JoinToken(String node, ContentHash secret, long expiresNs) {}

    public ClusterState {
        tokens = List.copyOf(tokens);
        nodes = List.copyOf(nodes);
        placement = Collections.unmodifiableSortedMap(new TreeMap<>(placement));
        trail = List.copyOf(trail);
    }

    /** Whether anything was said yet. */
    public boolean isKnown() {
        return !nodes.isEmpty();
    }

    /** The node of this name, gone or not. */
    public Optional<NodeRecord> node(String id) {
        return nodes.stream().filter(node -> node.id().equals(id)).findFirst();
    }

    /** The nodes that are not gone, in their order. */
    public List<NodeRecord> present() {
        return nodes.stream().filter(node -> node.state() != State.GONE).toList();
    }

    /** Where a shard is wanted: of the directory's all nodes that are not gone; nowhere when nothing was said about it. */
    public List<String> wanted(int shard) {
        if (shard == 0) {
            return present().stream().map(NodeRecord::id).toList();
        }
        List<String> known = placement.get(shard);
        return known == null ? List.of() : known;
    }

    /** Whether any shard for data is wanted on a node. */
    public boolean holdsData(String node) {
        return placement.values().stream().anyMatch(nodes -> nodes.contains(node));
    }
}
