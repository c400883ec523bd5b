package io.thalweg.raft;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Collection;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotReplyProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteReplyProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionReplyProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.rpc.RpcType;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerRpc;
import org.apache.ratis.server.ServerFactory;

/**
 * The transport of a node that is alone: none. It opens no port, which nobody could guard, and loads nothing of gRPC, which
 * is most of the time that Ratis needs to start. Ratis makes one by its class name.
 */
public final class NoWire implements RpcType {

    /** The class, because Ratis looks a transport up by it. */
    @Override
    public String name() {
        return NoWire.class.getName();
    }

    @Override
    public ServerFactory newFactory(Parameters parameters) {
        return new ServerFactory() {
            @Override
            public RpcType getRpcType() {
                return NoWire.this;
            }

            @Override
            public RaftServerRpc newRaftServerRpc(RaftServer server) {
                return new Silence(NoWire.this);
            }
        };
    }

    private record Silence(RpcType type) implements RaftServerRpc {
        private static final InetSocketAddress NOWHERE = InetSocketAddress.createUnresolved("127.0.0.1", 0);

        @Override
        public RpcType getRpcType() {
            return type;
        }

        @Override
        public void start() {}

        @Override
        public InetSocketAddress getInetSocketAddress() {
            return NOWHERE;
        }

        @Override
        public void addRaftPeers(Collection<RaftPeer> peers) {}

        @Override
        public void handleException(RaftPeerId peer, Exception e, boolean reconnect) {}

        @Override
        public RequestVoteReplyProto requestVote(RequestVoteRequestProto request) throws IOException {
            throw alone();
        }

        @Override
        public AppendEntriesReplyProto appendEntries(AppendEntriesRequestProto request) throws IOException {
            throw alone();
        }

        @Override
        public InstallSnapshotReplyProto installSnapshot(InstallSnapshotRequestProto request) throws IOException {
            throw alone();
        }

        @Override
        public StartLeaderElectionReplyProto startLeaderElection(StartLeaderElectionRequestProto request)
                throws IOException {
            throw alone();
        }

        @Override
        public void close() {}

        private static IOException alone() {
            return new IOException("this node runs without a wire; give it an address to join others");
        }
    }
}
