package io.thalweg.server.agent;

import io.thalweg.cluster.ClusterNode;
import io.thalweg.cluster.datastore.Datastore;
import io.thalweg.cluster.datastore.Datastore.Scalar;
import io.thalweg.cluster.datastore.NodeStatus;
import io.thalweg.cluster.datastore.ShardRole;
import io.thalweg.cluster.datastore.ShardStatus;
import io.thalweg.directory.cluster.ClusterState;
import io.thalweg.directory.cluster.NodeRecord;
import io.thalweg.directory.cluster.NodeRecord.State;
import io.thalweg.memo.slab.SlabStatus;
import io.thalweg.server.config.Membership;
import io.thalweg.server.data.Failures;
import io.thalweg.server.data.Identity;
import io.thalweg.server.routing.HostedShard;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** What this node says about itself, from what it knows without asking anybody. Thread-safe. */
public final class NodeDatastore implements Supplier<Datastore> {
    private static final String DEFAULT_VERSION = "0.1.0-SNAPSHOT";

    private final Identity identity;
    private final Membership membership;
    private final Supplier<ClusterState> cluster;
    private final List<HostedShard> open;
    private final List<HostedShard> serving;
    private final Supplier<SortedMap<Integer, String>> lost;
    private final Supplier<Optional<String>> unwell;
    private final BooleanSupplier stopping;
    private final Supplier<Map<String, String>> doors;
    private final Supplier<SlabStatus> slab;

    /** Whether all shards were current at once, at some moment since the start. */
    private volatile boolean joined;

    /**
     * @param cluster what the directory says here, which may be old
     * @param open the shards whose files are open here, as of each look
     * @param serving those of them that answer; the others have still to be made whole
     * @param lost shards that should be here and are not, and why they do not come back
     * @param unwell what is wrong with the node beside its shards; empty when nothing is
     * @param doors addresses by who uses them, such as {@code client}
     * @param slab what the node's slab holds, and how durable that is
     */
    public NodeDatastore(
            Identity identity,
            Membership membership,
            Supplier<ClusterState> cluster,
            List<HostedShard> open,
            List<HostedShard> serving,
            Supplier<SortedMap<Integer, String>> lost,
            Supplier<Optional<String>> unwell,
            BooleanSupplier stopping,
            Supplier<Map<String, String>> doors,
            Supplier<SlabStatus> slab) {
        this.slab = slab;
        this.identity = identity;
        this.membership = membership;
        this.cluster = cluster;
        this.open = open;
        this.serving = serving;
        this.lost = lost;
        this.unwell = unwell;
        this.stopping = stopping;
        this.doors = doors;
    }

    @Override
    public Datastore get() {
        List<ShardStatus> here = open.stream().map(NodeDatastore::status).toList();
        List<ShardStatus> all = new ArrayList<>(here);
        lost.get().forEach((shard, why) -> {
            if (here.stream().noneMatch(each -> each.shard() == shard)) {
                all.add(ShardStatus.lost(shard, why));
            }
        });
        SequencedMap<String, String> addresses = new LinkedHashMap<>(doors.get());
        membership
                .cluster()
                .flatMap(cluster -> cluster.node(identity.node()))
                .map(ClusterNode::peer)
                .ifPresent(peer -> addresses.put("member", peer));
        Map<String, Scalar> nodeAttributes = new TreeMap<>();
        membership
                .labels()
                .forEach((label, value) ->
                        nodeAttributes.put(Datastore.SCOPE + "label." + label, new Scalar.Text(value)));
        return new Datastore(
                identity.cluster(),
                identity.node(),
                status(serving.stream().map(NodeDatastore::status).toList()),
                version(),
                "unknown",
                addresses,
                nodeAttributes,
                storeAttributes(here, slab.get()),
                all);
    }

    /** Among them what would fall below its target if the node left: whoever drains or removes it sees that before. */
    private static Map<String, Scalar> storeAttributes(List<ShardStatus> all, SlabStatus held) {
        long led = all.stream()
                .filter(shard -> shard.role() instanceof ShardRole.Primary)
                .count();
        return Map.of(
                Datastore.SCOPE + "replicas", new Scalar.Whole(all.size()),
                Datastore.SCOPE + "primaries", new Scalar.Whole(led),
                Datastore.SCOPE + "durability.memos", new Scalar.Whole(held.heldMemos()),
                Datastore.SCOPE + "durability.below_target", new Scalar.Whole(held.belowTarget()),
                Datastore.SCOPE + "durability.below_target_without_node",
                        new Scalar.Whole(held.belowTargetWithoutSelf()),
                Datastore.SCOPE + "durability.annual_loss", new Scalar.Text(Double.toString(held.annualLoss())));
    }

    private static ShardStatus status(HostedShard home) {
        return ShardStatus.of(
                home.number(),
                home.shard().standing(),
                home.shard().appliedIndex(),
                home.shard().failure().map(Failures::withoutPaths));
    }

    private NodeStatus status(List<ShardStatus> all) {
        if (stopping.getAsBoolean()) {
            return NodeStatus.UNAVAILABLE;
        }
        Optional<State> place = place();
        if (place.isPresent() && place.get() == State.GONE) {
            return NodeStatus.NOT_IN_CLUSTER;
        }
        boolean broken = all.stream().anyMatch(shard -> shard.role() instanceof ShardRole.Other);
        if (broken || !lost.get().isEmpty() || unwell.get().isPresent()) {
            return NodeStatus.UNHEALTHY;
        }
        if (all.stream().noneMatch(shard -> shard.role() instanceof ShardRole.Recovering)) {
            joined = true;
            return place.isPresent() && place.get() == State.LEAVING ? NodeStatus.LEAVING_CLUSTER : NodeStatus.HEALTHY;
        }
        return joined ? NodeStatus.UNHEALTHY : NodeStatus.JOINING_CLUSTER;
    }

    /** What the directory says of this node; gone, too, where it says nothing, as before it came in. Empty while there is nothing to be in. */
    private Optional<State> place() {
        ClusterState known = cluster.get();
        if (membership.cluster().isEmpty() || (!known.isKnown() && !membership.joins())) {
            return Optional.empty();
        }
        return Optional.of(known.node(identity.node()).map(NodeRecord::state).orElse(State.GONE));
    }

    private static String version() {
        String version = NodeDatastore.class.getPackage().getImplementationVersion();
        return version == null ? DEFAULT_VERSION : version;
    }
}
