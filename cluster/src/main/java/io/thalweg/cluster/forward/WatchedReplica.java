package io.thalweg.cluster.forward;

import io.thalweg.shard.CopyIn;
import io.thalweg.shard.Entry;
import io.thalweg.shard.Replica;
import io.thalweg.shard.ReplicaAround;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A replica that tells how far it has applied. */
final class WatchedReplica extends ReplicaAround {
    private final AppliedHere applied;

    WatchedReplica(Replica replica, AppliedHere applied) {
        super(replica);
        this.applied = applied;
    }

    @Override
    public Position open() throws IOException {
        Position position = super.open();
        applied.at(position.index());
        return position;
    }

    @Override
    public ByteBuffer apply(long index, long term, Entry entry) {
        ByteBuffer replies = super.apply(index, term, entry);
        applied.at(index);
        return replies;
    }

    @Override
    public void skip(long index, long term) {
        super.skip(index, term);
        applied.at(index);
    }

    @Override
    public Position install(CopyIn copy) throws IOException {
        Position position = super.install(copy);
        applied.at(position.index());
        return position;
    }

    @Override
    public void fail(Throwable cause) {
        applied.fail(cause);
        super.fail(cause);
    }
}
