package io.thalweg.raft.peer;

import io.thalweg.model.MalformedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Set;
import javax.net.ssl.SSLSession;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto.AppendResult;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.ReadIndexRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.thirdparty.io.grpc.Context;
import org.apache.ratis.thirdparty.io.grpc.Contexts;
import org.apache.ratis.thirdparty.io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import org.apache.ratis.thirdparty.io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import org.apache.ratis.thirdparty.io.grpc.Grpc;
import org.apache.ratis.thirdparty.io.grpc.Metadata;
import org.apache.ratis.thirdparty.io.grpc.ServerCall;
import org.apache.ratis.thirdparty.io.grpc.ServerCallHandler;
import org.apache.ratis.thirdparty.io.grpc.ServerInterceptor;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.jspecify.annotations.Nullable;

/**
 * Stands before what Ratis serves to other nodes, and lets through what should come in:
 *
 * <ul>
 *   <li>what is meant for this node, and comes from whom it says it does. A node may be looked for at an address at which another is by now; what that
 *       one answered would count as the answer of the one that was meant, and two acknowledgements of one node as those of two;
 *   <li>what members say to each other, asking for copies, and what nodes ask each other; not Ratis' doors for clients and administrators, which are ours inside
 *       this process alone;
 *   <li>entries whose body is the one that was proposed: a wrong one is refused before it is stored and acknowledged;
 *   <li>no question for a vote to a member that has none ({@link GroupMembers#votes}).
 * </ul>
 *
 * <p>On the way in it hears how far the group is, which Ratis tells a member only up to where the member is itself. On the way out it sees to it that a member
 * notes what it has before it acknowledges it ({@link GroupMembers#acknowledges}).
 */
final class PeerGate implements ServerInterceptor {
    private static final Set<String> SERVICES =
            Set.of("ratis.grpc.RaftServerProtocolService", "thalweg.Copies", PeerCalls.SERVICE);

    /** In each call of our own: id of the node that calls. Ratis' messages have that in themselves. */
    static final Metadata.Key<String> CALLER = Metadata.Key.of("thalweg-caller", Metadata.ASCII_STRING_MARSHALLER);

    /** In each call of our own: id of the node that is meant. */
    static final Metadata.Key<String> MEANT = Metadata.Key.of("thalweg-meant", Metadata.ASCII_STRING_MARSHALLER);

    /** Who calls, as far as its certificate tells, while a call of our own is answered; null when it did not say. */
    static final Context.Key<String> CALLING = Context.key("thalweg-calling");

    /** Another node is here than the one that a call means; nobody else answers so. */
    static final Status ELSEWHERE = Status.FAILED_PRECONDITION;

    private final String self;
    private final PeerIdentity identity;
    private final GroupMembers members;
    private final Departures departures;

    /** @param self id of this node */
    PeerGate(String self, PeerIdentity identity, GroupMembers members, Departures departures) {
        this.self = self;
        this.identity = identity;
        this.members = members;
        this.departures = departures;
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        if (!SERVICES.contains(String.valueOf(call.getMethodDescriptor().getServiceName()))) {
            return refuse(call, Status.PERMISSION_DENIED.withDescription("this port is for members of groups"));
        }
        @Nullable SSLSession session = call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
        @Nullable String meant = headers.get(MEANT);
        @Nullable String caller = headers.get(CALLER);
        if (meant != null && !meant.equals(self)) {
            return refuse(call, ELSEWHERE.withDescription("node " + self + " is here, and not " + meant));
        }
        if (caller != null && !identity.is(caller, session)) {
            return refuse(call, Status.PERMISSION_DENIED.withDescription(notWho(caller)));
        }
        if (caller != null) {
            departures.isFrom(call, caller);
        }
        Context calling = Context.current().withValue(CALLING, caller);
        return new SimpleForwardingServerCallListener<>(
                Contexts.interceptCall(calling, new Outgoing<>(call), headers, next)) {
            private boolean refused;

            @Override
            public void onMessage(Q message) {
                if (refused) {
                    return;
                }
                try {
                    check(message, call, session);
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

    private static <Q, A> ServerCall.Listener<Q> refuse(ServerCall<Q, A> call, Status why) {
        call.close(why, new Metadata());
        return new ServerCall.Listener<>() {};
    }

    private static String notWho(String caller) {
        return "who calls says that it is node " + caller + ", and its certificate is for another";
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

    private void check(Object message, ServerCall<?, ?> call, @Nullable SSLSession session) {
        switch (message) {
            case AppendEntriesRequestProto append -> {
                requireParties(append.getServerRequest(), session);
                departures.isFrom(
                        call, append.getServerRequest().getRequestorId().toStringUtf8());
                members.hears(
                        RaftGroupId.valueOf(
                                append.getServerRequest().getRaftGroupId().getId()),
                        append.getLeaderCommit());
                for (LogEntryProto entry : append.getEntriesList()) {
                    if (entry.hasStateMachineLogEntry()) {
                        members.requireWhole(entry);
                    } else if (entry.hasConfigurationEntry()) {
                        members.meets(entry.getConfigurationEntry());
                    }
                }
            }
            case InstallSnapshotRequestProto install -> {
                requireParties(install.getServerRequest(), session);
                if (install.hasLastRaftConfigurationLogEntryProto()) {
                    members.meets(
                            install.getLastRaftConfigurationLogEntryProto().getConfigurationEntry());
                }
            }
            case RequestVoteRequestProto request -> {
                requireParties(request.getServerRequest(), session);
                mayVote(request.getServerRequest());
            }
            case StartLeaderElectionRequestProto request -> {
                requireParties(request.getServerRequest(), session);
                mayVote(request.getServerRequest());
            }
            case ReadIndexRequestProto request -> requireParties(request.getServerRequest(), session);
            default -> {}
        }
    }

    /** What Ratis says is meant for this node, and from whom it says. */
    private void requireParties(RaftRpcRequestProto request, @Nullable SSLSession session) {
        String meant = request.getReplyId().toStringUtf8();
        if (!meant.equals(self)) {
            throw new MalformedException("node " + self + " is here, and not " + meant);
        }
        String caller = request.getRequestorId().toStringUtf8();
        if (!identity.is(caller, session)) {
            throw new MalformedException(notWho(caller));
        }
    }

    private void mayVote(RaftRpcRequestProto request) {
        RaftGroupId group = RaftGroupId.valueOf(request.getRaftGroupId().getId());
        if (!members.votes(group)) {
            throw new MalformedException("this member of " + group + " is on probation, and has no vote");
        }
    }
}
