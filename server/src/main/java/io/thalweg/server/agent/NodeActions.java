package io.thalweg.server.agent;

import io.thalweg.cluster.action.Actions;
import io.thalweg.cluster.action.Handler;
import io.thalweg.cluster.action.TestActions;
import io.thalweg.directory.Directory;
import io.thalweg.ports.clock.Clock;
import io.thalweg.ports.disk.FileDisk;
import io.thalweg.server.duties.Scrub;
import io.thalweg.server.peer.NodeMoves;
import io.thalweg.server.routing.HostedShard;
import io.thalweg.server.slab.NodeSlab;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** All that an operator's tool can have a node do, and what of that it has been asked for so far. */
public final class NodeActions {
    private NodeActions() {}

    /**
     * Reads what was asked for in earlier lives of the node.
     *
     * @param data its directory
     * @param directory the newest that this node knows
     * @param self its id
     * @param cluster that it belongs to
     * @throws IOException when that is not what was written
     */
    public static Actions open(
            Path data,
            Clock clock,
            List<HostedShard> shards,
            Supplier<Directory> directory,
            Scrub scrub,
            NodeMoves moves,
            NodeSlab slab,
            String self,
            Optional<?> cluster)
            throws IOException {
        Map<String, Handler> handlers = new HashMap<>(TestActions.all());
        handlers.putAll(StoreActions.all(shards, scrub));
        handlers.putAll(ErasureActions.all(data, shards, directory, slab::forget, clock));
        handlers.putAll(ClusterActions.all(moves, self, cluster.isEmpty()));
        return Actions.open(
                new FileDisk(), data.resolve("agent").resolve("actions"), clock, handlers, ActionForms::arguments);
    }
}
