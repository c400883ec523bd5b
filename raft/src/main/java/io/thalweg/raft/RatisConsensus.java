package io.thalweg.raft;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.shard.Consensus;
import io.thalweg.shard.Entry;
import io.thalweg.shard.Replica;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.RaftClientAsynchronousProtocol;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.SnapshotManagementRequest;
import org.apache.ratis.protocol.exceptions.ResourceUnavailableException;
import org.apache.ratis.server.DivisionInfo;
import org.apache.ratis.server.RaftServer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One shard's group on this node. Thread-safe.
 *
 * <p><b>Order.</b> {@link #propose} hands the entry to the group itself, in the calling thread and without the client
 * executor of {@link RaftServer#submitClientRequestAsync}: when it returns, the entry has its index, or has failed. So the
 * entries of one thread are ordered as proposed, with as many in flight as the caller likes.
 *
 * <p>Futures complete on the thread that applies: whoever continues there must be quick and must not wait.
 */
public final class RatisConsensus implements Consensus {
    private static final Logger log = LoggerFactory.getLogger(RatisConsensus.class);
    private static final long DRAIN_SECONDS_MAX = 10;
    private static final long SNAPSHOT_MS_MAX = 600_000;

    private final RatisNode node;
    private final ShardGroup group;
    private final Replica replica;
    private final ReplicaStateMachine machine;
    private final RaftServer.Division division;
    private final RaftClientAsynchronousProtocol leader;
    private final ClientId clientId = ClientId.randomId();
    private final AtomicLong callIds = new AtomicLong();
    private final PendingProposals pending;
    private final AtomicBoolean closed = new AtomicBoolean();

    /** @param pending where the futures of proposals are kept, so that a failure of {@code machine} can fail them */
    RatisConsensus(
            RatisNode node,
            ShardGroup group,
            Replica replica,
            ReplicaStateMachine machine,
            RaftServer.Division division,
            PendingProposals pending) {
        this.node = node;
        this.group = group;
        this.replica = replica;
        this.machine = machine;
        this.division = division;
        this.pending = pending;
        if (!(division instanceof RaftClientAsynchronousProtocol direct)) {
            throw new IllegalStateException(division.getClass()
                    + " takes no requests directly; this is not the Ratis it was" + " built against");
        }
        this.leader = direct;
    }

    /**
     * {@inheritDoc}
     *
     * @param entry at least one byte, at most {@link RatisOptions#entryBytesMax}; not changed any more
     */
    @Override
    public CompletableFuture<ByteBuffer> propose(Entry entry) {
        if (entry.length() < 1 || entry.length() > node.options().entryBytesMax()) {
            throw new IllegalArgumentException("an entry of " + entry.length() + " bytes is not in 1.."
                    + node.options().entryBytesMax());
        }
        Proposal proposal = new Proposal(entry);
        if (closed.get() || machine.failure() != null) {
            return CompletableFuture.failedFuture(refusal(proposal, machine.failure()));
        }
        long callId = callIds.incrementAndGet();
        CompletableFuture<ByteBuffer> result = pending.add(callId);
        try {
            CompletableFuture<?> _ = leader.submitClientRequestAsync(request(callId, proposal))
                    .whenComplete((reply, error) -> complete(callId, result, proposal, reply, error));
        } catch (IOException | RuntimeException e) {
            complete(callId, result, proposal, null, e);
        }
        if (machine.failure() != null) { // it may have failed the others before this one was among them
            complete(callId, result, proposal, null, machine.failure());
        }
        return result;
    }

    private RaftClientRequest request(long callId, Proposal proposal) {
        return RaftClientRequest.newBuilder()
                .setClientId(clientId)
                .setServerId(division.getId())
                .setGroupId(group.groupId())
                .setCallId(callId)
                .setMessage(proposal)
                .setType(RaftClientRequest.writeRequestType())
                .build();
    }

    private void complete(
            long callId,
            CompletableFuture<ByteBuffer> result,
            Proposal proposal,
            @Nullable RaftClientReply reply,
            @Nullable Throwable error) {
        pending.remove(callId);
        if (reply != null && reply.isSuccess()) {
            result.complete(reply.getMessage().getContent().asReadOnlyByteBuffer());
        } else {
            result.completeExceptionally(
                    refusal(proposal, error != null || reply == null ? error : reply.getException()));
        }
    }

    private ThalwegException refusal(Proposal proposal, @Nullable Throwable cause) {
        String shard = "shard " + group.shard();
        if (proposal.ordered()) {
            return new ThalwegException(
                    ErrorCode.UNAVAILABLE,
                    shard + " stopped in the middle; the entry may or may not take effect",
                    cause);
        }
        if (machine.failure() != null) {
            return new ThalwegException(ErrorCode.UNAVAILABLE, shard + " has halted: " + cause, cause);
        }
        if (cause instanceof ResourceUnavailableException
                || (cause != null && cause.getCause() instanceof ResourceUnavailableException)) {
            return new ThalwegException(ErrorCode.OVERLOADED, shard + " has too many entries in flight", cause);
        }
        return new ThalwegException(ErrorCode.NOT_LEADER, "this node does not lead " + shard, cause);
    }

    @Override
    public Role role() {
        DivisionInfo info = division.getInfo();
        if (closed.get()
                || machine.failure() != null
                || !info.getLifeCycleState().isRunning()) {
            return Role.STOPPED;
        }
        if (info.isLeader()) {
            return info.isLeaderReady() ? Role.LEADER : Role.CANDIDATE;
        }
        return info.isCandidate() ? Role.CANDIDATE : Role.FOLLOWER;
    }

    @Override
    public CompletableFuture<Long> snapshot() {
        SnapshotManagementRequest request = SnapshotManagementRequest.newCreate(
                clientId, division.getId(), group.groupId(), callIds.incrementAndGet(), SNAPSHOT_MS_MAX, 1);
        return node.server().snapshotManagementAsync(request).thenApply(reply -> {
            if (!reply.isSuccess() || reply.getLogIndex() < 0) {
                throw new CompletionException(new ThalwegException(
                        ErrorCode.UNAVAILABLE,
                        "shard " + group.shard() + " could not take a snapshot; its log says why",
                        reply.getException()));
            }
            return reply.getLogIndex();
        });
    }

    /**
     * Stops taking proposals, waits for those in flight, leaves the group's threads and closes the replica. Blocks. Bodies
     * are forced before Ratis writes the references that it has buffered; what a halted shard had not forced is cut from
     * the Raft log after that.
     */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        awaitPending();
        machine.startClosing();
        if (machine.failure() == null) {
            forceBodies();
        }
        machine.releaseHeldApplies();
        node.remove(group);
        if (machine.failure() != null) {
            try {
                RaftLogInspector.cutBehind(group.current(), machine.flushedIndex());
            } catch (IOException | RuntimeException e) {
                log.error("shard {} may have references without bodies in its raft log", group.shard(), e);
            }
        }
        machine.releaseHeldStores();
        try {
            replica.close();
        } catch (IOException e) {
            log.error("closing the storage of shard {} failed", group.shard(), e);
        }
    }

    private void awaitPending() {
        try {
            pending.all().get(DRAIN_SECONDS_MAX, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            log.debug("a proposal failed while shard {} was closing", group.shard(), e);
        } catch (TimeoutException e) {
            log.warn("shard {} closes with {} entries in flight", group.shard(), pending.size());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void forceBodies() {
        try {
            replica.flush(machine.writtenIndex()).join();
        } catch (RuntimeException e) {
            machine.fail(new IOException("the last flush of shard " + group.shard() + " failed", e));
        }
    }

    /** Completes when this node first leads the group and takes proposals. */
    CompletableFuture<Role> leading() {
        return machine.leading();
    }

    RaftServer.Division division() {
        return division;
    }
}
