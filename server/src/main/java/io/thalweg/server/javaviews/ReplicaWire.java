package io.thalweg.server.javaviews;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The port to the other nodes that have a replica of a view's indexes. Thread-safe. */
public interface ReplicaWire {
    /** A node that is alone. */
    ReplicaWire ALONE = new ReplicaWire() {
        @Override
        public int others(int shard) {
            return 0;
        }

        @Override
        public List<Report> reports(int shard, UUID steps) {
            return List.of();
        }

        @Override
        public byte[] page(String node, UUID steps, byte @Nullable [] after) {
            throw new IllegalStateException("there is no other node");
        }
    };

    /**
     * How far another replica is.
     *
     * @param node its id
     * @param durable the newest step of each partition that a crash would leave it
     */
    record Report(String node, List<Long> durable) {}

    /** How many other replicas a shard has. */
    int others(int shard);

    /** What those say that answer soon. */
    List<Report> reports(int shard, UUID steps) throws InterruptedException;

    /** A page of a view's cells, as {@link io.thalweg.index.IndexCopy} has it; fails when the node does not give it. */
    byte[] page(String node, UUID steps, byte @Nullable [] after) throws InterruptedException;
}
