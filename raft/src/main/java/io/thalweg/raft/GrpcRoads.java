package io.thalweg.raft;

import org.apache.ratis.conf.Parameters;
import org.apache.ratis.grpc.GrpcFactory;
import org.apache.ratis.grpc.server.GrpcLogAppender;
import org.apache.ratis.rpc.RpcFactory;
import org.apache.ratis.rpc.RpcType;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.leader.FollowerInfo;
import org.apache.ratis.server.leader.LeaderState;
import org.apache.ratis.server.leader.LogAppender;

/**
 * Ratis' gRPC transport with one fault of 3.3.0 mended (RATIS-2500): a follower whose next entry is the first that the leader's log
 * still has was told for ever to install a snapshot, which it had, unless the leader's newest snapshot ended exactly there. A follower says what its
 * snapshot covers when it declines; what follows that needs no entry before it to be compared with, for a snapshot covers committed entries alone.
 *
 * <p>Ratis makes one by its class' name, which is why it is public.
 */
public final class GrpcRoads implements RpcType {
    /** In the names of the threads that send entries to followers. */
    static final String APPENDER = Appender.class.getSimpleName();

    @Override
    public String name() {
        return GrpcRoads.class.getName();
    }

    @Override
    public RpcFactory newFactory(Parameters parameters) {
        return new GrpcFactory(parameters) {
            @Override
            public LogAppender newLogAppender(RaftServer.Division server, LeaderState leader, FollowerInfo follower) {
                return new Appender(server, leader, follower);
            }
        };
    }

    /** After so long without an answer a follower is away. */
    private static final long AWAY_MS = 1_000;

    private static final long AWAY_PAUSE_MS = 20;

    private static final class Appender extends GrpcLogAppender {
        Appender(RaftServer.Division server, LeaderState leader, FollowerInfo follower) {
            super(server, leader, follower);
        }

        /** Ratis looks after a follower that is away without any pause, for as long as a minute. */
        @Override
        public long getWaitTimeMs() {
            boolean away = getFollower().getLastRpcResponseTime().elapsedTimeMs() > AWAY_MS;
            return away ? Math.max(super.getWaitTimeMs(), AWAY_PAUSE_MS) : super.getWaitTimeMs();
        }

        @Override
        public boolean shouldInstallSnapshot(boolean notification) {
            return super.shouldInstallSnapshot(notification) && !canGoOnFromItsSnapshot();
        }

        /** A member that is only just joining is told to install one once, whatever its next entry is. */
        private boolean canGoOnFromItsSnapshot() {
            FollowerInfo follower = getFollower();
            long next = follower.getNextIndex();
            return next > 0
                    && next == getRaftLog().getStartIndex()
                    && next == follower.getSnapshotIndex() + 1
                    && (follower.hasAttemptedToInstallSnapshot()
                            || !getLeaderState().isFollowerBootstrapping(follower));
        }
    }
}
