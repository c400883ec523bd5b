package io.thalweg.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.raft.peer.PeerRoads;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.apache.ratis.proto.RaftProtos.GroupInfoRequestProto;
import org.apache.ratis.proto.grpc.AdminProtocolServiceGrpc;
import org.apache.ratis.thirdparty.io.grpc.ManagedChannel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Faults of Ratis 3.3.0 that are known by their numbers: what we do about them holds. */
class RatisFaultsTest {

    @TempDir
    Path directory;

    private static List<Long> range(long to) {
        return LongStream.range(0, to).boxed().toList();
    }

    /** RATIS-2500: its snapshot ends where the leader's log begins, and the leader's snapshot is newer. */
    @Test
    void aFollowerWhoseNextEntryIsTheLeadersFirstIsNotToldForEverToInstallASnapshot() throws Exception {
        try (Trio trio = Trio.open(directory)) {
            for (int i = 0; i < 5; i++) {
                trio.call(Copy.append(i, 64)).orThrow();
            }
            trio.awaitAgreement(0, 1, 2);
            int leader = trio.leader();
            int follower = (leader + 1) % 3;
            int next = 3 - leader - follower;
            trio.copy(follower).shard.snapshot().get(60, TimeUnit.SECONDS);
            trio.kill(follower);

            // Each term begins a segment of the log, so that the next leader's begins where the follower's snapshot
            // ends.
            trio.transfer(next);
            for (int i = 5; i < 10; i++) {
                trio.call(Copy.append(i, 64)).orThrow();
            }
            int leads = trio.leader();
            trio.copy(leads).shard.snapshot().get(60, TimeUnit.SECONDS);

            trio.start(follower);
            trio.awaitAgreement(0, 1, 2);
            assertThat(trio.copy(follower).values()).isEqualTo(range(10));
        }
    }

    /** RATIS-2311: leadership is handed to a member that has the log and has not applied it, and nobody answers until it has. */
    @Test
    void leadershipIsNotHandedToAMemberThatHasMuchToApplyBeforeItCouldAnswer() throws Exception {
        try (Trio trio = Trio.open(directory)) {
            trio.call(Copy.append(0, 64)).orThrow();
            trio.awaitAgreement(0, 1, 2);
            int leader = trio.leader();
            int slow = (leader + 1) % 3;
            Copy behind = trio.copy(slow);
            behind.brittle.slow = true;
            try {
                trio.call(Copy.breakIt()).orThrow(); // nothing breaks; but it waits for its turn there
                for (int i = 1; i < 100; i++) {
                    trio.call(Copy.append(i, 64)).orThrow();
                }
                assertThatThrownBy(() -> trio.copy(leader)
                                .shard
                                .transferLeadership("n" + slow)
                                .get(20, TimeUnit.SECONDS))
                        .hasMessageContaining("entries to apply");
                assertThat(trio.leader()).isEqualTo(leader);
                trio.call(Copy.append(100, 64)).orThrow();
            } finally {
                behind.brittle.slow = false;
                behind.brittle.turns.release(1);
            }
            trio.awaitAgreement(0, 1, 2);
            trio.transfer(slow);
            assertThat(trio.copy(slow).values()).isEqualTo(range(101));
        }
    }

    /**
     * RATIS-2605: what a heartbeat's answer says of the follower's length is taken for what it has in common with the leader, in the appender
     * that polls. Ours is the one that streams.
     */
    @Test
    void theAppenderThatTakesAHeartbeatsAnswerForAgreementIsNotUsed() throws Exception {
        try (Trio trio = Trio.open(directory)) {
            var _ = trio.leader();
            List<String> appenders = Thread.getAllStackTraces().keySet().stream()
                    .map(Thread::getName)
                    .filter(name -> name.contains("LogAppender"))
                    .toList();
            assertThat(appenders).isNotEmpty().noneMatch(name -> name.contains("LogAppenderDefault"));
            assertThat(appenders).anyMatch(name -> name.contains(GrpcRoads.APPENDER));
        }
    }

    /** RATIS-2601: a group's information loses the membership on its way over the wire. Nobody asks for it there: the door is shut. */
    @Test
    void theDoorOfAdministratorsIsShutForOthers() throws Exception {
        try (Trio trio = Trio.open(directory)) {
            int leader = trio.leader();
            ManagedChannel channel = trio.copy((leader + 1) % 3)
                    .node
                    .roads()
                    .open(trio.member(leader).id(), 1 << 20);
            try {
                AdminProtocolServiceGrpc.AdminProtocolServiceBlockingStub admin =
                        AdminProtocolServiceGrpc.newBlockingStub(channel);
                assertThatThrownBy(() -> admin.groupInfo(GroupInfoRequestProto.getDefaultInstance()))
                        .hasMessageContaining("PERMISSION_DENIED");
            } finally {
                PeerRoads.end(channel);
            }
            assertThat(trio.copy(leader).consensus().members())
                    .containsExactlyInAnyOrderElementsOf(trio.members().subList(0, 3));
        }
    }
}
