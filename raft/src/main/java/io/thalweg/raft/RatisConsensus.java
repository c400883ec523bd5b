package io.thalweg.raft;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.ports.clock.Clock;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.Disk;
import io.thalweg.raft.peer.Member;
import io.thalweg.shard.Consensus;
import io.thalweg.shard.Entry;
import io.thalweg.shard.Replica;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
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
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.SetConfigurationRequest;
import org.apache.ratis.protocol.SnapshotManagementRequest;
import org.apache.ratis.protocol.TransferLeadershipRequest;
import org.apache.ratis.protocol.exceptions.NotLeaderException;
import org.apache.ratis.protocol.exceptions.ResourceUnavailableException;
import org.apache.ratis.server.DivisionInfo;
import org.apache.ratis.server.RaftConfiguration;
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
 *
 * <p><b>A replica that halts leaves the group</b> on this node: it hands leadership to another, if it leads, and then neither votes
 * nor answers, so that the others go on without it. Its files stay, and the next start of the shard joins again.
 */
public final class RatisConsensus implements Consensus {
    private static final Logger LOG = LoggerFactory.getLogger(RatisConsensus.class);
    private static final long DRAIN_SECONDS_MAX = 10;
    private static final long SNAPSHOT_MS_MAX = 600_000;
    private static final long TRANSFER_MS_MAX = 5_000;
    private static final long HAND_OVER_MS_MAX = 500;

    /** Entries that whoever is to lead may still have to apply: a moment's worth. */
    private static final long UNAPPLIED_MAX = 64;

    private static final long CHANGE_MS_MAX = 600_000;

    private final RatisNode node;
    private final ShardGroup group;
    private final Replica replica;
    private final ReplicaStateMachine machine;
    private final RaftServer.Division division;
    private final RaftClientAsynchronousProtocol leader;
    private final ClientId clientId = ClientId.randomId();
    private final AtomicLong callIds = new AtomicLong();
    private final PendingProposals pending;
    private final Comparison comparison;
    private volatile @Nullable Known membership;
    private volatile boolean timeKnown;

