package io.thalweg.raft;

import io.thalweg.model.MalformedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Set;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto.AppendResult;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.thirdparty.io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import org.apache.ratis.thirdparty.io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import org.apache.ratis.thirdparty.io.grpc.Metadata;
import org.apache.ratis.thirdparty.io.grpc.ServerCall;
import org.apache.ratis.thirdparty.io.grpc.ServerCallHandler;
import org.apache.ratis.thirdparty.io.grpc.ServerInterceptor;
import org.apache.ratis.thirdparty.io.grpc.Status;

/**
 * Stands before what Ratis serves to other nodes, and lets through what should come in:
 *
 * <ul>
 *   <li>what members say to each other, asking for copies, and what nodes ask each other; not Ratis' doors for clients and administrators, which are ours inside
 *       this process alone;
 *   <li>entries whose body is the one that was proposed: a wrong one is refused before it is stored and acknowledged;
 *   <li>no question for a vote to a member that is on {@link Probation}.
 * </ul>
 *
 * <p>On the way out it sees to it that a member notes what it has before it acknowledges it ({@link ForcedNote}).
 */
final class PeerGate implements ServerInterceptor {
    private static final Set<String> SERVICES =
            Set.of("ratis.grpc.RaftServerProtocolService", "thalweg.Copies", PeerCalls.SERVICE);

    /** The members of groups that this node has. */
    interface Members {
        /** Whether the member may vote. */
        boolean votes(RaftGroupId group);

        /** The member is about to acknowledge entries. What is thrown keeps it from that. */
        void acknowledges(RaftGroupId group) throws IOException;
    }

    private final Members members;

    PeerGate(Members members) {
        this.members = members;
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        if (!SERVICES.contains(String.valueOf(call.getMethodDescriptor().getServiceName()))) {
            call.close(Status.PERMISSION_DENIED.withDescription("this port is for members of groups"), new Metadata());
            return new ServerCall.Listener<>() {};
        }
        return new SimpleForwardingServerCallListener<>(next.startCall(new Outgoing<>(call), headers)) {
            private boolean refused;

            @Override
            public void onMessage(Q message) {
                if (refused) {
                    return;
                }
                try {
                    check(message);
                } catch (MalformedException e) {
                    refused = true;
                    call.close(Status.DATA_LOSS.withDescription(e.getMessage()), new Metadata());
                    return;
                }
                super.onMessage(message);
            }

            @Override
            public void onHalfClose() {
                if (!refused) {
                    super.onHalfClose();
                }
            }
        };
    }

    private final class Outgoing<Q, A> extends SimpleForwardingServerCall<Q, A> {
        Outgoing(ServerCall<Q, A> call) {
            super(call);
        }

        @Override
        public void sendMessage(A message) {
            if (message instanceof AppendEntriesReplyProto reply && reply.getResult() == AppendResult.SUCCESS) {
                RaftGroupId group = RaftGroupId.valueOf(
                        reply.getServerReply().getRaftGroupId().getId());
                try {
                    members.acknowledges(group);
                } catch (IOException e) {
                    throw new UncheckedIOException("what is forced of " + group + " was not noted", e);
                }
            }
            super.sendMessage(message);
        }
    }

    private void check(Object message) {
        switch (message) {
            case AppendEntriesRequestProto append -> {
                for (LogEntryProto entry : append.getEntriesList()) {
                    if (entry.hasStateMachineLogEntry()) {
                        EntryForm.check(entry);
                    }
                }
            }
            case RequestVoteRequestProto request -> mayVote(request.getServerRequest());
            case StartLeaderElectionRequestProto request -> mayVote(request.getServerRequest());
            default -> {}
        }
    }

    private void mayVote(RaftRpcRequestProto request) {
        RaftGroupId group = RaftGroupId.valueOf(request.getRaftGroupId().getId());
        if (!members.votes(group)) {
            throw new MalformedException("this member of " + group + " is on probation, and has no vote");
        }
    }
}
