package io.thalweg.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.thalweg.model.BinaryWriter;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.raft.peer.Member;
import io.thalweg.raft.peer.PeerRoads;
import io.thalweg.shard.Consensus;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto.AppendResult;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.RaftGroupIdProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.proto.RaftProtos.TermIndexProto;
import org.apache.ratis.proto.grpc.RaftServerProtocolServiceGrpc;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.io.grpc.ManagedChannel;
import org.apache.ratis.thirdparty.io.grpc.stub.StreamObserver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whoever is at an address at which another is looked for does not answer in its place. */
class PeerGateTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static RatisNode open(Member self) throws Exception {
        return RatisNode.open(
                RatisOptions.listening(self),
                (_, _, _, _) -> CompletableFuture.completedFuture(ByteBuffer.allocate(0)));
    }

    @Test
    void whatIsMeantForAnotherIsRefused() throws Exception {
        Member here = new Member("n1", "127.0.0.1", Copy.freePort());
        Member gone = new Member("n2", here.host(), here.port());
        try (RatisNode _ = open(here);
                RatisNode asking = open(new Member("n3", "127.0.0.1", Copy.freePort()))) {
            assertThat(asking.ask(here, "anything", 0, ByteBuffer.allocate(0), PATIENCE)
                            .get(60, TimeUnit.SECONDS)
                            .remaining())
                    .isZero();
            assertThatThrownBy(() -> asking.ask(gone, "anything", 0, ByteBuffer.allocate(0), PATIENCE)
                            .get(60, TimeUnit.SECONDS))
                    .cause()
                    .isInstanceOfSatisfying(
                            ThalwegException.class,
                            refused -> assertThat(refused.code()).isEqualTo(ErrorCode.NOT_LEADER))
                    .hasMessageContaining("node n1 is here, and not n2");

            ManagedChannel channel = asking.roads().open("n1", 1 << 20);
            try {
                assertThatThrownBy(() -> RaftServerProtocolServiceGrpc.newBlockingStub(channel)
                                .requestVote(RequestVoteRequestProto.newBuilder()
                                        .setServerRequest(request("n2"))
                                        .build()))
                        .hasMessageContaining("node n1 is here, and not n2");
            } finally {
                PeerRoads.end(channel);
            }
        }
    }

    /** Else a client would not know whether what was refused took effect. */
    @Test
    void aNodeThatHasTooMuchOnItsHandsSaysThatItHasDoneNothing() throws Exception {
        Member here = new Member("n1", "127.0.0.1", Copy.freePort());
        try (RatisNode _ = RatisNode.open(
                        RatisOptions.listening(here),
                        (caller, what, _, _) -> CompletableFuture.failedFuture(
                                new ThalwegException(ErrorCode.valueOf(what), "as asked by " + caller)));
                RatisNode asking = open(new Member("n3", "127.0.0.1", Copy.freePort()))) {
            for (ErrorCode code : List.of(ErrorCode.OVERLOADED, ErrorCode.NOT_LEADER, ErrorCode.INTERNAL)) {
                ErrorCode expected = code == ErrorCode.INTERNAL ? ErrorCode.UNAVAILABLE : code;
                assertThatThrownBy(() -> asking.ask(here, code.name(), 0, ByteBuffer.allocate(0), PATIENCE)
                                .get(60, TimeUnit.SECONDS))
                        .cause()
                        .isInstanceOfSatisfying(
                                ThalwegException.class,
                                refused -> assertThat(refused.code()).isEqualTo(expected))
                        .hasMessageContaining("as asked by n3");
            }
        }
    }

    @Test
    void nobodyTellsAnothersClock() throws Exception {
        Member here = new Member("n1", "127.0.0.1", Copy.freePort());
        try (RatisNode _ = open(here);
                RatisNode asking = open(new Member("n3", "127.0.0.1", Copy.freePort()))) {
            assertThat(asking.ask(here, "clock", 0, clockOf("n3"), PATIENCE)
                            .get(60, TimeUnit.SECONDS)
                            .remaining())
                    .isEqualTo(Long.BYTES);
            assertThatThrownBy(() -> asking.ask(here, "clock", 0, clockOf("n2"), PATIENCE)
                            .get(60, TimeUnit.SECONDS))
                    .hasMessageContaining("the clock of node n2 is told by n3");
        }
    }

    private static ByteBuffer clockOf(String id) {
        return new BinaryWriter(64)
                .i64(1)
                .raw(id.getBytes(StandardCharsets.UTF_8))
                .toByteBuffer();
    }

    /** A follower that is looked for where another is by now: that one's acknowledgement would count as the follower's. */
    @Test
    void entriesThatAreMeantForAnotherAreRefused() throws Exception {
        Member here = new Member("n1", "127.0.0.1", Copy.freePort());
        try (RatisNode _ = open(here);
                RatisNode asking = open(new Member("n3", "127.0.0.1", Copy.freePort()))) {
            asking.meet(List.of(here));
            ManagedChannel channel = asking.roads().open("n1", 1 << 20);
            CompletableFuture<Void> refused = new CompletableFuture<>();
            try {
                RaftServerProtocolServiceGrpc.newStub(channel)
                        .appendEntries(new StreamObserver<>() {
                            @Override
                            public void onNext(AppendEntriesReplyProto reply) {
                                refused.complete(null);
                            }

                            @Override
                            public void onError(Throwable failure) {
                                refused.completeExceptionally(failure);
                            }

                            @Override
                            public void onCompleted() {
                                refused.complete(null);
                            }
                        })
                        .onNext(AppendEntriesRequestProto.newBuilder()
                                .setServerRequest(request("n2"))
                                .build());
                assertThatThrownBy(() -> refused.get(60, TimeUnit.SECONDS))
                        .hasMessageContaining("node n1 is here, and not n2");
            } finally {
                PeerRoads.end(channel);
            }
        }
    }

    /** What a leader has committed is to come yet: whoever asks how far this replica lags must not hear that it lags behind nothing. */
    @Test
    void aMemberThatHasNothingYetKnowsHowFarItsGroupIs(@TempDir Path directory) throws Exception {
        Member here = new Member("n1", "127.0.0.1", Copy.freePort());
        Member leader = new Member("n3", "127.0.0.1", Copy.freePort());
        List<Member> group = List.of(here, leader, new Member("n4", "127.0.0.1", Copy.freePort()));
        try (RatisNode node = RatisNode.open(
                        RatisOptions.listening(here).withElection(Duration.ofHours(1), Duration.ofHours(2)));
                Copy copy = new Copy(node, 0, group, directory);
                RatisNode leading = open(leader)) {
            assertThat(copy.shard.standing().committed()).isEqualTo(-1);
            leading.meet(List.of(here));
            ManagedChannel channel = leading.roads().open("n1", 1 << 20);
            CompletableFuture<AppendEntriesReplyProto> answer = new CompletableFuture<>();
            try {
                RaftServerProtocolServiceGrpc.newStub(channel)
                        .appendEntries(new StreamObserver<>() {
                            @Override
                            public void onNext(AppendEntriesReplyProto reply) {
                                answer.complete(reply);
                            }

                            @Override
                            public void onError(Throwable failure) {
                                answer.completeExceptionally(failure);
                            }

                            @Override
                            public void onCompleted() {}
                        })
                        .onNext(AppendEntriesRequestProto.newBuilder()
                                .setServerRequest(request("n1"))
                                .setLeaderTerm(7)
                                .setLeaderCommit(5_000)
                                .setPreviousLog(
                                        TermIndexProto.newBuilder().setTerm(6).setIndex(5_000))
                                .build());
                assertThat(answer.get(60, TimeUnit.SECONDS).getResult())
                        .as("it does not have what stands before")
                        .isEqualTo(AppendResult.INCONSISTENCY);
            } finally {
                PeerRoads.end(channel);
            }
            assertThat(copy.shard.standing())
                    .isEqualTo(new Consensus.Standing(Consensus.Role.FOLLOWER, Optional.of("n3"), 7, 5_000));
            assertThat(copy.shard.appliedIndex()).isEqualTo(-1);
        }
    }

    private static RaftRpcRequestProto request(String meant) {
        return RaftRpcRequestProto.newBuilder()
                .setRequestorId(ByteString.copyFromUtf8("n3"))
                .setReplyId(ByteString.copyFromUtf8(meant))
                .setRaftGroupId(RaftGroupIdProto.newBuilder()
                        .setId(ShardGroup.groupId(0).toByteString()))
                .build();
    }

    /** Another node has taken it meanwhile, and answers there. */
    @Test
    void anAddressAtWhichAnotherIsByNowIsLeft() throws Exception {
        Member before = new Member("n2", "127.0.0.1", Copy.freePort());
        Member now = new Member("n2", "127.0.0.1", Copy.freePort());
        try (RatisNode _ = open(new Member("n3", before.host(), before.port()));
                RatisNode _ = open(now);
                RatisNode asking = open(new Member("n1", "127.0.0.1", Copy.freePort()))) {
            asking.meet(List.of(before, now));
            assertThatThrownBy(() -> asking.ask(before, "anything", 0, ByteBuffer.allocate(0), PATIENCE)
                            .get(60, TimeUnit.SECONDS))
                    .hasMessageContaining("node n3 is here, and not n2");
            await().atMost(PATIENCE)
                    .ignoreExceptions()
                    .untilAsserted(() -> assertThat(asking.ask(before, "anything", 0, ByteBuffer.allocate(0), PATIENCE)
                                    .get(60, TimeUnit.SECONDS)
                                    .remaining())
                            .isZero());
        }
    }

    /** It says that it has moved, where somebody is who does not know it. */
    @Test
    void aNodeThatNobodyKnowsIsNotHeard() throws Exception {
        Member here = new Member("n1", "127.0.0.1", Copy.freePort());
        try (RatisNode known = open(here);
                RatisNode stranger = open(new Member("n9", "127.0.0.1", Copy.freePort()))) {
            assertThatThrownBy(() -> stranger.tell(here).get(60, TimeUnit.SECONDS))
                    .hasMessageContaining("none that is known here");
            known.meet(List.of(new Member("n9", "127.0.0.1", 1)));
            stranger.tell(here).get(60, TimeUnit.SECONDS);
            assertThat(known.ask(new Member("n9", "127.0.0.1", 1), "anything", 0, ByteBuffer.allocate(0), PATIENCE)
                            .get(60, TimeUnit.SECONDS)
                            .remaining())
                    .isZero();
        }
    }
}
