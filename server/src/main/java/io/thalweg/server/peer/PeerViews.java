package io.thalweg.server.peer;

import io.thalweg.cluster.ClusterNode;
import io.thalweg.cluster.ClusterNodes;
import io.thalweg.model.ViewId;
import io.thalweg.server.views.ViewReplicas;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks the other nodes of a cluster about views of components. Thread-safe. */
public final class PeerViews implements ViewReplicas {
    private static final Logger LOG = LoggerFactory.getLogger(PeerViews.class);

    private final Supplier<ClusterNodes> nodes;
    private final String here;
    private final PeerRoad wire;
    private final PeerWatch watch;

    /**
     * @param here the id of this node
     * @param watch what the others said of late
     */
    public PeerViews(Supplier<ClusterNodes> nodes, String here, PeerRoad wire, PeerWatch watch) {
        this.nodes = nodes;
        this.here = here;
        this.wire = wire;
        this.watch = watch;
    }

    @Override
    public int holders(int shard) {
        return nodes.get().holders(shard).size();
    }

    @Override
    public List<Replica> others(int shard, ViewId view) throws InterruptedException {
        return ask(shard, view, _ -> true);
    }

    @Override
    public Optional<Replica> leading(int shard, ViewId view) throws InterruptedException {
        String leader = watch.leader(shard).orElse("");
        return ask(shard, view, leader::equals).stream().findFirst();
    }

    private List<Replica> ask(int shard, ViewId view, Predicate<String> which) throws InterruptedException {
        String leader = watch.leader(shard).orElse("");
        Map<String, CompletableFuture<PeerView>> asked = new LinkedHashMap<>();
        for (ClusterNode node : nodes.get().holders(shard)) {
            boolean answers = watch.status(node.id()).isPresent();
            if (answers && !node.id().equals(here) && which.test(node.id())) {
                asked.put(node.id(), wire.view(node, view));
            }
        }
        List<Replica> found = new ArrayList<>();
        for (Map.Entry<String, CompletableFuture<PeerView>> each : asked.entrySet()) {
            try {
                found.add(new Replica(
                        each.getKey(),
                        each.getKey().equals(leader),
                        each.getValue().get().versions()));
            } catch (ExecutionException e) {
                LOG.debug("node {} does not say how view {} is", each.getKey(), view, e);
            }
        }
        return found;
    }
}
