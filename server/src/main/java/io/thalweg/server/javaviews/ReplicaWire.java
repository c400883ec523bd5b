package io.thalweg.server.javaviews;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.ViewId;
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

        @Override
        public Loan borrow(int shard, TenantId tenant, ViewId view) {
            throw new ThalwegException(ErrorCode.UNAVAILABLE, "there is no other node");
        }

        @Override
        public byte[] lent(Loan loan, byte[] from, byte[] to, boolean reverse, int bytesMax) {
            throw new IllegalStateException("there is no other node");
        }

        @Override
        public void back(Loan loan) {
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

    /**
     * A moment of a view that another node lends.
     *
     * @param node its id
     * @param id by what that node knows it
     * @param steps of the state that answers
     */
    record Loan(String node, long id, UUID steps, int partitions) {}

    /**
     * Borrows the newest moment of a view from a node that has a replica of its shard.
     *
     * @throws ThalwegException {@code UNAVAILABLE} when none of them lends it
     */
    Loan borrow(int shard, TenantId tenant, ViewId view) throws InterruptedException;

    /**
     * A page of its cells, as {@link io.thalweg.server.javaviews.reading.BorrowedMoment} has it.
     *
     * @throws ThalwegException {@code UNAVAILABLE} when the node does not give it
     */
    byte[] lent(Loan loan, byte[] from, byte[] to, boolean reverse, int bytesMax) throws InterruptedException;

    /** Gives it back, without waiting. */
    void back(Loan loan);
}
