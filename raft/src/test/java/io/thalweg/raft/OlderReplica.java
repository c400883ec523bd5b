package io.thalweg.raft;

import io.thalweg.model.MalformedException;
import io.thalweg.model.request.Operation;
import io.thalweg.model.request.RequestCodec;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.shard.CopyIn;
import io.thalweg.shard.CopyOut;
import io.thalweg.shard.Entry;
import io.thalweg.shard.Replica;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A replica of an older program: it halts at an operation that it does not know, as that program does. */
final class OlderReplica implements Replica {
    private final Replica replica;
    private final int version;

    /** @param version the newest that it knows */
    OlderReplica(Replica replica, int version) {
        this.replica = replica;
        this.version = version;
    }

    @Override
    public Position open() throws IOException {
        return replica.open();
    }

    @Override
    public long storedIndex() {
        return replica.storedIndex();
    }

    @Override
    public @Nullable CorruptionException damaged() {
        return replica.damaged();
    }

    @Override
    public ByteBuffer apply(long index, long term, Entry entry) {
        for (ByteBuffer part : entry.body()) {
            RequestCodec.Cursor requests = RequestCodec.cursor(part);
            while (requests.hasNext()) {
                Operation operation = requests.next().operation();
                if (operation.since() > version) {
                    throw new MalformedException("operation " + operation.number() + " is unknown");
                }
            }
        }
        return replica.apply(index, term, entry);
    }

    @Override
    public void skip(long index, long term) {
        replica.skip(index, term);
    }

    @Override
    public Position snapshot() throws IOException {
        return replica.snapshot();
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
        return replica.install(copy);
    }

    @Override
    public void fail(Throwable cause) {
        replica.fail(cause);
    }

    @Override
    public void close() throws IOException {
        replica.close();
    }
}
