package io.thalweg.raft;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.shard.Consensus;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
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
        try (LoneShard shard = LoneShard.open(directory)) {
            assertThat(shard.consensus.role()).isEqualTo(Consensus.Role.LEADER);
            ByteBuffer reply = shard.propose(7).join();
            assertThat(reply.getLong(0)).isEqualTo(1);
            assertThat(reply.getLong(8)).isEqualTo(7);
        }
    }

    @Test
    void aRestartAppliesEverythingAgainInOrder() throws Exception {
        try (LoneShard shard = LoneShard.open(directory)) {
            shard.proposeAll(0, 500);
        }
        for (int run = 1; run <= 3; run++) {
            try (LoneShard shard = LoneShard.open(directory)) {
                long next = 500L + run;
                assertThat(shard.propose(next).join().getLong(8)).isEqualTo(next);
                assertThat(shard.replica.values().subList(0, 500)).isEqualTo(range(0, 500));
                assertThat(shard.replica.values()).hasSize(500 + run);
            }
        }
    }

    @Test
    void tenThousandProposalsInFlightAreAppliedAsProposed() throws Exception {
        try (LoneShard shard = LoneShard.open(directory)) {
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
}
