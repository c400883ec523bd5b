package io.thalweg.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.request.Reply;
import io.thalweg.model.request.Request;
import io.thalweg.raft.peer.Member;
import io.thalweg.shard.Consensus;
import io.thalweg.shard.Consensus.Standing;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real shard, with events, a ledger and sessions, on three nodes in one process. */
class ThreeNodesTest {

    @TempDir
    Path directory;

    private static List<Long> range(long from, long to) {
        return LongStream.range(from, to).boxed().toList();
    }

    private static <T> T answer(CompletableFuture<T> future) throws Exception {
        return future.get(60, TimeUnit.SECONDS);
    }

    @Test
    void writesReachAllThreeAndOnlyTheLeaderTakesThem() throws Exception {
        try (Trio trio = Trio.open(directory)) {
            for (Request request : Copy.openLedger()) {
                trio.call(request).orThrow();
            }
            Copy leader = trio.copy(trio.leader());
            List<CompletableFuture<Reply>> replies = new ArrayList<>();
            for (long value = 0; value < 300; value++) {
                replies.add(leader.shard.submit(Copy.append(value, value % 100 == 99 ? 1 << 20 : 1000)));
                if (value % 10 == 0) {
                    var _ = leader.shard.submit(Copy.transfers(1 + value * 100, 100));
                }
            }
            for (int i = 0; i < replies.size(); i++) {
                assertThat(Copy.sequence(answer(replies.get(i)))).isEqualTo(i + 1);
            }
            Copy follower = trio.copy((trio.leader() + 1) % 3);
            assertThat(follower.shard.role()).isEqualTo(Consensus.Role.FOLLOWER);
            assertThat(answer(follower.put(0)))
                    .isInstanceOfSatisfying(
                            Reply.Refused.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_LEADER));
            assertThat(Copy.sequence(answer(leader.shard.submit(Copy.appendLarge(300, 16)))))
                    .isEqualTo(301);
            trio.awaitAgreement(0, 1, 2);
            assertThat(follower.values()).isEqualTo(range(0, 316));
        }
    }

    @Test
    void anotherLeaderTakesOverNothingAcknowledgedIsLostAndRetriesGetTheSameReply() throws Exception {
        try (Trio trio = Trio.open(directory)) {
            UUID session = new UUID(7, 7);
            long number = 0;
            List<Long> sequences = new ArrayList<>();
            long kept = 0;
            for (int round = 0; round < 3; round++) {
                int leader = trio.leader();
                Copy copy = trio.copy(leader);
                List<CompletableFuture<Reply>> replies = new ArrayList<>();
                for (int i = 0; i < 100; i++) {
                    replies.add(copy.shard.submit(Copy.append(-1, 100)));
                }
                Request last = Copy.append(++number, 64, session, number);
                CompletableFuture<Reply> reply = copy.shard.submit(last);
                await().atMost(Trio.PATIENCE)
                        .until(() -> replies.get(10 + 40 * (int) (session.getLeastSignificantBits() % 2))
                                .isDone());
                Reply before = round % 2 == 0 ? answer(reply) : null;
                trio.kill(leader);
                long acknowledged = replies.stream()
                        .filter(each -> each.isDone() && !each.isCompletedExceptionally())
                        .filter(each -> each.join() instanceof Reply.Done)
                        .count();
                Reply after = trio.call(Copy.append(number, 64, session, number));
                assertThat(trio.call(Copy.append(number, 64, session, number))).isEqualTo(after);
                if (before != null) {
                    assertThat(after).as("the reply of another leader").isEqualTo(before);
                }
                sequences.add(Copy.sequence(after));
                assertThat(trio.leader()).isNotEqualTo(leader);
                trio.start(leader);
                trio.awaitAgreement(0, 1, 2);
                long all = trio.copy(leader).values().stream()
                        .filter(value -> value == -1)
                        .count();
                assertThat(all).as("round %d", round).isBetween(kept + acknowledged, kept + 100);
                kept = all;
            }
            List<Long> own = trio.copy(trio.leader()).values().stream()
                    .filter(value -> value > 0)
                    .toList();
            assertThat(own).as("each once, in order").isEqualTo(range(1, number + 1));
            assertThat(sequences).isSorted();
        }
    }

    @Test
    void whatALeaderCouldNotReplicateIsGoneWhenItComesBack() throws Exception {
        try (Trio trio = Trio.open(directory)) {
            int old = trio.leader();
            int one = (old + 1) % 3;
            int two = (old + 2) % 3;
            trio.call(Copy.append(0, 64)).orThrow();
            trio.stop(one);
            trio.stop(two);
            CompletableFuture<Reply> lost = trio.copy(old).put(666);
            await().atMost(Trio.PATIENCE).until(() -> trio.copy(old).shard.role() != Consensus.Role.LEADER);
            trio.kill(old);
            assertThat(refusal(lost)).isIn(ErrorCode.UNAVAILABLE, ErrorCode.NOT_LEADER);

            trio.start(one);
            trio.start(two);
            trio.call(Copy.append(1, 64)).orThrow();
            trio.start(old);
            trio.call(Copy.append(2, 64)).orThrow();
            trio.awaitAgreement(0, 1, 2);
            assertThat(trio.copy(old).values()).containsExactly(0L, 1L, 2L);
        }
    }

    /** Why it was not taken; on a slow machine the leader may have noticed before it was asked that it is alone. */
    private static ErrorCode refusal(CompletableFuture<Reply> reply) throws Exception {
        try {
            return ((Reply.Refused) answer(reply)).code();
        } catch (ExecutionException e) {
            return ((ThalwegException) Objects.requireNonNull(e.getCause())).code();
        }
    }

    @Test
    void aRestartOfAllFindsEverythingWithAndWithoutSnapshots() throws Exception {
        try (Trio trio = Trio.open(directory)) {
            for (Request request : Copy.openLedger()) {
                trio.call(request).orThrow();
            }
            for (int round = 0; round < 2; round++) {
                for (int i = 0; i < 20; i++) {
                    trio.call(Copy.append(20L * round + i, 1000)).orThrow();
                    trio.call(Copy.transfers(1 + 1000L * round + 10L * i, 10)).orThrow();
                }
                for (int i = 0; i < 3; i++) {
                    if (i < round) {
                        trio.stop(i);
                    } else {
                        trio.kill(i);
                    }
                }
                for (int i = 0; i < 3; i++) {
                    trio.start(i);
                }
                trio.awaitAgreement(0, 1, 2);
                assertThat(trio.copy(0).values()).isEqualTo(range(0, 20L * (round + 1)));
            }
        }
    }

    @Test
    void aHaltedReplicaGivesUpLeadershipAndVoteSaysWhyAndTheOthersGoOn() throws Exception {
        try (Trio trio = Trio.open(directory)) {
            int halted = trio.leader();
            Copy copy = trio.copy(halted);
            trio.call(Copy.append(1, 64)).orThrow();
            copy.brittle.broken = true;
            CompletableFuture<Reply> reply = copy.shard.submit(Copy.breakIt());
            assertThatThrownBy(() -> answer(reply)).hasMessageContaining("not known");
            assertThat(copy.shard.failure())
                    .hasValueSatisfying(cause -> assertThat(cause).hasMessageContaining("a bug in a machine"));
            trio.call(Copy.append(2, 64)).orThrow();
            assertThat(trio.leader()).isNotEqualTo(halted);
            assertThat(copy.shard.role()).isEqualTo(Consensus.Role.STOPPED);

            // With its vote, the two that are left of three would elect one again.
            await().atMost(Trio.PATIENCE).until(() -> copy.node.group(0).isEmpty());
            int other = 3 - halted - trio.leader();
            trio.kill(trio.leader());
            CompletableFuture<Reply> alone = trio.copy(other).put(3);
            Thread.sleep(3000);
            assertThat(trio.copy(other).shard.role()).isNotEqualTo(Consensus.Role.LEADER);
            assertThat(alone.isDone() && !alone.isCompletedExceptionally() && alone.join() instanceof Reply.Done)
                    .isFalse();

            trio.kill(halted);
            trio.start(halted);
            trio.call(Copy.append(4, 64)).orThrow();
            trio.awaitAgreement(halted, other);
        }
    }

    @Test
    void leadershipGoesToWhomItIsGivenAndAllKnowIt() throws Exception {
        try (Trio trio = Trio.open(directory)) {
            int from = trio.leader();
            int to = (from + 1) % 3;
            Standing before = trio.copy(from).shard.standing();
            trio.transfer(to);
            trio.call(Copy.append(1, 64)).orThrow();
            await().atMost(Trio.PATIENCE).untilAsserted(() -> {
                for (int i = 0; i < 3; i++) {
                    Standing standing = trio.copy(i).shard.standing();
                    assertThat(standing.leader()).contains("n" + to);
                    assertThat(standing.term()).isGreaterThan(before.term());
                    assertThat(standing.committed()).isGreaterThan(before.committed());
                }
            });
            assertThatThrownBy(() -> answer(trio.copy(from).shard.transferLeadership("n" + from)))
                    .cause()
                    .isInstanceOfSatisfying(
                            ThalwegException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_LEADER));
            assertThatThrownBy(() -> answer(trio.copy(to).shard.transferLeadership("nobody")))
                    .cause()
                    .isInstanceOfSatisfying(
                            ThalwegException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_REQUEST));
        }
    }

    @Test
    void aFourthNodeLearnsAndThenVotesInThePlaceOfOneThatLeaves() throws Exception {
        try (Trio trio = Trio.open(directory)) {
            for (int i = 0; i < 20; i++) {
                trio.call(Copy.append(i, 1000)).orThrow();
            }
            trio.startNew(3);
            trio.change(List.of(trio.member(0), trio.member(1), trio.member(2), trio.member(3)));
            trio.awaitAgreement(0, 1, 2, 3);
            int gone = (trio.leader() + 1) % 3;
            List<Member> three =
                    new ArrayList<>(trio.copy(trio.leader()).consensus().members());
            three.remove(trio.member(gone));
            trio.change(three);
            assertThatThrownBy(() -> answer(trio.copy(trio.leader()).consensus().change(trio.members(), three)))
                    .as("who changes has to know who is in the group")
                    .cause()
                    .isInstanceOfSatisfying(
                            ThalwegException.class,
                            e -> assertThat(e).hasMessageContaining("is different than the request"));
            trio.kill(gone);
            trio.kill(trio.leader() == 3 ? (gone + 1) % 3 : trio.leader());
            trio.call(Copy.append(20, 64)).orThrow();
            trio.awaitAgreement(3, trio.leader());
            assertThat(trio.copy(3).values()).isEqualTo(range(0, 21));
        }
    }

    @Test
    void aFollowerThatIsBehindTheRaftLogAndANewNodeAreBroughtUpByACopy() throws Exception {
        try (Trio trio = Trio.open(directory)) {
            for (Request request : Copy.openLedger()) {
                trio.call(request).orThrow();
            }
            int away = (trio.leader() + 1) % 3;
            trio.call(Copy.append(0, 64)).orThrow();
            trio.stop(away);
            long value = 1;
            for (int round = 0; round < 2; round++) { // each term closes a segment of the Raft log
                for (int i = 0; i < 10; i++) {
                    trio.call(Copy.append(value, 100_000)).orThrow();
                    trio.call(Copy.transfers(1 + 1000 * value++, 100)).orThrow();
                }
                trio.transfer(3 - away - trio.leader());
            }
            trio.call(Copy.append(value++, 64)).orThrow();
            for (int i = 0; i < 3; i++) {
                if (i != away) {
                    answer(trio.copy(i).shard.snapshot());
                }
            }
            trio.call(Copy.append(value++, 64)).orThrow();
            Copy leading = trio.copy(trio.leader());
            await().atMost(Trio.PATIENCE)
                    .until(() -> leading.consensus().division().getRaftLog().getStartIndex() > 10);
            trio.start(away);
            trio.awaitAgreement(0, 1, 2);
            assertThat(trio.copy(away).values()).isEqualTo(range(0, value));
            assertThat(trio.wasCopied(away)).isTrue();

            trio.startNew(3);
            trio.change(List.of(trio.member(0), trio.member(1), trio.member(2), trio.member(3)));
            trio.call(Copy.append(value++, 64)).orThrow();
            trio.awaitAgreement(0, 1, 2, 3);
            for (int i = 0; i < 4; i++) { // what came by a copy is there after a start, too
                trio.kill(i);
            }
            for (int i = 0; i < 4; i++) {
                trio.start(i);
            }
            trio.call(Copy.append(value++, 64)).orThrow();
            trio.awaitAgreement(0, 1, 2, 3);
            assertThat(trio.copy(3).values()).isEqualTo(range(0, value));
        }
    }

    @Test
    void aFollowerThatWasAwayForLessThanTheLogKeepsGoesOnFromItAndNoLogGrowsForEver() throws Exception {
        try (Trio trio = Trio.open(directory, 4 << 20)) {
            int away = (trio.leader() + 1) % 3;
            trio.call(Copy.append(0, 64)).orThrow();
            trio.awaitAgreement(0, 1, 2);
            long value = 1;
            for (int round = 0; round < 2; round++) {
                trio.kill(away);
                value = behindItsBack(trio, away, value, 10);
                trio.start(away);
                trio.awaitAgreement(0, 1, 2);
                assertThat(trio.copy(away).values()).isEqualTo(range(0, value));
                assertThat(trio.wasCopied(away)).isFalse();

                // Whoever begins with a snapshot takes another.
                int other = 3 - away - trio.leader();
                trio.stop(other);
                trio.start(other);
                trio.awaitAgreement(0, 1, 2);
            }

            long applied = trio.copy(away).shard.appliedIndex();
            trio.kill(away);
            value = behindItsBack(trio, away, value, 50);
            RatisConsensus leading = trio.copy(trio.leader()).consensus();
            await().atMost(Trio.PATIENCE)
                    .until(() -> leading.division().getRaftLog().getStartIndex() > applied + 1);
            trio.start(away);
            trio.awaitAgreement(0, 1, 2);
            assertThat(trio.copy(away).values()).isEqualTo(range(0, value));
            assertThat(trio.wasCopied(away)).isTrue();
            for (int i = 0; i < 3; i++) {
                assertThat(trio.copy(i).shard.failure()).isEmpty();
            }
        }
    }

    /** Appends 100 kB so many times, with terms that end in between, as many snapshots, and something behind them. */
    private static long behindItsBack(Trio trio, int away, long first, int count) throws Exception {
        long value = first;
        for (int i = 0; i < count; i++) {
            trio.call(Copy.append(value++, 100_000)).orThrow();
            if (i % 10 == 9) {
                trio.transfer(3 - away - trio.leader()); // each term closes a segment of the Raft log
                trio.call(Copy.append(value++, 64)).orThrow();
                for (int each = 0; each < 3; each++) {
                    if (each != away) {
                        answer(trio.copy(each).shard.snapshot());
                    }
                }
                trio.call(Copy.append(value++, 64)).orThrow();
            }
        }
        return value;
    }
}
