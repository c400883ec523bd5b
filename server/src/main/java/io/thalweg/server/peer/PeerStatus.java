package io.thalweg.server.peer;

import io.thalweg.cluster.datastore.Datastore;
import io.thalweg.cluster.datastore.Datastore.Scalar;
import io.thalweg.cluster.datastore.NodeStatus;
import io.thalweg.cluster.datastore.ShardRole;
import io.thalweg.cluster.datastore.ShardStatus;
import io.thalweg.directory.cluster.ClusterState;
import io.thalweg.server.routing.HostedShard;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a node tells the others about itself; JSON.
 *
 * @param shards of which it has replicas
 * @param ledgers where clients of the ledgers' protocol find those that it has, by {@code TENANT/LEDGER}, such as {@code 10.0.0.1:3000}
 * @param tenants what those use that have limits for the whole cluster
 * @param diskFull whether its disk has no room for more
 * @param supports the newest version of orders and files that its program knows; null from one that knew of no versions
 */
public record PeerStatus(
        String nodeId,
        NodeStatus status,
        String version,
        Map<String, String> labels,
        List<Replica> shards,
        Map<String, String> ledgers,
        List<TenantUse> tenants,
        boolean diskFull,
        @Nullable Integer supports) {

    public PeerStatus {
        ledgers = Map.copyOf(ledgers);
        tenants = List.copyOf(tenants);
    }

    /**
     * What a tenant uses on a node.
     *
     * @param tenantId a UUID
     * @param storedBytes in the shards that the node leads, a decimal number
     * @param callsPerSecond that it asked for of late, let in or not
     */
    public record TenantUse(String tenantId, String storedBytes, double callsPerSecond) {}

    /** The role of a replica that follows a leader and lacks little. */
    public static final String FOLLOWS = "secondary";

    /** The role of a replica that leads. */
    static final String LEADS = "primary";

    /**
     * One replica.
     *
     * @param role {@code primary}, {@code secondary}, {@code recovering}, or in words what is wrong; of one that is not there, {@code lost} and why
     * @param commitOffset index of the newest applied entry, a decimal number
     * @param lag entries behind what is known to be committed; null where that is not known
     * @param bytes about what it holds, a decimal number; null of one that is not open, and from a node that does not say it
     */
    public record Replica(
            int shard,
            String role,
            String commitOffset,
            @Nullable String lag,
            @Nullable String bytes) {

        /** @throws IllegalArgumentException when {@code bytes} is no decimal number, so that what a node says wrongly is not heard at all */
        public Replica {
            if (bytes != null && !bytes.matches("[0-9]{1,18}")) {
                throw new IllegalArgumentException(
                        "shard " + shard + " has \"" + bytes + "\" bytes, expected a number");
            }
        }

        /** Whether its files are there, and open. */
        public boolean isOpen() {
            return !role.startsWith(ShardStatus.LOST);
        }

        /** Whether it leads, or follows and lacks little. */
        public boolean isCurrent() {
            return role.equals(LEADS) || role.equals(FOLLOWS);
        }

        static Replica of(ShardStatus shard, @Nullable Long bytes) {
            return new Replica(
                    shard.shard(),
                    switch (shard.role()) {
                        case ShardRole.Primary() -> LEADS;
                        case ShardRole.Secondary() -> FOLLOWS;
                        case ShardRole.Recovering() -> "recovering";
                        case ShardRole.Other(String what) -> what;
                    },
                    Long.toString(shard.commitOffset()),
                    shard.role() instanceof ShardRole.Primary
                            ? "0"
                            : shard.lag().isEmpty()
                                    ? null
                                    : Long.toString(shard.lag().getAsLong()),
                    bytes == null ? null : Long.toString(bytes));
        }
    }

    /**
     * What a node says about itself, for the others; the rest as the record has it.
     *
     * @param open shards whose files are open there
     */
    public static PeerStatus of(
            Datastore now, List<HostedShard> open, Map<String, String> ledgers, List<TenantUse> tenants) {
        Map<Integer, Long> bytes = new HashMap<>();
        open.forEach(home -> bytes.put(home.number(), home.storedBytes()));
        String scope = Datastore.SCOPE + "label.";
        Map<String, String> labels = new TreeMap<>();
        now.nodeAttributes().forEach((name, value) -> {
            if (name.startsWith(scope) && value instanceof Scalar.Text(String text)) {
                labels.put(name.substring(scope.length()), text);
            }
        });
        return new PeerStatus(
                now.nodeId(),
                now.status(),
                now.version(),
                labels,
                now.shards().stream()
                        .map(shard -> Replica.of(shard, bytes.get(shard.shard())))
                        .toList(),
                ledgers,
                tenants,
                false,
                ClusterState.VERSION_NEWEST);
    }

    /** The same of a node whose disk is as said. */
    public PeerStatus withDiskFull(boolean full) {
        return new PeerStatus(nodeId, status, version, labels, shards, ledgers, tenants, full, supports);
    }

    /** About what its replicas hold, of those of which it says that. */
    public Map<Integer, Long> bytes() {
        Map<Integer, Long> bytes = new HashMap<>();
        for (Replica replica : shards) {
            String said = replica.bytes();
            if (said != null) {
                bytes.put(replica.shard(), Long.parseLong(said));
            }
        }
        return bytes;
    }

    /** The newest version of orders and files that the node's program knows. */
    public int newest() {
        Integer newest = supports;
        return newest == null ? 0 : newest;
    }

    /** Whether the node's program knows a version of orders and files. */
    public boolean supports(int version) {
        return newest() >= version;
    }

    /** Whether a replica that is open there, and in no group yet, may come into the group of a shard: it reads all that was ordered in it. */
    public boolean mayCome(int shard, int version) {
        return supports(version) && shards.stream().anyMatch(replica -> replica.shard() == shard && replica.isOpen());
    }
}
