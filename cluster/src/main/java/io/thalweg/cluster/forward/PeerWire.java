package io.thalweg.cluster.forward;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;

/** The port to the other nodes of the cluster. Thread-safe, does not block. */
@FunctionalInterface
public interface PeerWire {

    /**
     * Sends the body of an entry to a node, which has it ordered if it leads the shard.
     *
     * @param node its id
     * @param order as the package's comment says
     * @return the node's {@code done}; fails with a {@link io.thalweg.shard.Consensus#refusal} when the entry surely did not get into the order,
     *     and with anything else when that is not known
     */
    CompletableFuture<ByteBuffer> order(String node, int shard, ByteBuffer order);
}
