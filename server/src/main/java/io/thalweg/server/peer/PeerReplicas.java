package io.thalweg.server.peer;

import io.thalweg.cluster.ClusterNode;
import io.thalweg.cluster.ClusterNodes;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.ViewId;
import io.thalweg.server.javaviews.ReplicaWire;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks the other nodes of a cluster about the indexes of views in Java. Thread-safe. */
public final class PeerReplicas implements ReplicaWire {
    private static final Logger LOG = LoggerFactory.getLogger(PeerReplicas.class);

    private final Supplier<ClusterNodes> nodes;
    private final String here;
    private final PeerRoad wire;
    private final PeerWatch watch;

    /**
     * @param here the id of this node
     * @param watch what the others said of late
     */
    public PeerReplicas(Supplier<ClusterNodes> nodes, String here, PeerRoad wire, PeerWatch watch) {
        this.nodes = nodes;
        this.here = here;
        this.wire = wire;
        this.watch = watch;
    }

    /** The others with a replica, the best first: who leads has all that was acknowledged; then who answered of late. */
    private List<ClusterNode> lenders(int shard) {
        String leader = watch.leader(shard).orElse("");
        return holders(shard).stream()
                .sorted(Comparator.comparing((ClusterNode node) -> !node.id().equals(leader))
                        .thenComparing(node -> watch.status(node.id()).isEmpty()))
                .toList();
    }

    private List<ClusterNode> holders(int shard) {
        return nodes.get().holders(shard).stream()
                .filter(node -> !node.id().equals(here))
                .toList();
    }

    @Override
    public int others(int shard) {
        return holders(shard).size();
    }

    @Override
    public List<Report> reports(int shard, UUID steps) throws InterruptedException {
        Map<String, CompletableFuture<PeerIndex>> asked = new HashMap<>();
        holders(shard).forEach(node -> asked.put(node.id(), wire.index(node, steps)));
        List<Report> reports = new ArrayList<>();
        for (Map.Entry<String, CompletableFuture<PeerIndex>> each : asked.entrySet()) {
            try {
                reports.add(new Report(each.getKey(), each.getValue().get().durable()));
            } catch (ExecutionException e) {
                LOG.debug("node {} does not say how far its index is", each.getKey(), e);
            }
        }
        return reports;
    }

    @Override
    public byte[] page(String node, UUID steps, byte @Nullable [] after) throws InterruptedException {
        try {
            return wire.page(nodes.get().node(node).orElseThrow(), steps, after).get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("node " + node + " gives no page of its index: " + e.getCause(), e);
        }
    }

    @Override
    public Loan borrow(int shard, TenantId tenant, ViewId view) throws InterruptedException {
        String why = "there is no such node";
        for (ClusterNode node : lenders(shard)) {
            CompletableFuture<Loan> asked = wire.borrow(node, tenant, view);
            try {
                return asked.get();
            } catch (ExecutionException e) {
                why = "node " + node.id() + ": " + e.getCause();
            } catch (InterruptedException e) {
                var _ = asked.thenAccept(this::back); // nobody reads it any more
                throw e;
            }
        }
        throw new ThalwegException(
                ErrorCode.UNAVAILABLE,
                "no node with a replica of shard " + shard + " lends what the view keeps: " + why);
    }

    @Override
    public byte[] lent(Loan loan, byte[] from, byte[] to, boolean reverse, int bytesMax) throws InterruptedException {
        ClusterNode node = nodes.get().node(loan.node()).orElse(null);
        if (node == null) {
            throw new ThalwegException(ErrorCode.UNAVAILABLE, "node " + loan.node() + " is gone: try again");
        }
        try {
            return wire.lent(node, loan.id(), from, to, reverse, bytesMax).get();
        } catch (ExecutionException e) {
            throw new ThalwegException(
                    ErrorCode.UNAVAILABLE, "node " + loan.node() + " does not show what it lends: " + e.getCause(), e);
        }
    }

    @Override
    public void back(Loan loan) {
        nodes.get().node(loan.node()).ifPresent(node -> {
            var _ = wire.back(node, loan.id()); // what does not arrive is had back when nobody reads it
        });
    }
}
