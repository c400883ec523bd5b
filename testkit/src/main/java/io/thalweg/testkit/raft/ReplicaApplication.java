package io.thalweg.testkit.raft;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.shard.CopyIn;
import io.thalweg.shard.CopyOut;
import io.thalweg.shard.Entry;
import io.thalweg.shard.Replica;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/**
 * A shard's replica as what a small Raft replicates, and who waits for what it answers. Where the log has entries of the group's own,
 * the replica is told that they were skipped. After a failure nothing is applied or answered any more. One thread.
 *
 * <p>What travels is a copy that broke off a few times, each time somewhere, and went on with a later snapshot: all that came of it, chunk by chunk.
 */
public final class ReplicaApplication implements RaftApplication {
    /** Is told of each entry that is about to be applied. */
    @FunctionalInterface
    public interface Watcher {
        void applying(long index, long term, Entry entry);
    }

    private static final int ATTEMPTS_MAX = 4;

    private record Waiting(long term, CompletableFuture<ByteBuffer> replies) {}

    private final Replica replica;
    private final Watcher watcher;
    private final Runnable rest;
    private final SplittableRandom random;

    /** What was sent of the copy before, attempt by attempt. */
    private List<List<byte[]>> sent = List.of();

    private final Map<Long, Waiting> waiting = new TreeMap<>();
    private long applied;
    private boolean failed;

    /**
     * @param rest brings to its end what the replica does beside applying: an install waits for that
     * @param random where copies break off
     */
    public ReplicaApplication(Replica replica, Watcher watcher, Runnable rest, SplittableRandom random) {
        this.replica = replica;
        this.watcher = watcher;
        this.rest = rest;
        this.random = random;
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
        List<List<byte[]>> attempts = brokenOff();
        try (CopyOut copy = replica.copyOut()) {
            if (random.nextInt(4) > 0) {
                copy.leaveOut(new CameOfCopy(attempts).parts());
                copy.inChunksOf(1 << (8 + random.nextInt(8)));
            } else {
                attempts.clear(); // As a node of before has it.
            }
            List<byte[]> chunks = new ArrayList<>();
            for (byte[] chunk = copy.next(); chunk != null; chunk = copy.next()) {
                chunks.add(chunk);
            }
            attempts.add(chunks);
            sent = attempts;
            BinaryWriter all = new BinaryWriter(1 << 16).i32(attempts.size());
            for (List<byte[]> attempt : attempts) {
                all.i32(attempt.size());
                attempt.forEach(chunk -> all.i32(chunk.length).raw(chunk));
            }
            return new State(copy.position().index(), all.toByteArray());
        }
    }

    /** Some of the attempts before, of which each broke off somewhere. */
    private List<List<byte[]>> brokenOff() {
        List<List<byte[]>> attempts = new ArrayList<>();
        if (random.nextInt(ATTEMPTS_MAX) >= sent.size()) {
            attempts.addAll(sent);
        }
        if (!attempts.isEmpty()) {
            List<byte[]> last = attempts.removeLast();
            attempts.add(last.subList(0, random.nextInt(last.size() + 1)));
        }
        return attempts;
    }

    @Override
    public void install(long index, long term, byte[] state) throws IOException {
        if (failed) {
            return;
        }
        rest.run();
        BinaryReader all = new BinaryReader(ByteBuffer.wrap(state));
        CopyIn copy = replica.copyIn();
        CameOfCopy came = new CameOfCopy(List.of());
        for (int attempts = all.i32(); attempts > 0; attempts--) {
            copy.again();
            if (!copy.parts().equals(came.parts())) {
                throw new IOException("of a copy there is " + copy.parts() + ", expected " + came.parts());
            }
            for (int chunks = all.i32(); chunks > 0; chunks--) {
                byte[] chunk = all.raw(all.i32());
                copy.take(ByteBuffer.wrap(chunk));
                came.take(chunk);
            }
        }
        all.end();
        Replica.Position covered = copy.arrived();
        if (covered.index() != index || covered.term() != term) {
            throw new IOException("a copy is of " + covered + ", and came as one of " + index);
        }
        applied = replica.install(copy).index();
    }
}
