package io.thalweg.cluster.forward;

import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.shard.CopyIn;
import io.thalweg.shard.CopyOut;
import io.thalweg.shard.Entry;
import io.thalweg.shard.Replica;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A replica that tells how far it has applied. */
final class WatchedReplica implements Replica {
    private final Replica replica;
    private final AppliedHere applied;

    WatchedReplica(Replica replica, AppliedHere applied) {
        this.replica = replica;
        this.applied = applied;
    }

    @Override
    public Position open() throws IOException {
        Position position = replica.open();
        applied.at(position.index());
        return position;
    }

    @Override
    public ByteBuffer apply(long index, long term, Entry entry) {
        ByteBuffer replies = replica.apply(index, term, entry);
        applied.at(index);
        return replies;
    }

    @Override
    public void skip(long index, long term) {
        replica.skip(index, term);
        applied.at(index);
    }

    @Override
    public @Nullable CorruptionException damaged() {
        return replica.damaged();
    }

    @Override
    public long storedIndex() {
        return replica.storedIndex();
    }

    @Override
    public CopyOut copyOut() throws IOException {
        return replica.copyOut();
    }

    @Override
    public CopyIn copyIn() throws IOException {
        return replica.copyIn();
    }

    @Override
    public Position install(CopyIn copy) throws IOException {
        Position position = replica.install(copy);
        applied.at(position.index());
        return position;
    }

    @Override
    public Position snapshot() throws IOException {
        return replica.snapshot();
    }

    @Override
    public void fail(Throwable cause) {
        applied.fail(cause);
        replica.fail(cause);
    }

    @Override
    public void close() throws IOException {
        replica.close();
    }
}
