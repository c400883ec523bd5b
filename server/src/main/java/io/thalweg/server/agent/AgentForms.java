package io.thalweg.server.agent;

import io.thalweg.cluster.datastore.Datastore;
import io.thalweg.cluster.datastore.NodeStatus;
import io.thalweg.cluster.datastore.ShardRole;
import io.thalweg.cluster.datastore.ShardStatus;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The datastore model as the released SDK parses it. */
final class AgentForms {
    private AgentForms() {}

    record AgentVersion(String number, String checkout, String taint) {}

    record StoreVersion(
            String number,
            @Nullable String checkout,
            @Nullable String extra) {}

    record Node(
            Map<String, String> address,
            AgentVersion agentVersion,
            Map<String, Object> attributes,
            String nodeId,
            NodeStatus nodeStatus,
            String storeId,
            StoreVersion storeVersion) {}

    record Store(String clusterId, Map<String, Object> attributes) {}

    /** A unit that the SDK has no name for. */
    record Unit(String unit) {}

    record Amount(Unit unit, long value) {}

    /** @param role a word, or an object with the one field {@code Other} */
    record Shard(
            String id,
            Object role,
            Amount commitOffset,
            @Nullable Amount lag) {}

    record Shards(java.util.List<Shard> shards) {}

    static AgentVersion version(Datastore node) {
        return new AgentVersion(node.version(), node.checkout(), "unknown");
    }

    static Node node(Datastore node) {
        return new Node(
                node.addresses(),
                version(node),
                scalars(node.nodeAttributes()),
                node.nodeId(),
                node.status(),
                Datastore.STORE_ID,
                new StoreVersion(node.version(), node.checkout(), null));
    }

    static Map<String, Object> scalars(Map<String, Datastore.Scalar> attributes) {
        Map<String, Object> values = new TreeMap<>();
        attributes.forEach((name, value) -> values.put(
                name,
                switch (value) {
                    case Datastore.Scalar.Text(String text) -> text;
                    case Datastore.Scalar.Whole(long number) -> number;
                    case Datastore.Scalar.Flag(boolean flag) -> flag;
                }));
        return values;
    }

    static Shard shard(ShardStatus shard) {
        return new Shard(
                Integer.toString(shard.shard()),
                switch (shard.role()) {
                    case ShardRole.Primary() -> "Primary";
                    case ShardRole.Secondary() -> "Secondary";
                    case ShardRole.Recovering() -> "Recovering";
                    // The field's name is the SDK's variant, and no word of ours in snake case.
                    case ShardRole.Other(String what) -> Map.of("Other", what);
                },
                new Amount(new Unit(ShardStatus.UNIT), shard.commitOffset()),
                shard.lag().isEmpty()
                        ? null
                        : new Amount(new Unit(ShardStatus.UNIT), shard.lag().getAsLong()));
    }
}
