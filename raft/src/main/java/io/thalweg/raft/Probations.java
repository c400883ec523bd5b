package io.thalweg.raft;

import io.thalweg.raft.peer.Member;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.LeaderElectionManagementRequest;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftGroupId;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This node's members on {@link Probation}: they have no vote and stand for none, and somebody has a later term brought about for each of them, as long as it is
 * open. Thread-safe.
 */
final class Probations {
    private static final Logger LOG = LoggerFactory.getLogger(Probations.class);

    /** A member asks for a later term this seldom at last. */
    private static final Duration RENEW_PAUSE_MAX = Duration.ofMinutes(1);

    /** @param seeker who has a later term brought about; null before the member is open */
    private record Kept(Probation probation, @Nullable Thread seeker) {}

    private final RatisNode node;
    private final ClientId clientId = ClientId.randomId();
    private final AtomicLong callIds = new AtomicLong();
    private final Map<RaftGroupId, Kept> all = new ConcurrentHashMap<>();

    Probations(RatisNode node) {
        this.node = node;
    }

    boolean has(RaftGroupId group) {
        return all.containsKey(group);
    }

    /** A member that is about to be opened has no vote. */
    void begin(ShardGroup group) {
        all.put(group.groupId(), new Kept(new Probation(group.directory()), null));
    }

    /** It is open now, and waits before it stands for the first time. */
    void opened(ShardGroup group, RatisConsensus consensus) throws IOException {
        standNoElection(group, true);
        Thread seeker = Thread.ofVirtual().name("probation-" + group.shard()).unstarted(() -> seek(group, consensus));
        if (all.computeIfPresent(group.groupId(), (_, kept) -> new Kept(kept.probation, seeker)) == null) {
            standNoElection(group, false); // It is whole already.
        } else {
            seeker.start();
        }
    }

    private void standNoElection(ShardGroup group, boolean pause) throws IOException {
        long callId = callIds.incrementAndGet();
        RaftClientReply reply = node.server()
                .leaderElectionManagement(
                        pause
                                ? LeaderElectionManagementRequest.newPause(
                                        clientId, node.server().getId(), group.groupId(), callId)
                                : LeaderElectionManagementRequest.newResume(
                                        clientId, node.server().getId(), group.groupId(), callId));
        if (!reply.isSuccess()) {
            throw new IOException(
                    "Ratis did not " + (pause ? "keep" : "let") + " shard " + group.shard() + " from elections",
                    reply.getException());
        }
    }

    /**
     * Has the leader bring about a later term, again and again while this member has all but that: ever less often, for each time the group is
     * without a leader for a moment.
     */
    private void seek(ShardGroup group, RatisConsensus consensus) {
        LOG.warn("shard {} has lost what it may have acknowledged: it does not vote before it is whole", group.shard());
        Duration pause = node.options().electionMax();
        try {
            while (has(group.groupId())) {
                Thread.sleep(pause);
                Optional<Member> leader = consensus.leader();
                if (leader.isPresent() && consensus.hasCaughtUp()) {
                    pause = pause.multipliedBy(2).compareTo(RENEW_PAUSE_MAX) < 0
                            ? pause.multipliedBy(2)
                            : RENEW_PAUSE_MAX;
                    try {
                        Copies.renew(
                                node.roads(),
                                leader.get().id(),
                                group.shard(),
                                node.options().self().id());
                    } catch (IOException e) {
                        LOG.info("shard {}: {}", group.shard(), e.getMessage());
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The member has applied something of a later term: it is whole. */
    void end(ShardGroup group) {
        Kept kept = all.get(group.groupId());
        if (kept != null) {
            try {
                kept.probation.end();
                closed(group);
                standNoElection(group, false);
                LOG.info("shard {} is whole again, and votes", group.shard());
            } catch (IOException e) {
                LOG.error("shard {} is whole, but stays without a vote until its next start", group.shard(), e);
            }
        }
    }

    /** The member is no more; the next of the group here, if there is one, has its own. */
    void closed(ShardGroup group) {
        Kept kept = all.remove(group.groupId());
        if (kept != null && kept.seeker != null) {
            kept.seeker.interrupt();
        }
    }

    /** Who has a later term brought about for a member. */
    Optional<Thread> seeker(ShardGroup group) {
        return Optional.ofNullable(all.get(group.groupId())).map(Kept::seeker);
    }
}
