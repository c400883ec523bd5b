package io.thalweg.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.Operation;
import io.thalweg.model.Reply;
import io.thalweg.model.Request;
import io.thalweg.model.TenantId;
import io.thalweg.shard.Consensus;
import io.thalweg.shard.Entry;
import io.thalweg.shard.Replica;
import io.thalweg.shard.Shard;
import io.thalweg.shard.ShardExecutors;
import io.thalweg.shard.ShardOptions;
import io.thalweg.shard.machine.ApplyContext;
import io.thalweg.shard.machine.Machine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A group of one applies a large entry while its disk still writes it, and nobody can tell. */
final class ApplyAheadTest {
    private static final TenantId TENANT = new TenantId(new UUID(1, 1));

    /** Counts requests; what others may see is what it has published. */
    private static final class Counter implements Machine {
        int applied;
        int published;
        boolean broken;

        @Override
        public String name() {
            return "counter";
        }

        @Override
        public boolean owns(Operation operation) {
            return operation == Operation.LEDGER_TRANSFERS || operation == Operation.LEDGER_PULSE;
        }

        @Override
        public boolean canApplyAhead(Operation operation) {
            return operation == Operation.LEDGER_TRANSFERS;
        }

        @Override
        public Reply apply(ApplyContext context, Request request) {
            if (broken) {
                throw new IllegalStateException("broken");
            }
            applied++;
            return new Reply.Done(new BinaryWriter(4).i32(applied).toByteBuffer());
        }

        @Override
        public void publish() {
            published = applied;
        }

        @Override
        public void save(BinaryWriter out) {
            out.i32(applied);
        }

        @Override
        public void load(BinaryReader in) {
            applied = in.i32();
        }
    }

    /** Orders at once, and applies when it is told to. */
    private static final class ByHand implements Consensus {
        private final Replica replica;
        private final Queue<Runnable> uncommitted = new ArrayDeque<>();
        private long last;
        private int snapshotsAsked;

        ByHand(Replica replica) {
            this.replica = replica;
            try {
                last = replica.open().index();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public CompletableFuture<ByteBuffer> propose(Entry entry) {
            long index = ++last;
            CompletableFuture<ByteBuffer> reply = new CompletableFuture<>();
            var _ = replica.write(index, 1, entry);
            replica.applyAhead(index, 1, entry);
            uncommitted.add(() -> {
                try {
                    reply.complete(replica.apply(index, 1, replica.reference(entry)));
                } catch (RuntimeException e) {
                    reply.completeExceptionally(e);
                }
            });
            return reply;
        }

        void commit() {
            uncommitted.remove().run();
        }

        @Override
        public Role role() {
            return Role.LEADER;
        }

        @Override
        public CompletableFuture<Long> snapshot() {
            snapshotsAsked++;
            try {
                return CompletableFuture.completedFuture(replica.snapshot().index());
            } catch (IOException e) {
                return CompletableFuture.failedFuture(e);
            }
        }

        @Override
        public void close() {}
    }

    private final Counter counter = new Counter();
    private final Queue<Runnable> ahead = new ArrayDeque<>();
    private final SimulatedDisk disk = new SimulatedDisk();
    private final ByHand[] consensus = new ByHand[1];
    private final Shard shard = open(counter);

    private Shard open(Counter machine) {
        return Shard.open(
                ShardOptions.in(Path.of("/shard")),
                disk,
                new SimulatedClock(1_700_000_000_000_000_000L),
                replica -> {
                    consensus[0] = new ByHand(replica);
                    return consensus[0];
                },
                List.of(machine),
                new ShardExecutors(Runnable::run, Runnable::run, ahead::add, Runnable::run));
    }

    private CompletableFuture<Reply> submit(Operation operation) {
        return shard.submit(Request.of(TENANT, operation, ByteBuffer.allocate(8)));
    }

    private static int count(CompletableFuture<Reply> reply) {
        return new BinaryReader(((Reply.Done) reply.join()).result()).i32();
    }

    @Test
    void whatIsAppliedAheadIsSeenByNobodyBeforeItIsCommitted() {
        CompletableFuture<Reply> reply = submit(Operation.LEDGER_TRANSFERS);
        ahead.remove().run();
        assertThat(counter.applied).isEqualTo(1);
        assertThat(counter.published).isZero();
        assertThat(shard.appliedIndex()).isEqualTo(-1);
        assertThat(reply).isNotDone();
        consensus[0].commit();
        assertThat(counter.published).isEqualTo(1);
        assertThat(count(reply)).isEqualTo(1);
    }

    @Test
    void theApplyThreadDoesTheWorkItselfWhenNobodyHas() {
        CompletableFuture<Reply> reply = submit(Operation.LEDGER_TRANSFERS);
        consensus[0].commit();
        assertThat(count(reply)).isEqualTo(1);
        ahead.remove().run();
        assertThat(counter.applied).isEqualTo(1);
    }

    @Test
    void onlyTheNextEntryIsAppliedAheadAndOnlyIfItsMachineAgrees() {
        CompletableFuture<Reply> first = submit(Operation.LEDGER_PULSE);
        assertThat(ahead).isEmpty();
        CompletableFuture<Reply> second = submit(Operation.LEDGER_TRANSFERS);
        assertThat(ahead).as("an entry before it is not applied").isEmpty();
        consensus[0].commit();
        consensus[0].commit();
        assertThat(count(first)).isEqualTo(1);
        assertThat(count(second)).isEqualTo(2);
    }

    @Test
    void aSnapshotNeverHoldsWhatIsOnlyAppliedAhead() {
        CompletableFuture<Reply> reply = submit(Operation.LEDGER_TRANSFERS);
        ahead.remove().run();
        CompletableFuture<Long> snapshot = shard.snapshot();
        assertThat(consensus[0].snapshotsAsked).isZero();
        consensus[0].commit();
        assertThat(count(reply)).isEqualTo(1);
        assertThat(snapshot).isCompletedWithValue(0L);
        Counter restarted = new Counter();
        var _ = open(restarted);
        assertThat(restarted.applied).isEqualTo(1);
    }

    @Test
    void aMachineThatBreaksAheadOfTheCommitHaltsTheShardAtIt() {
        CompletableFuture<Reply> reply = submit(Operation.LEDGER_TRANSFERS);
        counter.broken = true;
        ahead.remove().run();
        assertThat(shard.failure()).isEmpty();
        consensus[0].commit();
        assertThat(shard.failure())
                .hasValueSatisfying(failure -> assertThat(failure).hasMessage("broken"));
        assertThatThrownBy(reply::join).hasMessageContaining("not known whether");
    }
}
