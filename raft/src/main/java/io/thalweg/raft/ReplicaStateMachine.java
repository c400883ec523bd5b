package io.thalweg.raft;

import io.thalweg.ports.fault.FaultDoor;
import io.thalweg.raft.peer.PeerRoads;
import io.thalweg.shard.Consensus;
import io.thalweg.shard.CopyIn;
import io.thalweg.shard.Entry;
import io.thalweg.shard.Replica;
import io.thalweg.shard.Replica.Position;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RoleInfoProto;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftGroupMemberId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.storage.FileInfo;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.SnapshotInfo;
import org.apache.ratis.statemachine.SnapshotRetentionPolicy;
import org.apache.ratis.statemachine.StateMachineStorage;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.apache.ratis.util.LifeCycle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Drives a {@link Replica} as Ratis' state machine. Ratis calls {@link #applyTransaction}, {@link #notifyTermIndexUpdated} and {@link
 * #takeSnapshot} from its updater thread, in order.
 *
 * <p><b>Failure freezes.</b> Ratis takes a failed apply for an answer like any other and goes on with the next entry. So it does not
 * learn of one: nothing more is applied or answered, the replica is told, and {@link RatisConsensus} takes this node out of the group.
 * {@link #releaseHeld} lets the threads go that wait then.
 */
final class ReplicaStateMachine extends BaseStateMachine {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicaStateMachine.class);

    /** Who asks anew whether there is a copy leaves so much time. */
    private static final long NO_COPY_NS = TimeUnit.MILLISECONDS.toNanos(500);

    /** How long a leader has to say that it keeps its log. */
    private static final Duration KEEPS = Duration.ofSeconds(5);

    /** How long it goes on trying before the leader hears that there is none. */
    private static final long TRIES_NS = TimeUnit.SECONDS.toNanos(30);

    private final Replica replica;
    private final String name;
    private final RaftDirectory directory;
    private final ForcedNote forced;
    private final LongConsumer onTerm;
    private final Consumer<Throwable> onFailure;
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final CompletableFuture<Consensus.Role> leading = new CompletableFuture<>();
    private final HeldFutures held = new HeldFutures();
    /** What the replica's newest snapshot covers. */
    private volatile Position covered;

    /** What Ratis was told that it covers, which is less: it lets its log go up to there. Never goes back, but for a copy. */
    private volatile Position released;

    private final LogTail tail;

    /** Whether the log's tail goes, too, when Ratis asks for a snapshot next. */
    private final AtomicBoolean letsTailGo = new AtomicBoolean();

    private volatile boolean closing;

    /** Set by {@link #initialize}, and with it what the division is found by. */
    private volatile @Nullable RaftServer server;

    private volatile RaftGroupId group = RaftGroupId.emptyGroupId();
    private volatile RaftServer.@Nullable Division division;

    /** What leaders said that they have committed. */
    private final AtomicLong committed = new AtomicLong(-1);

    /** Of what was applied in this run; the updater's. */
    private long newestTerm = -1;

    /** A copy that is to be put in place: Ratis was told of it. */
    private volatile @Nullable CopyIn due;

    private final CopyTaker copies;

    /** What a leader that told of its log waits for. */
    private volatile @Nullable CompletableFuture<TermIndex> wanted;

    /**
     * @param covered what {@link Replica#open} returned
     * @param tail of the log, which stays though it is covered
     * @param forced closed by {@link #closeNote}
     * @param roads to who has copies
     * @param onTerm told of each term when its first entry is applied, by the thread that applies
     * @param onFailure told once, from any thread, after the replica was told
     */
    ReplicaStateMachine(
            int shard,
            String name,
            Replica replica,
            Position covered,
            LogTail tail,
            RaftDirectory directory,
            ForcedNote forced,
            PeerRoads roads,
            LongConsumer onTerm,
            Consumer<Throwable> onFailure) {
        this.name = name;
        this.replica = replica;
        this.directory = directory;
        this.forced = forced;
        this.copies = new CopyTaker(name, replica, new Others(roads, shard), System::nanoTime);
        this.covered = covered;
        this.released = covered;
        this.tail = tail;
        this.onTerm = onTerm;
        this.onFailure = onFailure;
        setLastAppliedTermIndex(TermIndex.valueOf(covered.term(), covered.index()));
    }

    // ---- proposing

    @Override
    public TransactionContext startTransaction(RaftClientRequest request) throws IOException {
        if (!(request.getMessage() instanceof Proposal proposal)) {
            throw new IOException(name + " takes entries from this process only");
        }
        return TransactionContext.newBuilder()
                .setStateMachine(this)
                .setClientRequest(request)
                .setLogData(EntryForm.logData(proposal.entry()))
                .setStateMachineContext(proposal)
                .build();
    }

    @Override
    public TransactionContext preAppendTransaction(TransactionContext transaction) {
        if (transaction.getStateMachineContext() instanceof Proposal proposal) {
            proposal.markOrdered();
        }
        return transaction;
    }

    // ---- storing

    /** Comes from the log worker before it forces its file, and again before anything is acknowledged. */
    @Override
    public CompletableFuture<Void> flush(long index) {
        try {
            FaultDoor.beforeForce();
            directory.forceIfChanged();
            return CompletableFuture.allOf();
        } catch (IOException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** Before anything is acknowledged: how far the log is forced by now. */
    void noteForced() throws IOException {
        RaftServer.Division own = division;
        RaftServer open = server;
        if (own == null && open != null) {
            own = open.getDivision(group);
            division = own;
        }
        if (own != null) {
            try {
                forced.reached(own.getRaftLog()::getFlushIndex);
            } catch (ClosedChannelException e) {
                if (!closing) {
                    throw e;
                }
            }
        }
    }

    /** Makes what was noted survive a loss of power; from a thread that may wait for the disk. */
    void forceNote() throws IOException {
        forced.force();
    }

    void closeNote() {
        try {
            forced.close();
        } catch (IOException e) {
            LOG.warn("{}: closing the note of what is forced failed", name, e);
        }
    }

    // ---- applying

    @Override
    public CompletableFuture<Message> applyTransaction(TransactionContext transaction) {
        if (failed()) {
            return held.hold();
        }
        LogEntryProto proto = transaction.getLogEntry();
        try {
            Entry entry = transaction.getStateMachineContext() instanceof Proposal proposal
                    ? proposal.entry()
                    : EntryForm.entry(proto);
            noteForced();
            ByteBuffer reply = replica.apply(proto.getIndex(), proto.getTerm(), entry);
            applied(proto.getTerm(), proto.getIndex(), entry.length());
            return CompletableFuture.completedFuture(
                    Message.valueOf(UnsafeByteOperations.unsafeWrap(reply), () -> "reply"));
        } catch (IOException | RuntimeException | Error e) {
            fail(new IllegalStateException("applying entry " + proto.getIndex() + " of " + name + " failed", e));
            return held.hold();
        }
    }

    @Override
    public void notifyTermIndexUpdated(long term, long index) {
        if (failed()) {
            return;
        }
        try {
            noteForced();
            replica.skip(index, term);
            applied(term, index, 0);
        } catch (IOException | RuntimeException | Error e) {
            fail(new IllegalStateException("skipping entry " + index + " of " + name + " failed", e));
        }
    }

    private void applied(long term, long index, int bodyBytes) {
        if (term > newestTerm) {
            newestTerm = term;
            onTerm.accept(term);
        }
        tail.applied(index, term, bodyBytes);
        updateLastAppliedTermIndex(term, index);
    }

    // ---- snapshots

    /**
     * {@inheritDoc} What is returned never gets less: Ratis would end. -1 if nothing of the log may go yet; or if it failed, for if it threw, Ratis would never
     * answer a request for a snapshot again.
     */
    @Override
    public long takeSnapshot() {
        if (failed()) {
            return -1;
        }
        try {
            TermIndex applied = getLastAppliedTermIndex();
            if (applied.getIndex() > covered.index()) {
                Position taken = replica.snapshot();
                if (taken.index() > applied.getIndex() || taken.index() < covered.index()) {
                    throw new IllegalStateException("snapshot covers " + taken.index() + ", expected " + covered.index()
                            + " to " + applied.getIndex());
                }
                covered = taken;
            }
            boolean all = letsTailGo.getAndSet(false);
            Position floor = all ? covered : tail.floor();
            Position may = floor.index() < covered.index() ? floor : covered;
            if (!all) {
                may = tail.atMost(may, System.nanoTime());
            }
            if (may.index() > released.index()) {
                released = may;
            }
            return released.index();
        } catch (IOException | RuntimeException e) {
            LOG.error("{}: taking a snapshot failed", name, e);
            return -1;
        }
    }

    /** {@inheritDoc} Ratis takes what is behind that for needless, and asks for a new one only when something was applied since. */
    @Override
    public @Nullable SnapshotInfo getLatestSnapshot() {
        Position position = released;
        return position.index() < 0 ? null : new Covered(TermIndex.valueOf(position.term(), position.index()));
    }

    @Override
    public StateMachineStorage getStateMachineStorage() {
        return new OwnStorage(this);
    }

    /**
     * The leader asks each new member, and whoever needs what its log has no more. A copy of a replica is fetched then, and put in the place of this one's files by
     * {@link #reinitialize}, which Ratis calls next when it hears of it, paused until then: another notice may come in between, and must not touch what
     * has arrived. It hears of it in the answer to a notice that comes behind the copy, and not before: a leader that dies in between would leave Ratis with a
     * copy that it does not have put in place, and with which it takes no entries.
     */
    @Override
    @SuppressWarnings("NullAway") // null tells Ratis that there is no snapshot to be had
    public CompletableFuture<TermIndex> notifyInstallSnapshotFromLeader(
            RoleInfoProto role, TermIndex firstInLeadersLog) {
        if (failed()
                || getLifeCycleState() != LifeCycle.State.RUNNING
                || firstInLeadersLog.getIndex() <= getLastAppliedTermIndex().getIndex() + 1) {
            return CompletableFuture.completedFuture(null);
        }
        String leader = role.getFollowerInfo().getLeaderInfo().getId().getId().toStringUtf8();
        long first = firstInLeadersLog.getIndex();
        Optional<CopyIn> whole = copies.take(first - 1);
        if (whole.isPresent()) {
            due = whole.get();
            Position covers = whole.get().covers();
            return CompletableFuture.completedFuture(TermIndex.valueOf(covers.term(), covers.index()));
        }
        LOG.info("{} is behind the leader's log, which begins at {}: fetching a copy", name, first);
        CompletableFuture<TermIndex> answer = new CompletableFuture<>();
        wanted = answer;
        Thread.ofVirtual().name(name + "-copy").start(() -> fetch(leader, first, answer));
        return answer;
    }

    /**
     * Ratis takes no notice of a new leader whose log begins before that of the leader who told of it first, as long as that one is not answered. What comes
     * goes on coming, and the next notice gets it.
     */
    @Override
    public void notifyLeaderChanged(RaftGroupMemberId member, @Nullable RaftPeerId leader) {
        CompletableFuture<TermIndex> answer = wanted;
        if (answer != null) {
            answer.completeExceptionally(new IOException(name + " has another leader"));
        }
    }

    /** Answers with an exception when all of it has come, or has not in a while: the leader, whoever it is by then, asks again. Each time Ratis logs an error. */
    private void fetch(String leader, long first, CompletableFuture<TermIndex> answer) {
        synchronized (copies) {
            if (answer.isDone()) {
                return;
            }
            boolean whole = copies.has(first - 1);
            long sinceNs = System.nanoTime();
            while (!whole
                    && !answer.isDone()
                    && getLifeCycleState() == LifeCycle.State.RUNNING
                    && System.nanoTime() - sinceNs < TRIES_NS) {
                whole = copies.attempt(sources(leader), first - 1).isPresent();
                if (!whole) {
                    LockSupport.parkNanos(NO_COPY_NS);
                }
            }
            answer.completeExceptionally(
                    new IOException(name + (whole ? " has a copy now, and is asked again" : " has no copy yet")));
        }
        forgetWhatIsNeedless(answer);
    }

    /** Nobody may ask again: a leader whose log reaches back brings entries. */
    @SuppressWarnings("ReferenceEquality") // the same promise, not an equal one
    private void forgetWhatIsNeedless(CompletableFuture<TermIndex> answer) {
        while (wanted == answer
                && getLifeCycleState() == LifeCycle.State.RUNNING
                && copies.forgetUpTo(getLastAppliedTermIndex().getIndex())) {
            LockSupport.parkNanos(NO_COPY_NS);
        }
    }

    /** The other members, as copies come from them. */
    private final class Others implements CopyTaker.Source {
        private final PeerRoads roads;
        private final int shard;

        Others(PeerRoads roads, int shard) {
            this.roads = roads;
            this.shard = shard;
        }

        @Override
        public Position fetch(String node, long least, int interrupted, CopyIn into) throws IOException {
            return Copies.fetch(
                    roads,
                    node,
                    shard,
                    () -> Math.max(least, getLastAppliedTermIndex().getIndex() + 1),
                    interrupted,
                    into);
        }

        /** Who gives it does so anyway. A leader of before does not know the word. */
        @Override
        public void keepsLog(String node, Position covers) {
            RaftServer.Division own = division;
            @Nullable RaftPeerId leader = own == null ? null : own.getInfo().getLeaderId();
            if (leader != null && !leader.toString().equals(node)) {
                var _ = roads.ask(leader.toString(), RatisNode.GAVE, shard, RatisNode.encode(covers), KEEPS)
                        .exceptionally(e -> {
                            LOG.debug("{} does not keep its log for {}", leader, name, e);
                            return ByteBuffer.allocate(0);
                        });
            }
        }
    }

    /** A copy that comes at the moment; any thread. */
    Optional<CopyIn> coming() {
        return copies.coming();
    }

    private List<String> sources(String leader) {
        List<String> sources = new ArrayList<>(List.of(leader));
        RaftServer.Division own = division;
        if (own != null) {
            String self = own.getId().toString();
            own.getRaftConf().getCurrentPeers().stream()
                    .map(peer -> peer.getId().toString())
                    .filter(id -> !id.equals(leader) && !id.equals(self))
                    .forEach(sources::add);
        }
        return sources;
    }

    @Override
    public void initialize(RaftServer owner, RaftGroupId own, RaftStorage storage) throws IOException {
        super.initialize(owner, own, storage);
        group = own;
        server = owner;
        getLifeCycle().startAndTransition(() -> {}, IOException.class);
    }

    @Override
    public void pause() {
        getLifeCycle().transition(LifeCycle.State.PAUSING);
        getLifeCycle().transition(LifeCycle.State.PAUSED);
    }

    @Override
    public void reinitialize() throws IOException {
        CopyIn copy = due;
        due = null;
        if (copy == null) {
            throw new IOException(name + " has no copy to go on from");
        }
        covered = replica.install(copy);
        released = covered;
        tail.clear();
        setLastAppliedTermIndex(TermIndex.valueOf(covered.term(), covered.index()));
        LOG.info("{} goes on from a copy as of entry {}", name, covered.index());
        getLifeCycle().startAndTransition(() -> {}, IOException.class);
    }

    // ---- events

    @Override
    public void notifyLeaderReady() {
        leading.complete(Consensus.Role.LEADER);
    }

    /** Ratis could not write its own log. */
    @Override
    public void notifyLogFailed(@Nullable Throwable cause, @Nullable LogEntryProto entry) {
        fail(new IOException("the raft log of " + name + " failed", cause));
    }

    /** Called by Ratis when the group's updater ends, be it that we closed it or that Ratis gave up. */
    @Override
    public void close() {
        if (!closing) {
            fail(new IllegalStateException("Ratis stopped " + name + " on its own; its log says why"));
        }
    }

    // ---- for RatisConsensus

    /** A leader says up to where its entries are committed, whether this member has them or not. */
    void heardCommitted(long index) {
        committed.accumulateAndGet(index, Math::max);
    }

    /** What leaders have said so; -1 before. Ratis' own committed index is of what this member has, too. */
    long heardCommitted() {
        return committed.get();
    }

    /** What the replica's newest durable snapshot covers, as far as Ratis has asked for it. */
    Position covered() {
        return covered;
    }

    /** What Ratis may have let go of its log. */
    Position released() {
        return released;
    }

    /** As {@link LogTail#gave}. */
    void gave(Position covers) {
        tail.gave(covers, System.nanoTime());
    }

    /** The next snapshot has all of the log go that it covers. */
    void letTailGo() {
        letsTailGo.set(true);
    }

    /** Completes when this node first leads and may take proposals; exceptionally when it fails before. */
    CompletableFuture<Consensus.Role> leading() {
        return leading;
    }

    /** What Ratis ends from now on, it was asked to. */
    void startClosing() {
        closing = true;
        copies.end();
    }

    @Nullable
    Throwable failure() {
        return failure.get();
    }

    void fail(Throwable cause) {
        if (!failure.compareAndSet(null, cause)) {
            return;
        }
        LOG.error("{} halts: nothing more is acknowledged", name, cause);
        leading.completeExceptionally(cause);
        try {
            replica.fail(cause);
        } finally {
            onFailure.accept(cause);
        }
    }

    Replica replica() {
        return replica;
    }

    /** Lets go whoever waits for what will never be applied. */
    void releaseHeld() {
        held.release(new IOException(name + " has halted", failure.get()));
    }

    @Override
    public String toString() {
        return name;
    }

    private boolean failed() {
        return failure.get() != null;
    }

    /** A snapshot as Ratis sees it: a position. It has no files to send. */
    private record Covered(TermIndex position) implements SnapshotInfo {
        @Override
        public TermIndex getTermIndex() {
            return position;
        }

        @Override
        public List<FileInfo> getFiles() {
            return List.of();
        }
    }

    /** The replica keeps its snapshots itself and drops old ones itself. */
    private record OwnStorage(ReplicaStateMachine machine) implements StateMachineStorage {
        @Override
        public void init(RaftStorage storage) {}

        @Override
        public @Nullable SnapshotInfo getLatestSnapshot() {
            return machine.getLatestSnapshot();
        }

        @Override
        public void format() {}

        @Override
        public void cleanupOldSnapshots(SnapshotRetentionPolicy policy) {}
    }
}
