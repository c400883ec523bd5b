package io.thalweg.shard;

import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.shard.Replica.Position;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How a lone shard becomes a group while it is open.
 *
 * <pre>
 * hold      requests wait; what is in flight is answered
 * rest      the lone order brings in nothing of its own, and all that is in it is applied
 * snapshot  durable, and covers the journal's last entry: a group begins with that, and never looks behind it
 * end       the lone order takes no more snapshots: the replica is nobody's
 * group     is made over the same, open replica; the first thing that it makes durable is that there is one
 * </pre>
 *
 * <p>Until the last step nothing on disk says anything of a group, and a restart finds a lone shard whose newest snapshot has everything. After it a
 * restart finds a group that begins with that snapshot. No entry is written in between, so both are the same shard.
 */
final class GroupBeginning {
    /** How long requests wait at most for all that comes before the group, when this is tried for the first time. */
    static final Duration HELD_FIRST = Duration.ofSeconds(10);

    /** The same after many times. */
    static final Duration HELD_MAX = Duration.ofSeconds(60);

    private static final int SNAPSHOTS_MAX = 3;

    private final ShardReplica replica;
    private final Committer committer;
    private final LoneConsensus lone;
    private final Duration heldMax;

    /** @param heldMax how long requests may wait for all that comes before the group */
    GroupBeginning(ShardReplica replica, Committer committer, LoneConsensus lone, Duration heldMax) {
        this.replica = replica;
        this.committer = committer;
        this.lone = lone;
        this.heldMax = heldMax;
    }

    /**
     * Returns the group's consensus; requests still wait then. When it throws an {@link IOException} they do not, and the lone order goes on.
     *
     * @param snapshot takes one
     */
    Consensus begin(Supplier<CompletableFuture<Long>> snapshot, Function<Replica, Consensus> group)
            throws IOException, InterruptedException {
        long untilNs = System.nanoTime() + heldMax.toNanos();
        try {
            await(committer.hold(), untilNs);
            await(lone.rest(), untilNs);
            Position covered = replica.covered();
            // One that was being made already may cover less.
            for (int i = 0; i < SNAPSHOTS_MAX && !covered.equals(replica.applied()); i++) {
                await(snapshot.get(), untilNs);
                covered = replica.covered();
            }
            if (!covered.equals(replica.applied()) || replica.storedIndex() > covered.index()) {
                throw new IOException("the newest snapshot covers entry " + covered.index() + ", and the shard has "
                        + replica.applied().index());
            }
        } catch (IOException | InterruptedException | RuntimeException e) {
            lone.resume();
            committer.goOn();
            throw e;
        }
        try {
            // The apply thread is idle: this is no wait for anything that may take long.
            await(lone.end(), System.nanoTime() + HELD_FIRST.toNanos());
            return group.apply(new Opened(replica, replica.covered()));
        } catch (IOException | InterruptedException | RuntimeException | Error e) {
            // Nobody drives the replica any more: the next start finds out what it is.
            replica.fail(e);
            throw e;
        }
    }

    private static void await(CompletableFuture<?> step, long untilNs) throws IOException, InterruptedException {
        try {
            var _ = step.get(Math.max(0, untilNs - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("a lone shard does not become a group", e);
        }
    }

    /** A replica that is open already. */
    private static final class Opened extends ReplicaAround {
        private final Position covered;

        Opened(ShardReplica replica, Position covered) {
            super(replica);
            this.covered = covered;
        }

        @Override
        public Position open() {
            return covered;
        }

        @Override
        public @Nullable CorruptionException damaged() {
            return null;
        }
    }
}
