package io.thalweg.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.log.journal.JournalOptions;
import io.thalweg.model.LogId;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.request.AppendBody;
import io.thalweg.model.request.Operation;
import io.thalweg.model.request.Request;
import io.thalweg.shard.Replica;
import io.thalweg.shard.Shard;
import io.thalweg.shard.ShardOptions;
import io.thalweg.shard.stream.StreamCommand;
import io.thalweg.shard.thread.ShardExecutors;
import io.thalweg.testkit.raft.GroupEntry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** A replica in a group that has started again is asked to erase what was deleted while it still applies what its journal has already. */
final class ErasureWhileCatchingUpTest {
    private static final TenantId TENANT = new TenantId(new UUID(1, 1));
    private static final StreamId STREAM = StreamId.of(new LogId(new UUID(2, 2)));
    private static final int APPENDS = 20;

    private static Request append() {
        return AppendBody.builder(STREAM).add(new byte[300]).request(TENANT);
    }

    /**
     * To be asked has the next entry stand in the journal, whatever it is, so that the newest segment becomes complete. A marker that the
     * journal did not take in an earlier life is behind its end, between entries that nobody can take back.
     */
    @Test
    void aMarkerThatTheJournalHasPassedByIsNotPutIntoIt() throws IOException {
        SplittableRandom salts = new SplittableRandom(1);
        ShardOptions options =
                ShardOptions.in(Path.of("/shard")).withJournal(JournalOptions.small(2048, salts::nextLong));
        SimulatedShard before = new SimulatedShard(1, options, List::of, true);
        var _ = before.call(new StreamCommand.Create(STREAM).toRequest(TENANT)).orThrow();
        var _ = before.call(append()).orThrow();
        long covered = before.snapshot();
        var _ = before.call(Request.of(TENANT, Operation.MARKER, ByteBuffer.allocate(0)))
                .orThrow();
        for (int i = 1; i < APPENDS; i++) {
            var _ = before.call(append()).orThrow();
        }
        while (before.shard().housekeep()) {
            before.settle();
        }

        Replica[] opened = new Replica[1];
        try (Shard again = Shard.open(
                options,
                before.disk().copy(),
                before.clock(),
                replica -> {
                    opened[0] = replica;
                    return new ReplayConsensus(replica, List.of());
                },
                List.of(),
                new ShardExecutors(Runnable::run, Runnable::run, Runnable::run))) {
            assertThat(again.appliedIndex()).isEqualTo(covered);
            again.erase();
            Replica replica = Objects.requireNonNull(opened[0]);
            for (Quorum.Committed entry : before.committed()) {
                if (entry.index() > covered) {
                    var _ = replica.apply(entry.index(), entry.term(), GroupEntry.copy(entry.entry()));
                }
            }
            assertThat(again.failure()).isEmpty();
            assertThat(again.events().read(STREAM, 1, 2 * APPENDS, 1 << 20).count())
                    .isEqualTo(APPENDS);
            assertThat(again.digest()).isEqualTo(before.shard().digest());
        }
    }
}
