package io.thalweg.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.shard.Consensus;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three members in one process, over gRPC. */
class ThreeNodesTest {

    @TempDir
    Path directory;

    private static List<Long> range(long from, long to) {
        return LongStream.range(from, to).boxed().toList();
    }

    private static void awaitValues(Trio trio, int node, List<Long> values) {
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(trio.replica(node).values()).isEqualTo(values));
    }

    /** Waits until a member has what the leader has. */
    private static void awaitSame(Trio trio, int node) {
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(trio.replica(node).values())
                        .isEqualTo(trio.replica(trio.leader()).values()));
    }

    /** Proposes to whoever leads until somebody answers; only for values where a repeat does no harm. */
    private static void proposeUntilAnswered(Trio trio, long value) {
        proposeUntilAnswered(trio, value, 64);
    }

    private static void proposeUntilAnswered(Trio trio, long value, int bytes) {
        await().atMost(Duration.ofSeconds(60)).ignoreExceptions().until(() -> {
            trio.consensus(trio.leader())
                    .propose(FileReplica.entry(value, bytes))
                    .get(20, TimeUnit.SECONDS);
            return true;
        });
    }

    @Test
    void writesReachAllThreeAndOnlyTheLeaderTakesThem() throws Exception {
        try (Trio trio = Trio.open(directory)) {
            int leader = trio.leader();
            List<CompletableFuture<ByteBuffer>> replies = new ArrayList<>();
            for (long value = 0; value < 300; value++) {
                int bytes = value % 100 == 99 ? 1 << 20 : 1000;
                replies.add(trio.consensus(leader).propose(FileReplica.entry(value, bytes)));
            }
            for (int i = 0; i < replies.size(); i++) {
                assertThat(replies.get(i).get(60, TimeUnit.SECONDS).getLong(0)).isEqualTo(i + 1);
            }
            for (int i = 0; i < 3; i++) {
                awaitValues(trio, i, range(0, 300));
            }
            int follower = (leader + 1) % 3;
            assertThat(trio.consensus(follower).role()).isEqualTo(Consensus.Role.FOLLOWER);
            assertThatThrownBy(() -> trio.consensus(follower)
                            .propose(FileReplica.entry(0, 64))
                            .get(20, TimeUnit.SECONDS))
                    .cause()
                    .isInstanceOfSatisfying(
                            ThalwegException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_LEADER));
            assertThat(trio.consensus(leader)
                            .propose(FileReplica.entry(300, 16 << 20))
                            .get(60, TimeUnit.SECONDS)
                            .getLong(0))
                    .isEqualTo(301);
            awaitValues(trio, follower, range(0, 301));
        }
    }

    @Test
    void anotherLeaderTakesOverAndNothingAcknowledgedIsLost() throws Exception {
        try (Trio trio = Trio.open(directory)) {
            List<Long> acknowledged = new ArrayList<>();
            long value = 0;
            for (int round = 0; round < 2; round++) {
                int leader = trio.leader();
                List<CompletableFuture<ByteBuffer>> replies = new ArrayList<>();
                long first = value;
                for (; value < first + 100; value++) {
                    replies.add(trio.consensus(leader).propose(FileReplica.entry(value, 1000)));
                }
                await().atMost(Duration.ofSeconds(60))
                        .until(() -> replies.get(50).isDone());
                trio.stop(leader);
                for (int i = 0; i < replies.size(); i++) {
                    try {
                        replies.get(i).get(60, TimeUnit.SECONDS);
                        acknowledged.add(first + i);
                    } catch (ExecutionException e) {
                        assertThat(e).hasCauseInstanceOf(ThalwegException.class);
                    }
                }
                proposeUntilAnswered(trio, 1_000_000 + round);
                assertThat(trio.leader()).isNotEqualTo(leader);
                assertThat(trio.replica(trio.leader()).values()).containsAll(acknowledged);
                trio.start(leader);
                awaitSame(trio, leader);
                assertThat(trio.replica(leader).values().stream().filter(each -> each < 1_000_000))
                        .doesNotHaveDuplicates();
            }
            assertThat(acknowledged).isNotEmpty();
        }
    }

    @Test
    void whatALeaderCouldNotReplicateIsTruncatedWhenItComesBack() throws Exception {
        try (Trio trio = Trio.open(directory)) {
            int old = trio.leader();
            int one = (old + 1) % 3;
            int two = (old + 2) % 3;
            trio.consensus(old).propose(FileReplica.entry(0, 64)).get(60, TimeUnit.SECONDS);
            trio.stop(one);
            trio.stop(two);
            CompletableFuture<ByteBuffer> lost = trio.consensus(old).propose(FileReplica.entry(666, 64));
            await().atMost(Duration.ofSeconds(30))
                    .until(() ->
                            trio.replica(old).storedIndex() > trio.replica(old).appliedIndex());
            assertThatThrownBy(() -> lost.get(100, TimeUnit.MILLISECONDS))
                    .isInstanceOfAny(TimeoutException.class, ExecutionException.class);
            trio.stop(old);
            assertThatThrownBy(() -> lost.get(60, TimeUnit.SECONDS))
                    .cause()
                    .isInstanceOfSatisfying(
                            ThalwegException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE));

            trio.start(one);
            trio.start(two);
            proposeUntilAnswered(trio, 1);
            trio.start(old);
            proposeUntilAnswered(trio, 2);
            await().atMost(Duration.ofSeconds(60))
                    .untilAsserted(() -> assertThat(trio.replica(old).values()).contains(2L));
            assertThat(trio.replica(old).values()).startsWith(0L).doesNotContain(666L);
            assertThat(trio.replica(old).truncations.get()).isPositive();
            assertThat(trio.replica(old).failure).isNull();
        }
        try (Trio trio = Trio.open(directory)) { // and the truncated journal still fits its raft log
            proposeUntilAnswered(trio, 3);
            for (int i = 0; i < 3; i++) {
                int node = i;
                await().atMost(Duration.ofSeconds(60))
                        .untilAsserted(() -> assertThat(trio.replica(node).values())
                                .contains(3L)
                                .doesNotContain(666L));
            }
        }
    }

    @Test
    void aRestartedFollowerReadsWhatItMissedFromTheLeadersDisk() throws Exception {
        try (Trio trio = Trio.open(directory)) {
            int away = (trio.leader() + 1) % 3;
            proposeUntilAnswered(trio, 0);
            trio.stop(away);
            for (long value = 1; value <= 20; value++) {
                proposeUntilAnswered(trio, value, 64 << 10);
            }
            int[] others = {(away + 1) % 3, (away + 2) % 3};
            for (int other : others) {
                trio.stop(other);
            }
            for (int other : others) {
                trio.start(other); // with nothing in memory for followers
            }
            proposeUntilAnswered(trio, 21);
            long read = reads(trio, away);
            trio.start(away);
            awaitSame(trio, away);
            assertThat(trio.replica(away).values()).containsAll(range(0, 22));
            assertThat(reads(trio, away)).isGreaterThan(read);
        }
    }

    private static long reads(Trio trio, int away) {
        return trio.replica((away + 1) % 3).reads.get()
                + trio.replica((away + 2) % 3).reads.get();
    }

    /** Snapshots are not sent between nodes yet: the member that needs one says so and halts, the others go on. */
    @Test
    void aFollowerThatIsBehindThePurgeSaysWhatToDo() throws Exception {
        try (Trio trio = Trio.open(directory)) {
            int leader = trio.leader();
            int away = (leader + 1) % 3;
            proposeUntilAnswered(trio, 0);
            trio.stop(away);
            for (int restart = 0; restart < 2; restart++) { // terms close segments
                int follower = 3 - leader - away;
                trio.stop(leader);
                trio.stop(follower);
                trio.start(leader);
                trio.start(follower);
                proposeUntilAnswered(trio, 1 + restart);
                leader = trio.leader();
            }
            for (int i = 0; i < 3; i++) {
                if (i != away) {
                    trio.consensus(i).snapshot().get(60, TimeUnit.SECONDS);
                }
            }
            trio.start(away);
            await().atMost(Duration.ofSeconds(60)).until(() -> trio.replica(away).failure != null);
            assertThat(trio.replica(away).failure)
                    .hasMessageContaining("too far behind")
                    .hasMessageContaining("copy");
            assertThat(trio.consensus(away).role()).isEqualTo(Consensus.Role.STOPPED);
            proposeUntilAnswered(trio, 9);
        } catch (CompletionException e) {
            throw new AssertionError(e);
        }
    }
}
