package io.thalweg.shard;

import io.thalweg.ports.disk.CorruptionException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Passes everything on to another replica: for whoever stands between a consensus and a replica, and changes or watches a part of it. */
public abstract class ReplicaAround implements Replica {
    private final Replica inner;

    protected ReplicaAround(Replica inner) {
        this.inner = inner;
    }

    @Override
    public Position open() throws IOException {
        return inner.open();
    }

    @Override
    public long storedIndex() {
        return inner.storedIndex();
    }

    @Override
    public @Nullable CorruptionException damaged() {
        return inner.damaged();
    }

    @Override
    public ByteBuffer apply(long index, long term, Entry entry) {
        return inner.apply(index, term, entry);
    }

    @Override
    public void skip(long index, long term) {
        inner.skip(index, term);
    }

    @Override
    public Position snapshot() throws IOException {
        return inner.snapshot();
    }

    @Override
    public CopyOut copyOut() throws IOException {
        return inner.copyOut();
    }

    @Override
    public CopyIn copyIn() throws IOException {
        return inner.copyIn();
    }

    @Override
    public Position install(CopyIn copy) throws IOException {
        return inner.install(copy);
    }

    @Override
    public List<Digest> digests() {
        return inner.digests();
    }

    @Override
    public void fail(Throwable cause) {
        inner.fail(cause);
    }

    @Override
    public void close() throws IOException {
        inner.close();
    }
}
