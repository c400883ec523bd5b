package io.thalweg.testkit.raft;

import io.thalweg.model.BinaryWriter;
import io.thalweg.shard.CopyIn;
import io.thalweg.shard.CopyOut;
import io.thalweg.shard.Entry;
import io.thalweg.shard.Replica;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/**
 * A shard's replica as what a small Raft replicates, and who waits for what it answers. Where the log has entries of the group's own,
 * the replica is told that they were skipped. After a failure nothing is applied or answered any more. One thread.
 */
public final class ReplicaApplication implements RaftApplication {
    /** Is told of each entry that is about to be applied. */
    @FunctionalInterface
    public interface Watcher {
        void applying(long index, long term, Entry entry);
    }

    private record Waiting(long term, CompletableFuture<ByteBuffer> replies) {}

    private final Replica replica;
    private final Watcher watcher;
    private final Runnable rest;
    private final Map<Long, Waiting> waiting = new TreeMap<>();
    private long applied;
    private boolean failed;

    /** @param rest brings to its end what the replica does beside applying: an install waits for that */
    public ReplicaApplication(Replica replica, Watcher watcher, Runnable rest) {
        this.replica = replica;
        this.watcher = watcher;
        this.rest = rest;
    }

    @Override
    public long appliedAtStart() {
        try {
            applied = Math.max(0, replica.open().index());
            return applied;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What was proposed will stand at this index, if at all; returns the replies to it. */
    public CompletableFuture<ByteBuffer> await(long index, long term) {
        CompletableFuture<ByteBuffer> replies = new CompletableFuture<>();
        waiting.put(index, new Waiting(term, replies));
        return replies;
    }

    @Override
    public void apply(long index, long term, byte[] body) {
        if (failed) {
            return;
        }
        Entry entry = GroupEntry.decode(body);
        watcher.applying(index, term, entry);
        Waiting who = waiting.remove(index);
        try {
            if (index > applied + 1) {
                replica.skip(index - 1, term);
            }
            applied = index;
            ByteBuffer replies = replica.apply(index, term, GroupEntry.copy(entry));
            if (who != null && who.term == term) {
                who.replies.complete(replies);
            } else if (who != null) {
                who.replies.completeExceptionally(new IllegalStateException("another entry stands at " + index));
            }
        } catch (RuntimeException e) {
            fail(e);
            if (who != null) {
                who.replies.completeExceptionally(e);
            }
        }
    }

    /** The member cannot go on. */
    public void fail(Throwable cause) {
        if (!failed) {
            failed = true;
            replica.fail(cause);
            abandon();
        }
    }

    /** Nobody here will learn what becomes of what is under way. */
    public void abandon() {
        for (Waiting each : waiting.values()) {
            each.replies.completeExceptionally(new IllegalStateException("this member does not lead any more"));
        }
        waiting.clear();
    }

    public boolean failed() {
        return failed;
    }

    @Override
    public State export() throws IOException {
        try (CopyOut copy = replica.copyOut()) {
            BinaryWriter all = new BinaryWriter(1 << 16);
            for (byte[] chunk = copy.next(); chunk != null; chunk = copy.next()) {
                all.i32(chunk.length).raw(ByteBuffer.wrap(chunk));
            }
            return new State(copy.position().index(), all.toByteArray());
        }
    }

    @Override
    public void install(long index, long term, byte[] state) throws IOException {
        if (failed) {
            return;
        }
        rest.run();
        ByteBuffer all = ByteBuffer.wrap(state).order(ByteOrder.LITTLE_ENDIAN);
        CopyIn copy = replica.copyIn();
        while (all.hasRemaining()) {
            int length = all.getInt();
            copy.take(all.slice(all.position(), length));
            all.position(all.position() + length);
        }
        Replica.Position covered = copy.arrived();
        if (covered.index() != index || covered.term() != term) {
            throw new IOException("a copy is of " + covered + ", and came as one of " + index);
        }
        applied = replica.install(copy).index();
    }
}
