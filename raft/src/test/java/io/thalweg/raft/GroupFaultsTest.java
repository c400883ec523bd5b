package io.thalweg.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.thalweg.model.request.AppendResult;
import io.thalweg.model.request.Request;
import io.thalweg.ports.clock.Clock;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.FileDisk;
import io.thalweg.shard.Consensus;
import io.thalweg.shard.Consensus.Standing;
import io.thalweg.shard.Shard;
import io.thalweg.shard.ShardOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Faults of groups, each named for what felled it, or would have. */
class GroupFaultsTest {

    @TempDir
    Path directory;

    private static List<Long> range(long to) {
        return LongStream.range(0, to).boxed().toList();
    }

    /** Takes the end of the newest entry away, as a lost write or damage would. */
    private static void tear(Path raftLog) throws IOException {
        Path open = openSegment(raftLog);
        byte[] bytes = Files.readAllBytes(open);
        int last = lastOf(bytes);
        Arrays.fill(bytes, last + (endOf(bytes) - last) / 2, bytes.length, (byte) 0);
        Files.write(open, bytes);
    }

    private static Path openSegment(Path raftLog) throws IOException {
        try (var files = Files.list(raftLog)) {
            return files.filter(file -> file.getFileName().toString().startsWith("log_inprogress_"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    /** Where the last whole entry begins. */
    private static int lastOf(byte[] segment) {
        int at = EntryBytes.HEADER.length;
        int last = at;
        while (EntryBytes.isWhole(segment, at)) {
            last = at;
            at += EntryBytes.wholeBytes(EntryBytes.lengthAt(segment, at));
        }
        return last;
    }

    private static int endOf(byte[] segment) {
        int last = lastOf(segment);
        return EntryBytes.isWhole(segment, last)
                ? last + EntryBytes.wholeBytes(EntryBytes.lengthAt(segment, last))
                : last;
    }

    private Path raft(int node) {
        return directory.resolve(node + "/raft");
    }

    private Path raftLog(int node) {
        return new ShardGroup(0, List.of(), raft(node)).current();
    }

    @Test
    void aMemberThatLostTheEndOfItsLogDoesNotVoteBeforeTheOthersHaveMadeItWhole() throws Exception {
        try (Trio trio = Trio.open(directory)) {
            for (int i = 0; i < 5; i++) {
                trio.call(Copy.append(i, 64)).orThrow();
            }
            trio.awaitAgreement(0, 1, 2);
            int leader = trio.leader();
            int torn = (leader + 1) % 3;
            int third = 3 - leader - torn;
            trio.kill(torn);
            tear(raftLog(torn));
            trio.kill(leader);

            // With its vote, two of three would elect one, perhaps itself, who does not have what it had acknowledged.
            trio.start(torn);
            assertThat(raft(torn).resolve("probation")).exists();
            Thread.sleep(3000);
            assertThat(trio.copy(torn).shard.role()).isNotEqualTo(Consensus.Role.LEADER);
            assertThat(trio.copy(third).shard.role()).isNotEqualTo(Consensus.Role.LEADER);

            trio.start(leader);
            trio.call(Copy.append(5, 64)).orThrow();
            await().atMost(Trio.PATIENCE).until(() -> !Files.exists(raft(torn).resolve("probation")));
            trio.awaitAgreement(0, 1, 2);
            assertThat(trio.copy(torn).values()).isEqualTo(range(6));

            trio.kill(trio.leader() == torn ? third : trio.leader());
            trio.call(Copy.append(6, 64)).orThrow();
        }
    }

    /** The first part of an entry that was being written, and that nobody had acknowledged. */
    private static void beginAnEntry(Path raftLog) throws IOException {
        Path open = openSegment(raftLog);
        byte[] bytes = Files.readAllBytes(open);
        int at = endOf(bytes);
        byte[] next = Arrays.copyOf(bytes, Math.max(bytes.length, at + 200));
        next[at] = 100;
        Arrays.fill(next, at + 1, at + 40, (byte) 7);
        Files.write(open, next);
    }

    @Test
    void aGroupThatLostItsPowerInTheMiddleOfAWriteOnEveryMemberGoesOn() throws Exception {
        try (Trio trio = Trio.open(directory)) {
            for (int i = 0; i < 5; i++) {
                trio.call(Copy.append(i, 64)).orThrow();
            }
            trio.awaitAgreement(0, 1, 2);
            for (int i = 0; i < 3; i++) {
                trio.kill(i);
                beginAnEntry(raftLog(i));
            }
            for (int i = 0; i < 3; i++) {
                trio.start(i);
                assertThat(raft(i).resolve("probation")).doesNotExist();
            }
            trio.call(Copy.append(5, 64)).orThrow();
            trio.awaitAgreement(0, 1, 2);
            assertThat(trio.copy(0).values()).isEqualTo(range(6));
        }
    }

    @Test
    void aMemberWhoseNewestEntryIsGoneWithoutATraceDoesNotVoteEither() throws Exception {
        try (Trio trio = Trio.open(directory)) {
            trio.call(Copy.append(0, 64)).orThrow();
            trio.awaitAgreement(0, 1, 2);
            int leader = trio.leader();
            int shortened = (leader + 1) % 3;
            trio.kill(shortened);
            trio.kill(leader); // so that nobody makes it whole before we have looked
            Path open = openSegment(raftLog(shortened));
            byte[] bytes = Files.readAllBytes(open);
            Arrays.fill(bytes, lastOf(bytes), bytes.length, (byte) 0);
            Files.write(open, bytes);
            trio.start(shortened);
            assertThat(raft(shortened).resolve("probation")).exists();
            trio.start(leader);
            await().atMost(Trio.PATIENCE)
                    .until(() -> !Files.exists(raft(shortened).resolve("probation")));
            trio.call(Copy.append(1, 64)).orThrow();
            trio.awaitAgreement(0, 1, 2);
        }
    }

    /** Its term and its vote among that; the leader stays the same, and knows what this member once had. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aMemberThatLostAllThatItHadComesBackUnderItsIdAndVotesOnceItIsWhole(boolean logIsShort) throws Exception {
        try (Trio trio = Trio.open(directory)) {
            for (int i = 0; i < 5; i++) {
                trio.call(Copy.append(i, 64)).orThrow();
            }
            trio.awaitAgreement(0, 1, 2);
            int leader = trio.leader();
            int lost = (leader + 1) % 3;
            trio.kill(lost);
            try (Stream<Path> all = Files.walk(directory.resolve(Integer.toString(lost)))) {
                for (Path file : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
            trio.call(Copy.append(5, 64)).orThrow();
            if (logIsShort) {
                for (int i : new int[] {leader, 3 - leader - lost}) {
                    trio.copy(i).shard.snapshot().get(60, TimeUnit.SECONDS);
                }
            }
            trio.startLost(lost);
            // Whatever it is asked: it neither votes nor counts.
            assertThat(trio.copy(lost).shard.role()).isEqualTo(Consensus.Role.CANDIDATE);
            await().atMost(Trio.PATIENCE).until(() -> !Files.exists(raft(lost).resolve("probation")));
            trio.awaitAgreement(0, 1, 2);
            assertThat(trio.copy(lost).values()).isEqualTo(range(6));

            // With its vote alone there is a majority.
            int next = trio.leader() == lost ? leader : trio.leader();
            trio.kill(next);
            trio.call(Copy.append(6, 64)).orThrow();
            await().atMost(Trio.PATIENCE)
                    .untilAsserted(() -> assertThat(trio.copy(lost).values()).isEqualTo(range(7)));
        }
    }

    /** A member that was named alone at its start, in a group that has grown since, is made whole by the others. */
    @Test
    void probationGoesByTheGroupsOwnMembership() throws Exception {
        try (Trio trio = Trio.fromLone(directory)) {
            var _ = trio.call(Copy.createStream());
            for (int i = 1; i < 3; i++) {
                trio.startNew(i);
                trio.change(trio.members().subList(0, i + 1));
            }
            trio.call(Copy.append(0, 64)).orThrow();
            trio.awaitAgreement(0, 1, 2);
            for (int i = 0; i < 3; i++) {
                trio.kill(i); // so that nobody makes it whole before we have looked
            }
            tear(raftLog(0));
            trio.startAlone(0);
            assertThat(raft(0).resolve("probation")).exists();
            trio.start(1);
            trio.start(2);
            await().atMost(Trio.PATIENCE).until(() -> !Files.exists(raft(0).resolve("probation")));
            trio.awaitAgreement(0, 1, 2);
        }
    }

    @Test
    void aLoneShardBecomesAGroupWithEverythingItHadInALaterTerm() throws Exception {
        Path first = directory.resolve("0");
        long term;
        try (Shard lone = Shard.openLone(
                ShardOptions.in(first), new FileDisk(), Clock.system(), Optional.empty(), Copy.machines(first))) {
            lone.submit(Copy.createStream()).get().orThrow();
            for (Request request : Copy.openLedger()) {
                lone.submit(request).get().orThrow();
            }
            for (int i = 0; i < 50; i++) {
                lone.submit(Copy.append(i, 1000)).get().orThrow();
                lone.submit(Copy.transfers(1 + 100L * i, 100)).get().orThrow();
            }
            term = lone.standing().term();
        }
        try (Trio trio = Trio.fromLone(directory)) {
            Standing standing = trio.copy(trio.leader()).shard.standing();
            assertThat(standing.term()).isGreaterThan(term);
            trio.call(Copy.append(50, 64)).orThrow();
            for (int i = 1; i < 3; i++) {
                trio.startNew(i);
                trio.change(trio.members().subList(0, i + 1));
            }
            trio.awaitAgreement(0, 1, 2);
            trio.kill(0);
            trio.call(Copy.append(51, 64)).orThrow();
            assertThat(trio.copy(trio.leader()).values()).isEqualTo(range(52));
            trio.start(0);
            trio.awaitAgreement(0, 1, 2);
        }
        assertThatThrownBy(() -> new FormerRaftLog(raft(0)).newest())
                .isInstanceOf(CorruptionException.class)
                .hasMessageContaining("group");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aMemberWithoutItsTermAndVoteIsRefused(boolean snapshot) throws Exception {
        try (Copy copy = Copy.alone(directory)) {
            copy.put(1).get().orThrow();
            copy.shard.snapshot().get();
        }
        if (!snapshot) {
            // As in a member that was killed before its first.
            try (Stream<Path> all = Files.walk(directory)) {
                for (Path file :
                        all.filter(each -> each.toString().contains("/state/")).toList()) {
                    Files.delete(file);
                }
            }
        }
        Files.move(directory.resolve("raft"), directory.resolve("elsewhere"));
        assertThatThrownBy(() -> Copy.alone(directory))
                .isInstanceOf(CorruptionException.class)
                .hasMessageContaining("join as a new member");
    }

    /** One node a day ahead would expire every key and pending transfer of the cluster as soon as it leads. */
    @Test
    void aLeaderWhoseClockIsADayAheadStampsWithTheMajoritysTime() throws Exception {
        try (Trio trio = Trio.open(directory)) {
            int leader = trio.leader();
            trio.setAhead(leader, Duration.ofDays(1));
            await().atMost(Trio.PATIENCE) // until it has heard of others
                    .until(() -> trio.copy(leader).consensus().stampNs(Clock.system())
                            < Clock.system().wallNs() + Duration.ofHours(1).toNanos());
            long last =
                    AppendResult.decode(trio.call(Copy.append(1, 64)).orThrow()).timestampNs();
            assertThat(last - Clock.system().wallNs())
                    .isLessThan(Duration.ofHours(1).toNanos());

            // And one that is ahead with another is right: the third is behind.
            trio.setAhead((leader + 1) % 3, Duration.ofDays(1));
            await().atMost(Trio.PATIENCE).untilAsserted(() -> {
                long now = AppendResult.decode(trio.call(Copy.append(2, 64)).orThrow())
                        .timestampNs();
                assertThat(now - Clock.system().wallNs())
                        .isGreaterThan(Duration.ofHours(23).toNanos());
            });
        }
    }
}
