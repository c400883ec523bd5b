package io.thalweg.raft;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.raft.peer.PeerRoads;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
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
import org.apache.ratis.server.RaftConfiguration;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Elects at once when the process of a leader has ended, which is heard of ({@link PeerRoads}) long before its silence means anything. The members that
 * are left tell each other how far they are, and the one that is farthest stands, so that no two stand against each other; a majority must be there. Where
 * that does not come to an election, as when two members hold another to be the farthest, silence brings one about as ever. Thread-safe.
 *
 * <p>That is safe without any of this being true, since it is an election like any other: a leader that is alive would be put down once.
 */
final class EndedLeaders {
    /** A question between nodes, for a shard: nothing -> term and index of the newest entry, i64 each. */
    static final String NEWEST = "newest";

    private static final Logger LOG = LoggerFactory.getLogger(EndedLeaders.class);
    private static final Duration PATIENCE = Duration.ofMillis(500);
    private static final int TRIES = 4;
    private static final long SETTLING_MS = 25;

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

    /** How far a member is; those that are as far stand in turns, shard by shard, so that not one leads all. */
    private record Candidate(String node, TermIndex newest, int turn) {
        static final Comparator<Candidate> FARTHEST = Comparator.comparing(Candidate::newest)
                .thenComparingInt(Candidate::turn)
                .thenComparing(Candidate::node);

        static Candidate of(String node, int shard, TermIndex newest) {
            return new Candidate(node, newest, (node + "/" + shard).hashCode());
        }
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

    /** The process of a node has ended: has the shards that it led elect others. Does not block. */
    void ended(RaftServer server, String node) {
        shards.forEach((group, consensus) -> {
            if (votes.test(group)) {
                Thread.ofVirtual()
                        .name("elect-" + consensus.shard())
                        .start(() -> electAfter(server, consensus.division(), consensus.shard(), node));
            }
        });
    }

    /** Has this member stand if it is the farthest of a majority; looks again for a moment, since others may have taken more meanwhile. */
    private void electAfter(RaftServer server, RaftServer.Division division, int shard, String ended) {
        try {
            for (int i = 0; i < TRIES && isLedBy(division, ended); i++) {
                // What the leader sent last is still being taken.
                Thread.sleep(SETTLING_MS);
                if (isFarthest(division, shard, ended) && isLedBy(division, ended)) {
                    stand(server, division, ended);
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (IOException | RuntimeException e) {
            LOG.info("{}: stands not at once after {} has ended", division.getMemberId(), ended, e);
        }
    }

    private static boolean isLedBy(RaftServer.Division division, String node) {
        DivisionInfo info = division.getInfo();
        return info.isFollower() && node.equals(String.valueOf(info.getLeaderId()));
    }

    /** Whether a majority is there, and none of it farther than this member. Blocks for a fraction of a second. */
    private boolean isFarthest(RaftServer.Division division, int shard, String ended) {
        RaftConfiguration membership = division.getRaftConf();
        List<String> voters = membership.getCurrentPeers().stream()
                .map(RaftPeer::getId)
                .map(RaftPeerId::toString)
                .toList();
        if (!membership.getPreviousPeers().isEmpty() || !voters.contains(self.toString())) {
            return false;
        }
        List<CompletableFuture<Optional<Candidate>>> asked = voters.stream()
                .filter(voter -> !voter.equals(ended) && !voter.equals(self.toString()))
                .map(voter -> ask(voter, shard))
                .toList();
        List<Candidate> heard =
                asked.stream().flatMap(other -> other.join().stream()).toList();
        Candidate own = Candidate.of(self.toString(), shard, newest(division));
        return heard.size() + 1 > voters.size() / 2
                && heard.stream().allMatch(other -> Candidate.FARTHEST.compare(own, other) > 0);
    }

    /** How far another member is; empty when it does not say so soon, or has no vote. */
    private CompletableFuture<Optional<Candidate>> ask(String voter, int shard) {
        return roads.ask(voter, NEWEST, shard, ByteBuffer.allocate(0), PATIENCE)
                .thenApply(BinaryReader::new)
                .thenApply(in -> Optional.of(Candidate.of(voter, shard, TermIndex.valueOf(in.i64(), in.i64()))))
                .exceptionally(_ -> Optional.empty());
    }

    /** In the leader's name, as Ratis takes it from a leader that hands over: refused when another leads by now, or in a later term. */
    private void stand(RaftServer server, RaftServer.Division division, String after) throws IOException {
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
        if (server.startLeaderElection(request).getServerReply().getSuccess()) {
            LOG.info("{}: stands, since the process of {} has ended", division.getMemberId(), after);
        }
    }
}
