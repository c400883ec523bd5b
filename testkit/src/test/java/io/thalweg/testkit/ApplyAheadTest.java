package io.thalweg.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.TenantId;
import io.thalweg.model.request.Operation;
import io.thalweg.model.request.Reply;
import io.thalweg.model.request.Request;
import io.thalweg.shard.Shard;
import io.thalweg.shard.ShardOptions;
import io.thalweg.shard.machine.ApplyContext;
import io.thalweg.shard.machine.Machine;
import io.thalweg.shard.thread.ShardExecutors;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A lone shard applies a large entry while its disk still writes it, and nobody can tell. */
final class ApplyAheadTest {
    private static final TenantId TENANT = new TenantId(new UUID(1, 1));
    private static final int LARGE_BYTES = 64 << 10;

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

    private final Counter counter = new Counter();
    private final Queue<Runnable> order = new ArrayDeque<>();
    private final Queue<Runnable> apply = new ArrayDeque<>();
    private final SimulatedDisk disk = new SimulatedDisk();
    private final Shard shard = open(counter);

    private Shard open(Counter machine) {
        return Shard.openLone(
                ShardOptions.in(Path.of("/shard")),
                disk,
                new SimulatedClock(1_700_000_000_000_000_000L),
                replica -> replica,
                List.of(machine),
                new ShardExecutors(order::add, apply::add, Runnable::run));
    }

    /** Has a request written, and not yet forced. */
    private CompletableFuture<Reply> written(Operation operation) {
        CompletableFuture<Reply> reply = shard.submit(Request.of(TENANT, operation, ByteBuffer.allocate(LARGE_BYTES)));
        order.remove().run();
        return reply;
    }

    /** Forces what is written, and does all that follows from that. */
    private void force() {
        while (!order.isEmpty() || !apply.isEmpty()) {
            (order.isEmpty() ? apply : order).remove().run();
        }
    }

    private static int count(CompletableFuture<Reply> reply) {
        return new BinaryReader(((Reply.Done) reply.join()).result()).i32();
    }

    @Test
    void whatIsAppliedAheadIsSeenByNobodyBeforeItIsForced() {
        CompletableFuture<Reply> reply = written(Operation.LEDGER_TRANSFERS);
        apply.remove().run();
        assertThat(counter.applied).isEqualTo(1);
        assertThat(counter.published).isZero();
        assertThat(shard.appliedIndex()).isEqualTo(-1);
        assertThat(reply).isNotDone();
        force();
        assertThat(counter.published).isEqualTo(1);
        assertThat(count(reply)).isEqualTo(1);
    }

    @Test
    void anEntryIsAppliedOnceWhetherItsDiskOrItsThreadAheadIsFaster() {
        CompletableFuture<Reply> reply = written(Operation.LEDGER_TRANSFERS);
        order.remove().run();
        assertThat(reply).as("applied ahead is not applied yet").isNotDone();
        force();
        assertThat(count(reply)).isEqualTo(1);
        assertThat(counter.applied).isEqualTo(1);
    }

    @Test
    void onlyTheNextEntryIsAppliedAheadAndOnlyIfItsMachineAgrees() {
        CompletableFuture<Reply> first = written(Operation.LEDGER_PULSE);
        assertThat(apply).isEmpty();
        var _ = shard.submit(Request.of(TENANT, Operation.LEDGER_TRANSFERS, ByteBuffer.allocate(LARGE_BYTES)));
        Runnable forceFirst = order.remove();
        order.remove().run();
        assertThat(apply).as("an entry before it is not applied").isEmpty();
        forceFirst.run();
        force();
        assertThat(count(first)).isEqualTo(1);
        assertThat(counter.applied).isEqualTo(2);
    }

    @Test
    void aSmallEntryIsNotWorthWakingAThreadFor() {
        CompletableFuture<Reply> reply =
                shard.submit(Request.of(TENANT, Operation.LEDGER_TRANSFERS, ByteBuffer.allocate(8)));
        order.remove().run();
        assertThat(apply).isEmpty();
        order.remove().run();
        assertThat(count(reply)).as("applied by the thread that forced it").isEqualTo(1);
    }

    @Test
    void aSnapshotNeverHoldsWhatIsOnlyAppliedAhead() {
        CompletableFuture<Reply> reply = written(Operation.LEDGER_TRANSFERS);
        apply.remove().run();
        CompletableFuture<Long> snapshot = shard.snapshot();
        assertThat(apply).as("nobody is asked for a snapshot yet").isEmpty();
        force();
        assertThat(count(reply)).isEqualTo(1);
        assertThat(snapshot).isCompletedWithValue(0L);
        Counter restarted = new Counter();
        var _ = open(restarted);
        assertThat(restarted.applied).isEqualTo(1);
    }

    @Test
    void aMachineThatBreaksAheadOfTheForceHaltsTheShardAtIt() {
        CompletableFuture<Reply> reply = written(Operation.LEDGER_TRANSFERS);
        counter.broken = true;
        apply.remove().run();
        assertThat(shard.failure()).isEmpty();
        force();
        assertThat(shard.failure())
                .hasValueSatisfying(failure -> assertThat(failure).hasMessage("broken"));
        assertThatThrownBy(reply::join).hasMessageContaining("not known whether");
    }
}
