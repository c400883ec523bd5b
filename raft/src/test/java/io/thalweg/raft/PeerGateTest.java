package io.thalweg.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.proto.RaftProtos.RaftGroupIdProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.proto.grpc.RaftServerProtocolServiceGrpc;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.io.grpc.ManagedChannel;
import org.junit.jupiter.api.Test;

/** Whoever is at an address at which another is looked for does not answer in its place. */
class PeerGateTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static RatisNode open(Member self) throws Exception {
        return RatisNode.open(
                RatisOptions.listening(self), (_, _, _) -> CompletableFuture.completedFuture(ByteBuffer.allocate(0)));
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

            ManagedChannel channel = asking.channels().open("n1", 1 << 20);
            try {
                assertThatThrownBy(() -> RaftServerProtocolServiceGrpc.newBlockingStub(channel)
                                .requestVote(RequestVoteRequestProto.newBuilder()
                                        .setServerRequest(RaftRpcRequestProto.newBuilder()
                                                .setRequestorId(ByteString.copyFromUtf8("n3"))
                                                .setReplyId(ByteString.copyFromUtf8("n2"))
                                                .setRaftGroupId(RaftGroupIdProto.newBuilder()
                                                        .setId(ShardGroup.groupId(0)
                                                                .toByteString())))
                                        .build()))
                        .hasMessageContaining("node n1 is here, and not n2");
            } finally {
                PeerChannels.close(channel);
            }
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
