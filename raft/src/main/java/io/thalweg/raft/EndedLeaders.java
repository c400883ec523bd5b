package io.thalweg.raft;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.raft.peer.PeerRoads;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import org.apache.ratis.proto.RaftProtos.RaftGroupIdProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.DivisionInfo;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Elects at once when the process of a leader has ended, which is heard of ({@link PeerRoads#departures}) long before its silence means anything. The members that
 * are left tell each other how far they are, and the one that is farthest stands, so that no two stand against each other; a majority must be there. Where
 * that does not come to an election, as when two members hold another to be the farthest, silence brings one about as ever. Thread-safe.
 *
 * <p>That is safe without any of this being true, since it is an election like any other: a leader that is alive would be put down once.
 */
final class EndedLeaders {
    /** A question between nodes, for a shard: nothing -> term and index of the newest entry, i64 each. */
    static final String NEWEST = "newest";

    private static final Logger LOG = LoggerFactory.getLogger(EndedLeaders.class);
    private static final Duration PATIENCE = Duration.ofMillis(300);

    private final RaftPeerId self;
    private final PeerRoads roads;
    private final Map<RaftGroupId, RatisConsensus> shards;
    private final Predicate<RaftGroupId> votes;

    /**
     * @param shards the members on this node, as they come and go
     * @param votes whether this node's member of a group may stand
     */
    EndedLeaders(
            RaftPeerId self, PeerRoads roads, Map<RaftGroupId, RatisConsensus> shards, Predicate<RaftGroupId> votes) {
        this.self = self;
        this.roads = roads;
        this.shards = shards;
        this.votes = votes;
    }

    /** How far a member is; of those that are as far, the first by name goes before. */
    private record Candidate(String node, TermIndex newest) {
        static final Comparator<Candidate> FARTHEST =
                Comparator.comparing(Candidate::newest).thenComparing(Candidate::node, Comparator.reverseOrder());
    }

    /** What another member is answered that asks how far this node's is. */
    CompletableFuture<ByteBuffer> newest(int shard) {
        @Nullable RatisConsensus consensus = shards.get(ShardGroup.groupId(shard));
        if (consensus == null || !votes.test(ShardGroup.groupId(shard))) {
            return CompletableFuture.failedFuture(
                    new ThalwegException(ErrorCode.NOT_LEADER, "this node has no vote in shard " + shard));
        }
        TermIndex newest = newest(consensus.division());
        return CompletableFuture.completedFuture(new BinaryWriter(2 * Long.BYTES)
                .i64(newest.getTerm())
                .i64(newest.getIndex())
                .toByteBuffer());
    }

    private static TermIndex newest(RaftServer.Division division) {
        @Nullable TermIndex newest = division.getRaftLog().getLastEntryTermIndex();
        return newest == null ? TermIndex.INITIAL_VALUE : newest;
    }

    /** The process of a node has ended: has the shards that it led elect others. Blocks for a fraction of a second. */
    void ended(RaftServer server, String node) {
        List<CompletableFuture<Void>> asked = new ArrayList<>();
        shards.forEach((group, consensus) -> {
            DivisionInfo info = consensus.division().getInfo();
            if (info.isFollower() && node.equals(String.valueOf(info.getLeaderId())) && votes.test(group)) {
                asked.add(electAfter(server, consensus, node));
            }
        });
        CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new)).join();
    }

    /** Has this member stand if it is the farthest of a majority. */
    private CompletableFuture<Void> electAfter(RaftServer server, RatisConsensus consensus, String ended) {
        RaftServer.Division division = consensus.division();
        List<String> voters = division.getRaftConf().getCurrentPeers().stream()
                .map(RaftPeer::getId)
                .map(RaftPeerId::toString)
                .toList();
        if (!division.getRaftConf().getPreviousPeers().isEmpty() || !voters.contains(self.toString())) {
            return CompletableFuture.completedFuture(null);
        }
        Candidate own = new Candidate(self.toString(), newest(division));
        List<CompletableFuture<Optional<Candidate>>> others = voters.stream()
                .filter(voter -> !voter.equals(ended) && !voter.equals(own.node))
                .map(voter -> ask(voter, consensus.shard()))
                .toList();
        return CompletableFuture.allOf(others.toArray(CompletableFuture[]::new))
                .thenRunAsync(
                        () -> {
                            List<Candidate> heard = others.stream()
                                    .flatMap(other -> other.join().stream())
                                    .toList();
                            if (heard.size() + 1 > voters.size() / 2
                                    && heard.stream().allMatch(other -> Candidate.FARTHEST.compare(own, other) > 0)) {
                                stand(server, division, ended);
                            }
                        },
                        Thread::startVirtualThread);
    }

    /** How far another member is; empty when it does not say so soon, or has no vote. */
    private CompletableFuture<Optional<Candidate>> ask(String voter, int shard) {
        return roads.ask(voter, NEWEST, shard, ByteBuffer.allocate(0), PATIENCE)
                .thenApply(BinaryReader::new)
                .thenApply(in -> Optional.of(new Candidate(voter, TermIndex.valueOf(in.i64(), in.i64()))))
                .exceptionally(_ -> Optional.empty());
    }

    /** In the leader's name, as Ratis takes it from a leader that hands over: refused when another leads by now, or in a later term. */
    private void stand(RaftServer server, RaftServer.Division division, String after) {
        RaftGroupIdProto group = RaftGroupIdProto.newBuilder()
                .setId(division.getGroup().getGroupId().toByteString())
                .build();
        TermIndex term = TermIndex.valueOf(division.getInfo().getCurrentTerm(), RaftLog.INVALID_LOG_INDEX);
        StartLeaderElectionRequestProto request = StartLeaderElectionRequestProto.newBuilder()
                .setServerRequest(RaftRpcRequestProto.newBuilder()
                        .setRequestorId(RaftPeerId.valueOf(after).toByteString())
                        .setReplyId(self.toByteString())
                        .setRaftGroupId(group))
                .setLeaderLastEntry(term.toProto())
                .build();
        try {
            if (server.startLeaderElection(request).getServerReply().getSuccess()) {
                LOG.info("{}: stands, since the process of {} has ended", division.getMemberId(), after);
            }
        } catch (IOException e) {
            LOG.info("{}: stands not at once after {} has ended", division.getMemberId(), after, e);
        }
    }
}