    private final AtomicBoolean closed = new AtomicBoolean();
    private final AtomicBoolean forcing = new AtomicBoolean();
    private final AtomicBoolean left = new AtomicBoolean();

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
        comparison = new Comparison(
                group.shard(),
                node.options().self().id(),
                replica::digests,
                this::voters,
                member -> node.digests(member, group.shard()),
                machine::fail,
                node.options().clock()::monotonicNs);
    }

    // ---- entries

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
        if (!knowsTheTime()) {
            return CompletableFuture.failedFuture(notLeader(null));
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
        return notLeader(cause);
    }

    private ThalwegException notLeader(@Nullable Throwable cause) {
        return new ThalwegException(ErrorCode.NOT_LEADER, "this node does not lead shard " + group.shard(), cause);
    }

    @Override
    public CompletableFuture<Long> snapshot() {
        SnapshotManagementRequest request = SnapshotManagementRequest.newCreate(
                clientId, division.getId(), group.groupId(), callIds.incrementAndGet(), SNAPSHOT_MS_MAX, 1);
        return node.server().snapshotManagementAsync(request).thenApply(reply -> {
            long covered = machine.covered().index();
            // What Ratis says is how much of its log may go.
            boolean failed = reply.getLogIndex() < 0 && machine.released().index() >= 0;
            if (!reply.isSuccess() || failed || covered < 0 || machine.failure() != null) {
                throw new CompletionException(new ThalwegException(
                        ErrorCode.UNAVAILABLE,
                        "shard " + group.shard() + " could not take a snapshot; its log says why",
                        reply.getException()));
            }
            return covered;
        });
    }

    @Override
    public CompletableFuture<Long> forget() {
        machine.letTailGo();
        return snapshot();
    }

    @Override
    public int fileBytes() {
        return RatisProperties.SEGMENT_BYTES;
    }

    /** {@inheritDoc} This node's own is the one that it was opened with. */
    @Override
    public long stampNs(Clock own) {
        return node.roads().clocks().stampNs(voters());
    }

    /**
     * Whether a majority's clocks are known, or were once in this life. A leader takes nothing before: it could not tell whether its own
     * clock is right.
     */
    private boolean knowsTheTime() {
        if (!timeKnown) {
            List<Member> voters = voters();
            timeKnown = node.roads().clocks().knowTheTime(voters);
            if (!timeKnown) {
                node.roads().clocks().ask(voters);
            }
        }
        return timeKnown;
    }

    /** As {@link #members}, read anew only when the membership is another. */
    private List<Member> voters() {
        RaftConfiguration now = division.getRaftConf();
        Known known = membership;
        if (known == null || !known.configuration.equals(now)) {
            known = new Known(
                    now, now.getCurrentPeers().stream().map(Member::of).toList());
            membership = known;
        }
        return known.voters;
    }

    private record Known(RaftConfiguration configuration, List<Member> voters) {}

    /**
     * Twice a second others are asked for their clocks, and for what they have come to with the same entries; and what is noted is made to survive a loss of
     * power, on a thread of its own.
     */
    @Override
    public void housekeep() {
        node.roads().clocks().ask(voters());
        comparison.step();
        if (!forcing.compareAndSet(false, true)) {
            return;
        }
        Thread.ofVirtual().name("note-" + group.shard()).start(() -> {
            try {
                machine.forceNote();
            } catch (ClosedChannelException _) {
                // The member left its group in between.
            } catch (IOException e) {
                machine.fail(new IOException("forcing the note of what is forced failed", e));
            } finally {
                forcing.set(false);
            }
        });
    }

    @Override
    public boolean keeps(Path file) {
        return file.startsWith(group.current());
    }

    @Override
    public List<Path> restingFiles() throws IOException {
        return RaftLogInspector.closed(group.current());
    }

    /** {@inheritDoc} A follower that takes entries back cuts files that were closed: what looks wrong is looked at a second time. */
    @Override
    public void requireSound(Path file, Disk through) throws IOException {
        try {
            RaftLogInspector.requireWhole(file, through);
        } catch (CorruptionException _) {
            RaftLogInspector.requireWhole(file, through);
        }
    }

    // ---- the group

    int shard() {
        return group.shard();
    }

    @Override
    public Standing standing() {
        DivisionInfo info = division.getInfo();
        Optional<String> known = Optional.ofNullable(info.getLeaderId()).map(RaftPeerId::toString);
        return new Standing(role(info), known, info.getCurrentTerm(), committed());
    }

    /** Of the group as far as this node has heard, whether it has that itself or not. */
    private long committed() {
        return Math.max(division.getRaftLog().getLastCommittedIndex(), machine.heardCommitted());
    }

    private Role role(DivisionInfo info) {
        if (closed.get()
                || machine.failure() != null
                || !info.getLifeCycleState().isRunning()) {
            return Role.STOPPED;
        }
        if (info.isLeader()) {
            return info.isLeaderReady() && knowsTheTime() ? Role.LEADER : Role.CANDIDATE;
        }
        // One on probation has no vote, and counts for nobody.
        return info.isCandidate() || node.isOnProbation(group) ? Role.CANDIDATE : Role.FOLLOWER;
    }

    /** {@inheritDoc} Refused at once when the other has much to apply before it could answer anything (RATIS-2311). */
    @Override
    public CompletableFuture<Void> transfer(String member) {
        Optional<Member> other =
                members().stream().filter(voter -> voter.id().equals(member)).findFirst();
        if (other.isEmpty() || member.equals(node.options().self().id())) {
            return transfer(member, TRANSFER_MS_MAX);
        }
        return node.applied(other.get(), group.shard()).thenCompose(applied -> {
            long lacks = machine.getLastAppliedTermIndex().getIndex() - applied;
            return lacks > UNAPPLIED_MAX
                    ? CompletableFuture.failedFuture(new ThalwegException(
                            ErrorCode.UNAVAILABLE,
                            "node " + member + " has still " + lacks + " entries to apply before it could take over"))
                    : transfer(member, TRANSFER_MS_MAX);
        });
    }

    private CompletableFuture<Void> transfer(String member, long msMax) {
        if (members().stream().noneMatch(voter -> voter.id().equals(member))) {
            return CompletableFuture.failedFuture(new ThalwegException(
                    ErrorCode.INVALID_REQUEST, "node " + member + " is no voter of shard " + group.shard()));
        }
        try {
            return node.server()
                    .transferLeadershipAsync(new TransferLeadershipRequest(
                            clientId,
                            division.getId(),
                            group.groupId(),
                            callIds.incrementAndGet(),
                            RaftPeerId.valueOf(member),
                            msMax))
                    .thenAccept(reply -> requireDone(reply, "node " + member + " did not take over"));
        } catch (IOException e) {
            return CompletableFuture.failedFuture(notLeader(e));
        }
    }

    private void requireDone(RaftClientReply reply, String otherwise) {
        if (!reply.isSuccess()) {
            throw reply.getException() instanceof NotLeaderException e
                    ? notLeader(e)
                    : new ThalwegException(
                            ErrorCode.UNAVAILABLE,
                            otherwise + ": " + reply.getException().getMessage(),
                            reply.getException());
        }
    }

    /** Who belongs to the group by the newest membership that this node has, committed or not. */
    public List<Member> members() {
        return division.getRaftConf().getAllPeers().stream().map(Member::of).toList();
    }

    /** As {@link #members}; empty while one membership follows another, and the one before still counts. */
    public Optional<List<Member>> settled() {
        RaftConfiguration now = division.getRaftConf();
        return now.getPreviousPeers().isEmpty()
                ? Optional.of(now.getAllPeers().stream().map(Member::of).toList())
                : Optional.empty();
    }

    /**
     * As {@link #change(List)}, if the group is what the caller saw; {@code UNAVAILABLE} when it is another by now.
     *
     * @param from who belonged to it
     */
    public CompletableFuture<Void> change(List<Member> from, List<Member> wanted) {
        node.meet(wanted);
        return change(SetConfigurationRequest.Arguments.newBuilder()
                .setMode(SetConfigurationRequest.Mode.COMPARE_AND_SET)
                .setServersInCurrentConf(from.stream().map(Member::peer).toList())
                .setServersInNewConf(wanted.stream().map(Member::peer).toList())
                .build());
    }

    /**
     * Changes who belongs to the group. A new member learns first: it gets everything and is not counted before it has caught up, and
     * only then the new membership holds. Completes when that is committed; exceptionally with {@code NOT_LEADER}, or with {@code
     * UNAVAILABLE} when it was refused (another change is under way, a majority would be replaced at once) or not done in time. A new
     * member's node must have opened the shard before, with an empty list of members.
     */
    public CompletableFuture<Void> change(List<Member> wanted) {
        node.meet(wanted);
        return change(SetConfigurationRequest.Arguments.newBuilder()
                .setServersInNewConf(wanted.stream().map(Member::peer).toList())
                .build());
    }

    private CompletableFuture<Void> change(SetConfigurationRequest.Arguments arguments) {
        try {
            return node.server()
                    .setConfigurationAsync(new SetConfigurationRequest(
                            clientId, division.getId(), group.groupId(), callIds.incrementAndGet(), arguments))
                    .orTimeout(CHANGE_MS_MAX, TimeUnit.MILLISECONDS)
                    .thenAccept(reply -> requireDone(reply, "the membership was not changed"))
                    .exceptionallyCompose(failure -> CompletableFuture.failedFuture(unchanged(failure)));
        } catch (IOException e) {
            return CompletableFuture.failedFuture(unchanged(e));
        }
    }

    private ThalwegException unchanged(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof ThalwegException known) {
            return known;
        }
        return cause instanceof NotLeaderException
                ? notLeader(cause)
                : new ThalwegException(
                        ErrorCode.UNAVAILABLE, "the membership was not changed: " + cause.getMessage(), cause);
    }

    /** Who leads, as far as this node knows; never this node itself. */
    Optional<Member> leader() {
        RaftPeerId known = division.getInfo().getLeaderId();
        return members().stream()
                .filter(member -> known != null && member.id().equals(known.toString()))
                .filter(member -> !member.id().equals(node.options().self().id()))
                .findFirst();
    }

    /** Whether what this member has applied is all of the group's, but for a moment's worth. */
    boolean hasCaughtUp() {
        return committed() - division.getInfo().getLastAppliedIndex() <= UNAPPLIED_MAX;
    }

    // ---- the end

    /** {@inheritDoc} The replica knows already; what Ratis would still apply is held. */
    @Override
    public void halted(Throwable cause) {
        machine.fail(cause);
    }

    /** The replica has failed: fails what is under way, and takes this node out of the group, on a thread of its own. */
    void leaveHalted(Throwable cause) {
        pending.failAll(cause);
        Thread.ofVirtual().name("leave-" + group.shard()).start(this::leave);
    }

    private void leave() {
        if (division.getInfo().isLeader()) {
            handOver();
        }
        remove();
    }

    /** Has any but {@code member} lead, in a later term; does nothing when this node does not lead, or nobody else can. */
    void renew(String member) {
        if (division.getInfo().isLeader()) {
            for (Member other : members()) {
                if (!other.id().equals(node.options().self().id())
                        && !other.id().equals(member)) {
                    var _ = transfer(other.id()).exceptionally(e -> {
                        LOG.info("shard {}: {} does not take over: {}", group.shard(), other.id(), e.getMessage());
                        return null;
                    });
                    return;
                }
            }
        }
    }

    /** Tries the others in turn, for they would have to wait for their election timeout otherwise. */
    private void handOver() {
        for (Member other : members()) {
            if (!other.id().equals(node.options().self().id())) {
                try {
                    transfer(other.id(), HAND_OVER_MS_MAX).get(2 * HAND_OVER_MS_MAX, TimeUnit.MILLISECONDS);
                    return;
                } catch (ExecutionException | TimeoutException e) {
                    LOG.warn("shard {} halts, and {} does not take over", group.shard(), other.id(), e);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return;
                }
            }
        }
    }

    /** Whoever comes second waits for the first. */
    private void remove() {
        synchronized (left) {
            if (left.compareAndSet(false, true)) {
                machine.startClosing();
                machine.releaseHeld();
                node.remove(group);
            }
        }
    }

    /** Stops taking proposals, waits for those in flight, leaves the group's threads and closes the replica. Blocks. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        awaitPending();
        remove();
        try {
            replica.close();
        } catch (IOException e) {
            LOG.error("closing the storage of shard {} failed", group.shard(), e);
        }
    }

    private void awaitPending() {
        try {
            pending.all().get(DRAIN_SECONDS_MAX, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            LOG.debug("a proposal failed while shard {} was closing", group.shard(), e);
        } catch (TimeoutException e) {
            LOG.warn("shard {} closes with {} entries in flight", group.shard(), pending.size());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
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
