package io.thalweg.shard;

import io.thalweg.log.EventReader;
import io.thalweg.log.journal.JournalEntry;
import io.thalweg.log.journal.SegmentMender;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.request.Operation;
import io.thalweg.model.request.Reply;
import io.thalweg.model.request.Request;
import io.thalweg.ports.clock.Clock;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.Disk;
import io.thalweg.shard.machine.Machine;
import io.thalweg.shard.stream.StreamSplits;
import io.thalweg.shard.stream.StreamStats;
import io.thalweg.shard.thread.ShardExecutors;
import io.thalweg.shard.thread.ShardThreads;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One shard on this node: the way in for requests, the way out for events. Thread-safe; no method but {@link #open}, {@link
 * #housekeep} and {@link #close} blocks.
 */
public final class Shard implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Shard.class.getName());

    /** Largest request that can be ordered: the largest batch as a client sends it, and room for its records' heads. */
    public static final int REQUEST_BYTES_MAX = Committer.REQUEST_BYTES_MAX;

    private static final TenantId NOBODY = new TenantId(new UUID(0, 0));
    private static final Duration HOUSEKEEPING_PAUSE = Duration.ofMillis(500);

    private static final int BEFORE_SECONDS_MAX = 60;
    private static final int WITHOUT_SECONDS_MAX = 60;
    private static final Duration GONE_WITHIN = Duration.ofSeconds(5);
    private static final Duration LEAD_WITHIN = Duration.ofSeconds(30);
    private static final Duration LEAD_PAUSE = Duration.ofMillis(2);

    /** What callers hear when there is no room. */
    public static final String DISK_FULL =
            "the disk of the node that takes writes is nearly full: nothing is stored until there is room again";

    private final ShardReplica replica;
    private final Committer committer;
    private final Clock clock;

    /** Another one once a lone shard goes on as a group. */
    private volatile Consensus consensus;

    private final MarkedReads reads;
    private final @Nullable ShardThreads threads;

    private volatile BooleanSupplier diskIsFull = () -> false;

    /** How long requests may wait when the shard is to become a group; of whoever makes it one. */
    private Duration held = GroupBeginning.HELD_FIRST;

    /** The snapshot that housekeeping asked for last. */
    private volatile CompletableFuture<Long> snapshotAsked = CompletableFuture.completedFuture(-1L);

    /** Makes the consensus of a shard whose other parts are there. */
    private interface Ordering {
        Consensus over(ShardReplica replica, Committer committer, ShardExecutors executors);

        /** The journal alone. */
        static Ordering alone(UnaryOperator<LoneReplica> seen, Optional<LoneConsensus.Known> known) {
            return (replica, committer, executors) -> new LoneConsensus(
                    seen.apply(replica), executors.order(), executors.apply(), committer::isWaiting, known);
        }
    }

    private Shard(
            ShardOptions options,
            Disk disk,
            Clock clock,
            Ordering ordering,
            List<Machine> machines,
            ShardExecutors executors,
            @Nullable ShardThreads threads) {
        this.threads = threads;
        this.clock = clock;
        reads = new MarkedReads(clock.wallNs());
        replica = new ShardReplica(
                options, disk, executors.apply(), executors.snapshots(), reads, machines, this::halted);
        if (threads != null) {
            threads.onFailure(replica::fail);
        }
        // The committer first: while the consensus opens the replica, it may already find that the shard has to halt.
        committer = new Committer(options, this::timeNs, this::propose, executors.order());
        consensus = ordering.over(replica, committer, executors);
    }

    /**
     * Opens a shard that has one replica, with threads of its own.
     *
     * @param known what the journal must not have lost
     * @param machines parts of the state beside the streams, which every shard has
     */
    public static Shard openLone(
            ShardOptions options, Disk disk, Clock clock, Optional<LoneConsensus.Known> known, List<Machine> machines) {
        return open(options, disk, clock, Ordering.alone(replica -> replica, known), machines);
    }

    /**
     * Opens a shard that has one replica and runs on the given executors alone, and whose owner calls {@link #housekeep}.
     *
     * @param seen what the order sees of the replica: a simulation watches there
     */
    public static Shard openLone(
            ShardOptions options,
            Disk disk,
            Clock clock,
            UnaryOperator<LoneReplica> seen,
            List<Machine> machines,
            ShardExecutors executors) {
        return new Shard(options, disk, clock, Ordering.alone(seen, Optional.empty()), machines, executors, null);
    }

    /**
     * Opens storage and starts the consensus of a group, with threads of its own.
     *
     * @param consensus makes the consensus that drives the given replica, opens it, and is closed by the shard
     * @param machines parts of the state beside the streams, which every shard has
     */
    public static Shard open(
            ShardOptions options,
            Disk disk,
            Clock clock,
            Function<Replica, Consensus> consensus,
            List<Machine> machines) {
        return open(options, disk, clock, (replica, _, _) -> consensus.apply(replica), machines);
    }

    /** The same on the given executors alone; its owner calls {@link #housekeep}. */
    public static Shard open(
            ShardOptions options,
            Disk disk,
            Clock clock,
            Function<Replica, Consensus> consensus,
            List<Machine> machines,
            ShardExecutors executors) {
        return new Shard(options, disk, clock, (replica, _, _) -> consensus.apply(replica), machines, executors, null);
    }

    private static Shard open(ShardOptions options, Disk disk, Clock clock, Ordering ordering, List<Machine> machines) {
        ShardThreads threads = new ShardThreads("shard-" + options.directory().getFileName());
        try {
            Shard shard = new Shard(options, disk, clock, ordering, machines, threads.executors(), threads);
            threads.housekeeper().every(HOUSEKEEPING_PAUSE, shard::housekeepAll);
            return shard;
        } catch (RuntimeException | Error e) {
            threads.stop();
            throw e;
        }
    }

    /**
     * The shard's time: what an entry that is ordered now would be stamped with, in a group by the clocks of the majority. Whoever decides
     * something for good by what time it is goes by this, and not by the clock of the node it runs on.
     */
    public long timeNs() {
        return consensus.stampNs(clock);
    }

    private CompletableFuture<ByteBuffer> propose(Entry entry) {
        return consensus.propose(entry);
    }

    /**
     * Has a request ordered, made durable and applied. Completes with {@code Refused} when nothing changed ({@code OVERLOADED}
     * and {@code NOT_LEADER} included); completes exceptionally with a {@link ThalwegException} of code {@code UNAVAILABLE} when
     * it is not known whether the request took or will take effect. The request's body must not change before that.
     */
    public CompletableFuture<Reply> submit(Request request) {
        if (request.operation().stores() && diskIsFull.getAsBoolean()) {
            return CompletableFuture.completedFuture(new Reply.Refused(ErrorCode.DISK_FULL, DISK_FULL));
        }
        int needed = request.operation().since();
        // Of a lone shard nobody but this program has a replica.
        if (needed > replica.version() && !(consensus instanceof LoneConsensus)) {
            return CompletableFuture.completedFuture(new Reply.Refused(
                    ErrorCode.UNAVAILABLE,
                    "the shard's order has version " + replica.version() + ", and this needs " + needed
                            + ": there may be replicas that do not know it"));
        }
        return committer.submit(request);
    }

    /** Which version the shard's order has, as of what is applied here: what a later one brings is refused in a group. 0 for none. */
    public int version() {
        return replica.version();
    }

    /**
     * Lets the shard's order have what a version brings. Only for when all programs that have replicas of it know that version, for another halts at
     * this; whoever comes into the group later has to know it, too. The version of an order never goes back.
     */
    public CompletableFuture<Reply> raise(int version) {
        return committer.submit(Request.of(
                NOBODY,
                Operation.RAISE,
                new BinaryWriter(Integer.BYTES).i32(version).toByteBuffer()));
    }

    /**
     * Refuses from now on what would {@link Operation#stores store} something, with {@code DISK_FULL}, as long as there is no room for it.
     *
     * @param full asked before each request; must not block
     */
    public void refuseWhen(BooleanSupplier full) {
        diskIsFull = full;
    }

    /** Completes when everything that was acknowledged before the call is applied here: a linearizable read follows it. */
    public CompletableFuture<Void> barrier() {
        return submit(Request.of(NOBODY, Operation.MARKER, ByteBuffer.allocate(0)))
                .thenAccept(Reply::orThrow);
    }

    /**
     * Runs a read on the apply thread, once everything that was acknowledged before the call is applied: it sees the machines'
     * state between two requests, and must be quick and change nothing. Completes with its result, or with what it threw,
     * when what it saw is published.
     */
    public <T> CompletableFuture<T> read(Supplier<T> what) {
        MarkedReads.Read<T> read = reads.add(what);
        return submit(Request.of(NOBODY, Operation.MARKER, reads.mark(read)))
                .whenComplete((_, _) -> reads.remove(read))
                .thenApply(reply -> {
                    var _ = reply.orThrow();
                    return read.result();
                });
    }

    /** Reads applied events. */
    public EventReader events() {
        return replica.reader();
    }

    /** A stream as of the newest applied entry; empty when there is none (any more). */
    public Optional<StreamStats> stats(StreamId stream) {
        return replica.streams().stats(stream);
    }

    /** Which slots a stream has given to others of its log, and from which it has its own; as {@link #stats}. */
    public Optional<StreamSplits> splits(StreamId stream) {
        return replica.streams().splits(stream);
    }

    /**
     * Where to trim a stream so that about {@code bytesMax} bytes stay, and what is surely older than {@code oldestNs} goes.
     * Exact to about a sixtieth of the stream.
     *
     * @return the first sequence to keep, which is {@link StreamStats#first} when nothing needs to go; empty without a stream
     */
    public Optional<Long> keepFrom(StreamId stream, long bytesMax, long oldestNs) {
        return replica.streams().keepFrom(stream, bytesMax, oldestNs);
    }

    /**
     * As {@link #keepFrom}, where what is surely older than an age goes by the shard's time.
     *
     * @param ageNsMax {@code Long.MAX_VALUE} when nothing goes for its age
     */
    public Optional<Long> keepYounger(StreamId stream, long bytesMax, long ageNsMax) {
        return keepFrom(stream, bytesMax, ageNsMax == Long.MAX_VALUE ? Long.MIN_VALUE : timeNs() - ageNsMax);
    }

    /** Streams of a tenant, sorted. */
    public List<StreamId> streams(TenantId tenant) {
        return replica.streams().streams(tenant);
    }

    /** Bytes of all kept event records of a tenant. */
    public long storedBytes(TenantId tenant) {
        return replica.streams().storedBytes(tenant);
    }

    /** The same of all tenants together. */
    public long storedBytes() {
        return replica.streams().storedBytes();
    }

    public Consensus.Role role() {
        return standing().role();
    }

    /** What this node is in the shard's group, and what it knows of it. */
    public Consensus.Standing standing() {
        Consensus.Standing known = consensus.standing();
        return replica.failure() == null
                ? known
                : new Consensus.Standing(Consensus.Role.STOPPED, known.leader(), known.term(), known.committed());
    }

    /** As {@link Consensus#transfer}. */
    public CompletableFuture<Void> transferLeadership(String member) {
        return consensus.transfer(member);
    }

    /**
     * Has a lone shard go on as a group, in which this node is the only member until it adds others. Events are read as before; requests wait, as
     * long as a snapshot of what came last and the group's first election take, and are ordered as they came. They wait ten
     * seconds at most for the snapshot, and up to a minute when that was not enough the times before. A crash leaves a lone shard or a group, and
     * either has all that was acknowledged. Blocks; one thread at a time.
     *
     * @param group as for {@link #open}; the replica that it is given is open already, and all of it is in a snapshot
     * @throws IOException when the shard stays a lone one, and goes on as that
     */
    public void becomeGroup(Function<Replica, Consensus> group) throws IOException, InterruptedException {
        if (!(consensus instanceof LoneConsensus lone)) {
            throw new IllegalStateException("the shard is a group already");
        }
        GroupBeginning beginning = new GroupBeginning(replica, committer, lone, held);
        try {
            // So that there is something to begin with, and little that is new while requests wait.
            barrier().get(BEFORE_SECONDS_MAX, TimeUnit.SECONDS);
            var _ = snapshot().get(BEFORE_SECONDS_MAX, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("the shard stays a lone one: no snapshot could be taken", e);
        }
        Duration longer = held.multipliedBy(2);
        held = longer.compareTo(GroupBeginning.HELD_MAX) < 0 ? longer : GroupBeginning.HELD_MAX;
        consensus = beginning.begin(this::snapshot, group);
        try {
            awaitLead();
        } finally {
            committer.goOn();
        }
    }

    /** Nobody else can lead. Entries that come before it does are tried again, each by itself, and so in any order. */
    private void awaitLead() throws InterruptedException {
        long sinceNs = System.nanoTime();
        while (consensus.role() != Consensus.Role.LEADER && replica.failure() == null) {
            if (System.nanoTime() - sinceNs > LEAD_WITHIN.toNanos()) {
                LOG.log(Level.WARNING, "the group of one has not elected itself: requests wait no longer for that");
                return;
            }
            Thread.sleep(LEAD_PAUSE);
        }
    }

    /** Why the shard halted; empty while it is well. */
    public Optional<Throwable> failure() {
        return Optional.ofNullable(replica.failure());
    }

    /** Index of the newest applied entry. */
    public long appliedIndex() {
        return replica.applied().index();
    }

    /** Entries proposed since the start: with {@link #requestsProposed} it tells how well requests fold. */
    public long entriesProposed() {
        return committer.entriesProposed();
    }

    public long requestsProposed() {
        return committer.requestsProposed();
    }

    /** Bytes of requests that are not answered yet; beyond {@link ShardOptions#queueBytesMax} they are refused. */
    public long queuedBytes() {
        return committer.queuedBytes();
    }

    /** SHA-256 of the replicated state. Only while nothing is being applied: for tests, and for comparing stopped replicas. */
    public byte[] digest() {
        return replica.digest();
    }

    /** As {@link Replica#digests}. */
    public List<Replica.Digest> digests() {
        return replica.digests();
    }

    /**
     * Takes a snapshot of what is applied now; completes with the index that it covers when it is durable and the consensus
     * knows.
     */
    public CompletableFuture<Long> snapshot() {
        return replica.persisted()
                .exceptionally(_ -> null)
                .thenCompose(_ -> replica.wantSnapshot())
                // Fails while nothing is durable yet, as before the first one.
                .thenCompose(_ -> consensus.snapshot().exceptionally(_ -> -1L))
                .thenCompose(_ -> replica.persisted())
                .thenCompose(_ -> consensus.snapshot());
    }

    /**
     * One step of background work: asks for a snapshot when one is due, seals a closed segment, or gives space back. A failure
     * halts the shard. Called by the shard itself unless it was given executors; one thread at a time, which nobody interrupts.
     *
     * @return false when there was nothing to do
     */
    public boolean housekeep() {
        if (replica.failure() != null) {
            return false;
        }
        try {
            CompletableFuture<Long> asked = snapshotAsked;
            if (asked.isDone() && replica.wantsSnapshot()) {
                snapshotAsked = snapshot();
            }
            consensus.housekeep();
            return replica.housekeep();
        } catch (IOException | RuntimeException e) {
            replica.fail(e);
            return false;
        }
    }

    /**
     * Has background work rid the journal of what was deleted by now, however little of a segment that is; see {@link io.thalweg.log.Retention#erase}. It needs one entry
     * more, and two snapshots behind that.
     *
     * @throws IllegalStateException when the replica's files are not open
     */
    public void erase() {
        replica.erase();
    }

    /** As {@link #snapshot}, and has all go of a group's own log that it covers, also what is kept of it for members that were away: who is behind takes a copy. */
    public CompletableFuture<Long> forget() {
        return snapshot().thenCompose(_ -> consensus.forget());
    }

    /** Whether something of what {@link #erase} was asked for may still be in the journal; else as that. */
    public boolean isErasing() {
        return replica.isErasing();
    }

    /** As {@link Consensus#fileBytes}. */
    public int fileBytes() {
        return consensus.fileBytes();
    }

    private void housekeepAll() {
        while (housekeep()) {
            Thread.onSpinWait();
        }
    }

    private void halted(Throwable cause) {
        LOG.log(Level.ERROR, "the shard halts and acknowledges nothing any more", cause);
        committer.halt(cause);
        if (consensus != null) { // not before it is there, which then finds it out by itself
            consensus.halted(cause);
        }
    }

    // --- wrong bytes

    /** The first entry of the journal at or behind an index, checked; empty when there is none. Reads the disk. */
    public Optional<JournalEntry> storedEntry(long index) throws IOException {
        return Optional.ofNullable(replica.storedBehind(index - 1));
    }

    /**
     * Puts a complete segment of the journal right with what another replica has. Reads and writes the disk.
     *
     * @param file of the segment, in which a wrong byte was met
     * @return how many entries were put right; empty when the file is none of a complete segment, which cannot be mended so
     * @throws CorruptionException when what the other has is of no help
     * @throws IOException when the other does not answer, or the disk fails
     */
    public OptionalInt mend(Path file, SegmentMender.Source other) throws IOException {
        return replica.mend(file, other);
    }

    /**
     * Has a damaged file of the log go that a group has beside the journal: what is in it is applied here, and a snapshot makes it unnecessary. Who is behind that
     * takes a copy. Blocks.
     *
     * @return false when the file is none such, or something in it is not applied yet
     * @throws IOException when no snapshot could be taken
     */
    public boolean doWithout(Path file) throws IOException, InterruptedException {
        if (!consensus.keeps(file)) {
            return false;
        }
        try {
            var _ = forget().get(WITHOUT_SECONDS_MAX, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("no snapshot could be taken to do without " + file, e);
        }
        // It goes on a thread of the consensus.
        long sinceNs = System.nanoTime();
        while (consensus.restingFiles().contains(file)) {
            if (System.nanoTime() - sinceNs > GONE_WITHIN.toNanos()) {
                return false;
            }
            Thread.sleep(LEAD_PAUSE);
        }
        return true;
    }

    /**
     * Files of the journal, of snapshots and of a group's own log that do not change any more, or only by what is added: what {@link #requireSound} looks at.
     */
    public List<Path> restingFiles() throws IOException {
        List<Path> all = new ArrayList<>(replica.restingFiles());
        all.addAll(consensus.restingFiles());
        return all;
    }

    /**
     * Reads a file from beginning to end.
     *
     * @param through what it is read with; it makes no file
     * @throws CorruptionException when a byte that counts is wrong
     * @throws IOException also when the file has gone meanwhile
     */
    public void requireSound(Path file, Disk through) throws IOException {
        if (consensus.keeps(file)) {
            consensus.requireSound(file, through);
        } else {
            replica.requireSound(file, through);
        }
    }

    /** This replica cannot go on, such as for stored bytes that nobody here can put right: the shard halts, and a group goes on without it. */
    public void giveUp(Throwable why) {
        replica.fail(why);
    }

    /**
     * Stops the consensus and closes all files. A shard with threads of its own takes a last snapshot before, if it is well; a
     * caller who brought executors does that first, because this method waits for nobody.
     */
    @Override
    public void close() {
        if (threads != null) {
            threads.housekeeper().close();
        }
        if (threads != null && replica.failure() == null) {
            try {
                snapshot().get(30, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (ExecutionException | TimeoutException e) {
                LOG.log(Level.WARNING, "no snapshot at the end; the next start replays more", e);
            }
        }
        committer.halt(new ThalwegException(ErrorCode.UNAVAILABLE, "the shard is closed"));
        if (threads != null) {
            threads.stopBackground();
        }
        consensus.close();
        if (threads != null) {
            threads.stop();
        }
        try {
            replica.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
