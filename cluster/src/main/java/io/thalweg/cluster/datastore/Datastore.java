package io.thalweg.cluster.datastore;

import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.UUID;

/**
 * One node as of one moment.
 *
 * @param clusterId the same on all nodes of the cluster
 * @param version of store and agent, which are one program; a semantic version
 * @param checkout the commit that it was built from, or {@code unknown}
 * @param addresses by who uses them: {@code client}, {@code member}, {@code agent}, {@code ledger}
 * @param nodeAttributes what is known without the store
 * @param storeAttributes what the store knows
 * @param shards those with a replica here, by number
 */
public record Datastore(
        UUID clusterId,
        String nodeId,
        NodeStatus status,
        String version,
        String checkout,
        SequencedMap<String, String> addresses,
        Map<String, Scalar> nodeAttributes,
        Map<String, Scalar> storeAttributes,
        List<ShardStatus> shards) {

    /** What store this is, for those who know several. */
    public static final String STORE_ID = "thalweg.io/thalweg";

    /** What stands before the names of our own attributes and kinds of actions. */
    public static final String SCOPE = "thalweg.io/";

    public Datastore {
        nodeAttributes = Map.copyOf(nodeAttributes);
        storeAttributes = Map.copyOf(storeAttributes);
        shards = List.copyOf(shards);
    }

    /** The value of an attribute; nothing deeper, which readers refuse. */
    public sealed interface Scalar {
        record Text(String value) implements Scalar {}

        record Whole(long value) implements Scalar {}

        record Flag(boolean value) implements Scalar {}
    }
}
