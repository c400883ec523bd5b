package io.thalweg.raft;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.raft.peer.PeerRoads;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
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
    /** A question between nodes: shard i32* -> (shard i32, term and index of the newest entry i64 each)*, of those in which the other has a vote. */
    static final String NEWEST = "newest-of";

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
            return new Candidate(node, newest, EndedLeaders.turn(node, shard));
        }
    }

    /** Whose is greater stands. The hashes of two nodes' names with a shard's number differ by as much for each shard, so they are mixed. */
    static int turn(String node, int shard) {
        return new SplittableRandom((long) node.hashCode() << Integer.SIZE | shard).nextInt();
    }

    /** What another node is answered that asks how far this one's members are. */
    CompletableFuture<ByteBuffer> newest(ByteBuffer asked) {
        BinaryReader in = new BinaryReader(asked);
        BinaryWriter out = new BinaryWriter(asked.remaining() * 5);
        while (in.remaining() > 0) {
            int shard = in.i32();
            RaftGroupId group = ShardGroup.groupId(shard);
            @Nullable RatisConsensus consensus = shards.get(group);
            if (consensus != null && votes.test(group)) {
                try {
                    TermIndex newest = newest(consensus.division());
                    out.i32(shard).i64(newest.getTerm()).i64(newest.getIndex());
                } catch (RuntimeException e) {
                    LOG.debug("{}: is as good as closed", consensus.division().getMemberId(), e);
                }
            }
        }
        return CompletableFuture.completedFuture(out.toByteBuffer());
    }

    private static TermIndex newest(RaftServer.Division division) {
        @Nullable TermIndex newest = division.getRaftLog().getLastEntryTermIndex();
        return newest == null ? TermIndex.INITIAL_VALUE : newest;
    }

    /** The process of a node has ended: has the shards that it led elect others. Does not block. */
    void ended(RaftServer server, String node) {
        Thread.ofVirtual().name("elect-after-" + node).start(() -> electAfter(server, node));
    }

    /** Has members stand that are the farthest of a majority; looks again for a moment, since others may have taken more meanwhile. */
    private void electAfter(RaftServer server, String ended) {
        try {
            for (int i = 0; i < TRIES && !ledBy(ended).isEmpty(); i++) {
                // What the leader sent last is still being taken.
                Thread.sleep(SETTLING_MS);
                List<RatisConsensus> led = ledBy(ended);
                List<Heard> heard = ask(led, ended);
                for (RatisConsensus shard : led) {
                    // One that waits for its disk, or closes, keeps no other from standing.
                    Thread.ofVirtual()
                            .name("elect-" + shard.shard())
                            .start(() -> standIfFarthest(server, shard, heard, ended));
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void standIfFarthest(RaftServer server, RatisConsensus shard, List<Heard> heard, String ended) {
        try {
            if (isFarthest(shard, heard) && isLedBy(shard.division(), ended)) {
                stand(server, shard.division(), ended);
            }
        } catch (IOException | RuntimeException e) {
            LOG.info(
                    "{}: stands not at once after {} has ended",
                    shard.division().getMemberId(),
                    ended,
                    e);
        }
    }

    private List<RatisConsensus> ledBy(String node) {
        return shards.entrySet().stream()
                .filter(each -> votes.test(each.getKey()))
                .map(Map.Entry::getValue)
                .filter(shard -> isLedBy(shard.division(), node))
                .toList();
    }

    private static boolean isLedBy(RaftServer.Division division, String node) {
        DivisionInfo info = division.getInfo();
        return info.isFollower() && node.equals(String.valueOf(info.getLeaderId()));
    }

    /** How far the members on another node are, by shard. */
    private record Heard(String node, Map<Integer, TermIndex> newest) {}

    /** Asks all that have a vote with this node's members. Blocks for a fraction of a second. */
    private List<Heard> ask(List<RatisConsensus> led, String ended) {
        Map<String, BinaryWriter> questions = new TreeMap<>();
        for (RatisConsensus shard : led) {
            for (String voter : voters(shard)) {
                if (!voter.equals(ended) && !voter.equals(self.toString())) {
                    questions.computeIfAbsent(voter, _ -> new BinaryWriter()).i32(shard.shard());
                }
            }
        }
        List<CompletableFuture<Heard>> asked = questions.entrySet().stream()
                .map(each -> roads.ask(each.getKey(), NEWEST, 0, each.getValue().toByteBuffer(), PATIENCE)
                        .thenApply(answer -> new Heard(each.getKey(), decode(answer)))
                        .exceptionally(_ -> new Heard(each.getKey(), Map.of())))
                .toList();
        return asked.stream().map(CompletableFuture::join).toList();
    }

    private static Map<Integer, TermIndex> decode(ByteBuffer answer) {
        Map<Integer, TermIndex> newest = new HashMap<>();
        for (BinaryReader in = new BinaryReader(answer); in.remaining() > 0; ) {
            newest.put(in.i32(), TermIndex.valueOf(in.i64(), in.i64()));
        }
        return newest;
    }

    /** Nobody while the membership changes, or where this node is none of them. */
    private List<String> voters(RatisConsensus shard) {
        RaftConfiguration membership = shard.division().getRaftConf();
        List<String> voters = membership.getCurrentPeers().stream()
                .map(RaftPeer::getId)
                .map(RaftPeerId::toString)
                .toList();
        return membership.getPreviousPeers().isEmpty() && voters.contains(self.toString()) ? voters : List.of();
    }

    /** Whether a majority is there, and none of it farther than this member. */
    private boolean isFarthest(RatisConsensus shard, List<Heard> heard) {
        List<String> voters = voters(shard);
        List<Candidate> others = heard.stream()
                .filter(each -> voters.contains(each.node))
                .flatMap(each -> Optional.ofNullable(each.newest.get(shard.shard())).stream()
                        .map(newest -> Candidate.of(each.node, shard.shard(), newest)))
                .toList();
        Candidate own = Candidate.of(self.toString(), shard.shard(), newest(shard.division()));
        return !voters.isEmpty()
                && others.size() + 1 > voters.size() / 2
                && others.stream().allMatch(other -> Candidate.FARTHEST.compare(own, other) > 0);
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
