package io.thalweg.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.thalweg.model.ThalwegException;
import io.thalweg.shard.Consensus;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One member: propose, apply, restart, snapshot. */
class RatisConsensusTest {

    @TempDir
    Path directory;

    private static List<Long> range(long from, long to) {
        return LongStream.range(from, to).boxed().toList();
    }

    @Test
    void anEntryIsAnsweredWithTheReplyOfApply() throws Exception {
        try (OneMember shard = OneMember.open(directory)) {
            assertThat(shard.consensus.role()).isEqualTo(Consensus.Role.LEADER);
            ByteBuffer reply = shard.propose(7).join();
            assertThat(reply.getLong(0)).isEqualTo(1);
            assertThat(reply.getLong(8)).isEqualTo(7);
        }
    }

    @Test
    void aRestartAppliesEverythingAgainInOrder() throws Exception {
        try (OneMember shard = OneMember.open(directory)) {
            shard.proposeAll(0, 500);
        }
        for (int run = 1; run <= 3; run++) {
            try (OneMember shard = OneMember.open(directory)) {
                long next = 500L + run;
                assertThat(shard.propose(next).join().getLong(8)).isEqualTo(next);
                assertThat(shard.replica.values().subList(0, 500)).isEqualTo(range(0, 500));
                assertThat(shard.replica.values()).hasSize(500 + run);
            }
        }
    }

    @Test
    void tenThousandProposalsInFlightAreAppliedAsProposed() throws Exception {
        try (OneMember shard = OneMember.open(directory)) {
            List<CompletableFuture<ByteBuffer>> replies = new ArrayList<>();
            for (long value = 0; value < 10_000; value++) {
                replies.add(shard.propose(value));
            }
            for (int i = 0; i < replies.size(); i++) {
                assertThat(replies.get(i).join().getLong(0)).isEqualTo(i + 1);
            }
            assertThat(shard.replica.values()).isEqualTo(range(0, 10_000));
        }
    }

    @Test
    void aRestartAppliesOnlyWhatIsBehindTheSnapshot() throws Exception {
        try (OneMember shard = OneMember.open(directory)) {
            shard.proposeAll(0, 300);
            long covered = shard.consensus.snapshot().get(30, TimeUnit.SECONDS);
            assertThat(covered).isEqualTo(shard.replica.appliedIndex());
            assertThat(shard.consensus.snapshot().get(30, TimeUnit.SECONDS)).isEqualTo(covered);
            assertThat(shard.replica.snapshots.get()).isEqualTo(1);
            shard.proposeAll(300, 310);
        }
        try (OneMember shard = OneMember.open(directory)) {
            shard.propose(310).join();
            assertThat(shard.replica.replayed.get()).isEqualTo(11);
            assertThat(shard.replica.values()).isEqualTo(range(0, 311));
        }
    }

    @Test
    void aSnapshotPurgesTheClosedSegmentsBelowIt() throws Exception {
        for (int term = 0; term < 3; term++) { // each term starts a segment
            try (OneMember shard = OneMember.open(directory)) {
                shard.propose(term).join();
            }
        }
        try (OneMember shard = OneMember.open(directory)) {
            shard.propose(3).join();
            assertThat(segments()).hasSize(4);
            shard.consensus.snapshot().get(30, TimeUnit.SECONDS);
            await().untilAsserted(() -> assertThat(segments()).hasSize(1));
            shard.propose(4).join();
        }
        try (OneMember shard = OneMember.open(directory)) {
            shard.propose(5).join();
            assertThat(shard.replica.values()).isEqualTo(range(0, 6));
            assertThat(shard.replica.replayed.get()).isEqualTo(2);
        }
    }

    @Test
    void aFailedSnapshotIsReportedAndTheNextOneWorks() throws Exception {
        try (OneMember shard = OneMember.open(directory)) {
            shard.proposeAll(0, 10);
            Files.createDirectory(directory.resolve("journal/snapshot.new"));
            assertThatThrownBy(() -> shard.consensus.snapshot().get(30, TimeUnit.SECONDS))
                    .hasRootCauseInstanceOf(ThalwegException.class);
            assertThat(shard.propose(10).join().getLong(0)).isEqualTo(11);
            Files.delete(directory.resolve("journal/snapshot.new"));
            assertThat(shard.consensus.snapshot().get(30, TimeUnit.SECONDS)).isEqualTo(shard.replica.appliedIndex());
        }
    }

    @Test
    void anEntryMayBeAsLargeAsTheLargestRequest() throws Exception {
        int[] sizes = {10 << 20, 1, RatisOptions.ENTRY_BYTES_MAX, 8};
        try (OneMember shard = OneMember.open(directory)) {
            for (int size : sizes) {
                shard.consensus
                        .propose(FileReplica.entry(size, Math.max(8, size)))
                        .join();
            }
            assertThatThrownBy(() -> shard.consensus.propose(FileReplica.entry(0, RatisOptions.ENTRY_BYTES_MAX + 1)))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        try (OneMember shard = OneMember.open(directory)) {
            shard.propose(3).join();
            assertThat(shard.replica.values()).containsExactly(10L << 20, 1L, 33L << 20, 8L, 3L);
            assertThat(Files.size(segments().getFirst())).isLessThan(2 << 20);
        }
    }

    @Test
    void aClosedShardTakesNothingMoreAndCanBeOpenedAgainOnTheSameNode() throws Exception {
        try (RatisNode node = OneMember.node()) {
            FileReplica first = new FileReplica(directory.resolve("journal"));
            RatisConsensus consensus = OneMember.lead(node, OneMember.group(directory), first);
            consensus.propose(FileReplica.entry(1, 64)).join();
            consensus.close();
            consensus.close();
            assertThat(consensus.role()).isEqualTo(Consensus.Role.STOPPED);
            assertThat(first.closed).isTrue();
            assertThat(first.failure).isNull();
            assertThatThrownBy(() -> consensus.propose(FileReplica.entry(2, 64)).join())
                    .hasCauseInstanceOf(ThalwegException.class);

            FileReplica second = new FileReplica(directory.resolve("journal"));
            RatisConsensus again = OneMember.lead(node, OneMember.group(directory), second);
            assertThat(again.propose(FileReplica.entry(3, 64)).join().getLong(0))
                    .isEqualTo(2);
        }
    }

    @Test
    void aNodeHostsManyShards() throws Exception {
        try (RatisNode node = OneMember.node()) {
            List<RatisConsensus> shards = new ArrayList<>();
            List<FileReplica> replicas = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                FileReplica replica = new FileReplica(directory.resolve(i + "/journal"));
                replicas.add(replica);
                shards.add(OneMember.lead(
                        node,
                        new ShardGroup(i, List.of(OneMember.member("n1")), directory.resolve(i + "/raft")),
                        replica));
            }
            for (int i = 0; i < 30; i++) {
                shards.get(i % 3).propose(FileReplica.entry(i, 64)).join();
            }
            for (int i = 0; i < 3; i++) {
                int shard = i;
                assertThat(replicas.get(i).values()).hasSize(10).allMatch(value -> value % 3 == shard);
            }
        }
    }

    private List<Path> segments() throws IOException {
        try (var files = Files.list(OneMember.raftLog(directory))) {
            return files.filter(file -> file.getFileName().toString().startsWith("log_"))
                    .sorted()
                    .toList();
        }
    }
}
