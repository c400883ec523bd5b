package io.thalweg.cluster;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.Operation;
import io.thalweg.model.Reply;
import io.thalweg.model.Request;
import io.thalweg.shard.ApplyContext;
import io.thalweg.shard.Machine;
import java.time.Duration;

/**
 * The directory as a part of its shard's state, and where it is published. The methods of {@link Machine} run on the shard's
 * apply thread; {@link #current} and {@link #await} may be called by any.
 */
@SuppressWarnings("DoNotCallSuggester") // being built
public final class DirectoryMachine implements Machine {
    private volatile Directory published = Directory.EMPTY;

    /** The newest directory. */
    public Directory current() {
        return published;
    }

    /**
     * Waits for a directory of at least this version and returns the newest; when {@code timeout} passes first, that is an
     * older one. To follow all changes: {@code seen = machine.await(seen.version() + 1, timeout)}.
     */
    public Directory await(long version, Duration timeout) throws InterruptedException {
        throw new UnsupportedOperationException("comes next");
    }

    @Override
    public String name() {
        return "directory";
    }

    @Override
    public boolean owns(Operation operation) {
        return operation == Operation.DIRECTORY;
    }

    @Override
    public Reply apply(ApplyContext context, Request request) {
        throw new UnsupportedOperationException("comes next");
    }

    @Override
    public void save(BinaryWriter out) {
        throw new UnsupportedOperationException("comes next");
    }

    @Override
    public void load(BinaryReader in) {
        throw new UnsupportedOperationException("comes next");
    }
}
