package io.thalweg.server.peer;

import io.thalweg.cluster.ClusterNode;
import io.thalweg.cluster.ClusterNodes;
import io.thalweg.cluster.datastore.NodeStatus;
import io.thalweg.model.TenantId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * What the other nodes of the cluster said about themselves a moment ago. It may be old news: whoever relies on it asks again when
 * it turns out to be wrong. Thread-safe.
 */
public final class PeerWatch {
    /** How often {@link #step} is called. */
    public static final Duration EVERY = Duration.ofMillis(500);

    /** What was heard is believed for so long. */
    private static final Duration BELIEVED = Duration.ofSeconds(5);

    private record Heard(PeerStatus status, long atNs) {}

    private final Supplier<ClusterNodes> nodes;
    private final String self;
    private final PeerQuestions wire;
    private final LongSupplier clockNs;
    private final Map<String, Heard> heard = new ConcurrentHashMap<>();
    private final Map<String, Long> lagging = new ConcurrentHashMap<>();

    /** Asks a node for what it says about itself. */
    @FunctionalInterface
    public interface PeerQuestions {
        /** Fails when the node does not answer soon. */
        CompletableFuture<PeerStatus> status(ClusterNode node);
    }

    /**
     * @param self id of this node
     * @param clockNs a clock that only goes forwards
     */
    public PeerWatch(Supplier<ClusterNodes> nodes, String self, PeerQuestions wire, LongSupplier clockNs) {
        this.nodes = nodes;
        this.self = self;
        this.wire = wire;
        this.clockNs = clockNs;
    }

    /** Asks all others; each answer counts when it comes. */
    public void step() {
        List<CompletableFuture<?>> asked = new ArrayList<>();
        for (ClusterNode node : nodes.get().nodes()) {
            if (!node.id().equals(self)) {
                asked.add(ask(node)
                        .thenAccept(status -> heard.put(node.id(), new Heard(status, clockNs.getAsLong())))
                        .exceptionally(_ -> null));
            }
        }
        CompletableFuture.allOf(asked.toArray(new CompletableFuture<?>[0])).join();
    }

    /** One that cannot even be asked, for its address is none, keeps nobody else from being heard. */
    private CompletableFuture<PeerStatus> ask(ClusterNode node) {
        try {
            return wire.status(node);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** What a node said of late; empty when it has been silent. */
    public Optional<PeerStatus> status(String node) {
        Heard known = heard.get(node);
        return known == null || clockNs.getAsLong() - known.atNs > BELIEVED.toNanos()
                ? Optional.empty()
                : Optional.of(known.status);
    }

    /** The other nodes that have said something of late, and did not {@link #lags lag} of late. */
    public List<ClusterNode> well() {
        long now = clockNs.getAsLong();
        return nodes.get().nodes().stream()
                .filter(node -> status(node.id()).isPresent())
                .filter(node -> {
                    Long since = lagging.get(node.id());
                    return since == null || now - since > BELIEVED.toNanos();
                })
                .toList();
    }

    /** Of these those that said of late that they are well and have room. Behind all others come those that are leaving, which are well until their replicas are elsewhere. */
    public List<String> withRoom(Collection<String> nodes) {
        return Stream.of(NodeStatus.HEALTHY, NodeStatus.LEAVING_CLUSTER)
                .flatMap(wanted -> nodes.stream()
                        .filter(node -> status(node)
                                .filter(said -> said.status() == wanted && !said.diskFull())
                                .isPresent()))
                .toList();
    }

    /** A node does not keep up with the directory: for a while nobody waits for it. */
    public void lags(String node) {
        lagging.put(node, clockNs.getAsLong());
    }

    /** What all other nodes together say that tenants asked them for, calls a second. */
    public Map<TenantId, Double> callsPerSecond() {
        Map<TenantId, Double> all = new HashMap<>();
        heardOf((use, tenant) -> all.merge(tenant, use.callsPerSecond(), Double::sum));
        return all;
    }

    /** Bytes that a tenant with a limit keeps in the shards that the other nodes lead. */
    public long storedBytes(TenantId tenant) {
        LongAdder bytes = new LongAdder();
        heardOf((use, of) -> bytes.add(of.equals(tenant) ? Long.parseLong(use.storedBytes()) : 0));
        return bytes.sum();
    }

    private void heardOf(BiConsumer<PeerStatus.TenantUse, TenantId> what) {
        for (ClusterNode node : nodes.get().nodes()) {
            status(node.id())
                    .ifPresent(status -> status.tenants()
                            .forEach(use -> what.accept(use, new TenantId(UUID.fromString(use.tenantId())))));
        }
    }

    /** The other node that says that it leads a shard. */
    public Optional<String> leader(int shard) {
        return nodes.get().nodes().stream()
                .filter(node -> status(node.id())
                        .filter(status -> status.shards().stream()
                                .anyMatch(replica -> replica.shard() == shard
                                        && replica.role().equals(PeerStatus.LEADS)))
                        .isPresent())
                .map(ClusterNode::id)
                .findFirst();
    }
}
