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

    private static final class Appender extends GrpcLogAppender {
        Appender(RaftServer.Division server, LeaderState leader, FollowerInfo follower) {
            super(server, leader, follower);
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
