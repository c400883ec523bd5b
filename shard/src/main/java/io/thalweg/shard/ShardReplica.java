package io.thalweg.shard;

import io.thalweg.log.EventReader;
import io.thalweg.log.journal.Journal;
import io.thalweg.log.journal.JournalEntry;
import io.thalweg.log.journal.Segment;
import io.thalweg.log.journal.SegmentFormat;
import io.thalweg.log.journal.SegmentMender;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.StreamId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.request.Operation;
import io.thalweg.model.request.RequestCodec;
import io.thalweg.ports.disk.AtomicFile;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.Disk;
import io.thalweg.shard.machine.Machine;
import io.thalweg.shard.stream.LogMachine;
import io.thalweg.shard.stream.StreamIndex;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A shard's storage and state machine on this node. The journal holds the bodies of entries: all of them in a lone shard, whose log
 * it is; in a group those whose events are read again, from when they are applied. The machines and the sessions are what applying
 * them made, kept in memory and in snapshots; the event index says where in the journal each event stands, and is made durable with
 * each snapshot. A start loads the newest whole snapshot and is told to apply what came after it again.
 *
 * <p>Applying is a function of the entries alone. Its cost is that of decoding and of the machines: the bodies of recent entries
 * are still in memory, replies are collected in one buffer, and no lock is taken. Readers see an entry's events when the whole
 * entry is applied.
 *
 * <p>Whatever goes wrong below (a failed force, a wrong byte, a bug in a machine) halts the shard for good: nothing is
 * acknowledged any more, the first cause is kept, and only another beginning, from what is really on disk, helps.
 */
final class ShardReplica implements Replica, LoneReplica {
    /** What callers hear. The cause may name files, and what is another tenant's; it is for the operator's eyes. */
    static final String HALTED =
            "the shard has halted, and accepts nothing before it is begun again; the node's log says why";

    private final ShardOptions options;
    private final Disk disk;
    private final Executor aheadExecutor;
    private final Snapshots snapshots;
    private final Checkpoints checkpoints;
    private final ShardState state;
    private final Consumer<Throwable> onFailure;
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    private volatile @Nullable ReplicaFiles files;
    private final EventReader reader = new ReplicaReader(() -> files().reader());

    private @Nullable CorruptionException damagedSnapshot;

    /** Written by the apply thread, read by any. */
    private volatile Position applied = Position.NONE;

    /** Begins and ends what follows, so that no snapshot has an entry that was only applied ahead. */
    private final Object turns = new Object();

    private volatile @Nullable AppliedAhead ahead;

    /** The entry whose requests are being applied; null outside of {@link #apply}. */
    private @Nullable JournalEntry inHand;

    ShardReplica(
            ShardOptions options,
            Disk disk,
            Executor aheadExecutor,
            Executor snapshotExecutor,
            MarkedReads reads,
            List<Machine> others,
            Consumer<Throwable> onFailure) {
        this.options = options;
        this.disk = disk;
        this.aheadExecutor = aheadExecutor;
        this.onFailure = onFailure;
        snapshots = new Snapshots(disk, options.directory().resolve("state"));
        checkpoints = new Checkpoints(options, snapshots, snapshotExecutor, this::fail);
        state = new ShardState(options, new IndexSink(), others, reads::reached);
    }

    /** Brings what apply decides to the event index, with the entry that it is deciding about. */
    private final class IndexSink implements StreamIndex {
        private JournalEntry entry() {
            JournalEntry entry = inHand;
            if (entry == null) {
                throw new IllegalStateException("events are only appended while an entry is being applied");
            }
            if (!ReplicaFiles.stands(entry)) {
                throw new IllegalStateException(
                        "entry " + entry.index() + " appends events, and is not in the journal");
            }
            return entry;
        }

        @Override
        public void restore(StreamId stream, long first, long head) {
            files().index().restore(stream, first, head);
        }

        @Override
        public void append(StreamId stream, long firstSequence, int count, long timestampNs, int offset, int length) {
            files().index().add(entry(), stream, firstSequence, count, timestampNs, offset, length);
        }

        @Override
        public void trim(StreamId stream, long firstSequence) {
            files().index().trim(stream, firstSequence);
        }

        @Override
        public void delete(StreamId stream) {
            files().index().delete(stream);
        }

        @Override
        public void publish(StreamId stream, long head) {
            files().index().publish(stream, head);
        }
    }

    // --- start

    @Override
    public Position open() throws IOException {
        if (files != null) {
            throw new IllegalStateException("the replica in " + options.directory() + " is open already");
        }
        disk.createDirectories(options.directory());
        CopyIn.finish(disk, options.directory());
        return load();
    }

    private Position load() throws IOException {
        Snapshots.Found found = snapshots.load();
        damagedSnapshot = found.damaged();
        Snapshots.Loaded newest = found.newest();
        Position position = newest == null ? Position.NONE : newest.position();
        if (newest != null) {
            state.load(newest);
        }
        ReplicaFiles opened = ReplicaFiles.open(options, disk, position.index());
        files = opened;
        state.streams().restoreIndex();
        state.publish();
        applied = position;
        checkpoints.startAt(position);
        requireAllBehind(opened.journal(), position.index());
        opened.journal().check(position.index());
        disk.proven();
        return position;
    }

    /** Refuses when entries behind the snapshot are gone; it may be an older one, that stands in for one that is damaged. */
    private void requireAllBehind(Journal journal, long index) throws IOException {
        try {
            journal.requireAllBehind(index);
        } catch (IOException e) {
            CorruptionException damaged = damagedSnapshot;
            if (damaged == null) {
                throw e;
            }
            throw new IOException(
                    "the newest snapshot is damaged, and " + e.getMessage() + ". " + damaged.getMessage(), e);
        }
    }

    @Override
    public @Nullable CorruptionException damaged() {
        return damagedSnapshot;
    }

    /** Does what {@link #open} does, and closes the files, but not the machines. */
    void rehearse() throws IOException {
        try {
            var _ = open();
        } finally {
            ReplicaFiles opened = files;
            files = null;
            if (opened != null) {
                opened.close();
            }
        }
    }

    private ReplicaFiles files() {
        ReplicaFiles open = files;
        if (open == null) {
            throw new IllegalStateException("the replica in " + options.directory() + " is not open");
        }
        return open;
    }

    // --- the log of a lone shard

    @Override
    public long storedIndex() {
        return files().journal().lastIndex();
    }

    @Override
    public @Nullable JournalEntry storedBehind(long index) throws IOException {
        return files().journal().firstBehind(index);
    }

    @Override
    public JournalEntry append(long index, long term, Entry entry) throws IOException {
        // What goes past the cache is large, so only there it is worth knowing.
        boolean read = entry.length() < options.journal().aroundBytes() || isRead(entry);
        return files().append(index, term, entry, read);
    }

    @Override
    public void force() throws IOException {
        files().journal().force();
    }

    /** Whether an entry's body is read again: events are, while the other machines take over what they need. */
    private boolean isRead(Entry entry) {
        return entry.body().size() != 1 || any(entry, state::appends);
    }

    private static boolean any(Entry entry, Predicate<Operation> condition) {
        RequestCodec.Cursor requests = RequestCodec.cursor(entry.body().getFirst());
        while (requests.hasNext()) {
            if (condition.test(requests.next().operation())) {
                return true;
            }
        }
        return false;
    }

    // --- apply

    /**
     * {@inheritDoc}
     *
     * <p>One entry at a time, and only while nothing else is to be applied: whoever applies it then has the machines alone until
     * the apply thread comes for the replies. What it did is published there and then, as with every other entry.
     */
    @Override
    public void applyAhead(long index, long term, Entry entry) {
        if (entry.body().size() != 1 || applied.index() != index - 1 || !canApplyAhead(entry)) {
            return;
        }
        ByteBuffer body = entry.body().getFirst();
        AppliedAhead next =
                new AppliedAhead(index, term, () -> state.apply(index, entry.timestampNs(), entry.requests(), body));
        synchronized (turns) {
            if (checkpoints.isWanted() || ahead != null || failure.get() != null) {
                return;
            }
            ahead = next;
        }
        try {
            aheadExecutor.execute(next);
        } catch (RejectedExecutionException _) {
            // It was shut down: the apply thread works itself.
        }
    }

    private boolean canApplyAhead(Entry entry) {
        return !any(entry, operation -> !state.canApplyAhead(operation));
    }

    @Override
    public boolean isApplyingAhead() {
        AppliedAhead begun = ahead;
        return begun != null && !begun.isDone();
    }

    @Override
    public ByteBuffer apply(JournalEntry entry) {
        ensureWell();
        try {
            follows(entry.index());
            return applyStored(entry);
        } catch (RuntimeException e) {
            fail(e);
            throw e;
        }
    }

    private ByteBuffer applyStored(JournalEntry entry) {
        long index = entry.index();
        AppliedAhead done = ahead;
        ByteBuffer replies = done == null ? run(entry) : done.replies(index, entry.term());
        state.publish();
        files().journal().applied(index);
        note(index, entry.term(), entry.body().remaining());
        settle();
        return replies;
    }

    @Override
    public ByteBuffer apply(long index, long term, Entry entry) {
        ensureWell();
        try {
            follows(index);
            return applyStored(
                    mayAppendEvents(entry) || files().endSegmentWith(index)
                            ? files().keep(index, term, entry)
                            : ReplicaFiles.passing(index, term, entry));
        } catch (IOException e) {
            fail(e);
            throw new UncheckedIOException(e);
        } catch (RuntimeException e) {
            fail(e);
            throw e;
        }
    }

    /** A machine that can apply a request before it has a place appends none, and a marker is nothing to anybody. */
    private boolean mayAppendEvents(Entry entry) {
        return entry.body().size() != 1
                || any(entry, operation -> operation != Operation.MARKER && !state.canApplyAhead(operation));
    }

    private ByteBuffer run(JournalEntry entry) {
        inHand = entry;
        ByteBuffer replies = state.apply(entry.index(), entry.stampNs(), entry.requests(), entry.body());
        inHand = null;
        return replies;
    }

    @Override
    public void skip(long index, long term) {
        ensureWell();
        try {
            follows(index);
        } catch (RuntimeException e) {
            fail(e);
            throw e;
        }
        note(index, term, 0);
    }

    private void follows(long index) {
        long newest = applied.index();
        if (index <= newest) {
            throw new IllegalStateException("entry " + index + " comes after " + newest + " was applied");
        }
    }

    private void note(long index, long term, int bytes) {
        applied = new Position(index, term);
        checkpoints.applied(bytes);
    }

    Position applied() {
        return applied;
    }

    // --- snapshots

    /** Whether enough was applied since the newest snapshot to pay for another. */
    boolean wantsSnapshot() {
        return checkpoints.isDue();
    }

    /** No entry is applied ahead any more. */
    private void settle() {
        AppliedAhead done;
        synchronized (turns) {
            done = ahead;
            ahead = null;
        }
        if (done != null) {
            done.settled().complete(null);
        }
    }

    /** The first call of {@link #snapshot} begins one when this has completed. Any thread. */
    CompletableFuture<Void> wantSnapshot() {
        synchronized (turns) {
            checkpoints.want();
            AppliedAhead last = ahead;
            return last == null ? CompletableFuture.completedFuture(null) : last.settled();
        }
    }

    /** Completes when the snapshot that is being made is durable, or with its failure; completed when there is none. */
    CompletableFuture<Void> persisted() {
        return checkpoints.persisted();
    }

    @Override
    public Position snapshot() throws IOException {
        ensureWell();
        try {
            return ahead != null ? checkpoints.covered() : checkpoints.take(applied, files().index(), state);
        } catch (IOException | RuntimeException e) {
            fail(e);
            throw e;
        }
    }

    @Override
    public List<Digest> digests() {
        return state.digests();
    }

    /** SHA-256 of the state; the apply thread, or any while nothing is applied. */
    byte[] digest() {
        return state.digest();
    }

    // --- copies

    /** Held while a step of background work is taken, and while everything is replaced. */
    private final Object maintenance = new Object();

    @Override
    public CopyOut copyOut() throws IOException {
        synchronized (maintenance) {
            Position position = checkpoints.hold();
            try {
                return new CopyOut(
                        disk, options.directory(), position, snapshots.file(position), sound(position), checkpoints);
            } catch (IOException | RuntimeException e) {
                checkpoints.release();
                throw e;
            }
        }
    }

    /**
     * A wrong byte stays where it is: this replica halts, and does not hand it to others. The journal is written to and thinned meanwhile,
     * so what looks wrong is looked at a second time, with the files of then.
     */
    private CopyOut.Check sound(Position position) {
        return new CopyOut.Check() {
            private Soundness soundness = new Soundness(disk, position.index());

            @Override
            public void before(Path file) throws IOException {
                try {
                    soundness.require(file);
                } catch (CorruptionException first) {
                    soundness = new Soundness(disk, position.index());
                    again(file);
                }
            }

            private void again(Path file) throws IOException {
                try {
                    soundness.require(file);
                } catch (CorruptionException e) {
                    fail(e);
                    throw e;
                }
            }
        };
    }

    @Override
    public CopyIn copyIn() throws IOException {
        return new CopyIn(disk, options.directory());
    }

    @Override
    public Position install(CopyIn copy) throws IOException {
        ensureWell();
        try (copy) {
            // Snapshots begin on this thread, copies behind the lock: none does before the files are others.
            synchronized (maintenance) {
                checkpoints.awaitRest();
                files().close();
                state.close();
                copy.install();
                return load();
            }
        } catch (IOException | RuntimeException e) {
            fail(e);
            throw e;
        }
    }

    // --- wrong bytes

    OptionalInt mend(Path file, SegmentMender.Source other) throws IOException {
        SegmentFormat.Name name = SegmentFormat.parse(file);
        Segment segment =
                name == null || !name.segment() ? null : files().journal().segment(name.base());
        return segment == null || segment.seal() == null || !segment.file().equals(file)
                ? OptionalInt.empty()
                : OptionalInt.of(SegmentMender.mend(segment, other));
    }

    List<Path> restingFiles() throws IOException {
        List<Path> all = new ArrayList<>(disk.list(options.directory().resolve("state")));
        all.removeIf(AtomicFile::isUnfinished);
        files().journal().segments().forEach(segment -> all.add(segment.file()));
        return all;
    }

    /** What others write and thin meanwhile may look wrong: it is looked at a second time, with the files of then. */
    void requireSound(Path file, Disk through) throws IOException {
        try {
            new Soundness(through, checkpoints.covered().index()).require(file);
        } catch (CorruptionException _) {
            new Soundness(through, checkpoints.covered().index()).require(file);
        }
    }

    /** What the newest durable snapshot covers. */
    Position covered() {
        return checkpoints.covered();
    }

    // --- background work

    /** One step of sealing or of giving space back; false when there is nothing to do. Not on the apply thread. */
    boolean housekeep() throws IOException {
        synchronized (maintenance) {
            ReplicaFiles open = files();
            return !checkpoints.isHeld()
                    && (open.journal().sealNext()
                            || (!state.needsJournal() && open.retention().step(snapshots.floorIndex())));
        }
    }

    void erase() {
        files().retention().erase(applied.index());
    }

    boolean isErasing() {
        return files().retention().isErasing();
    }

    // --- readers

    LogMachine streams() {
        return state.streams();
    }

    int version() {
        return state.version();
    }

    EventReader reader() {
        return reader;
    }

    // --- end

    private void ensureWell() {
        Throwable cause = failure.get();
        if (cause != null) {
            throw new ThalwegException(ErrorCode.UNAVAILABLE, HALTED, cause);
        }
    }

    @Override
    public void fail(Throwable cause) {
        if (failure.compareAndSet(null, cause)) {
            onFailure.accept(cause);
            AppliedAhead last = ahead;
            if (last != null) {
                // Nobody will take its replies.
                last.settled().complete(null);
            }
        }
    }

    @Nullable
    Throwable failure() {
        return failure.get();
    }

    @Override
    public void close() throws IOException {
        ReplicaFiles open = files;
        files = null;
        if (open != null) {
            AppliedAhead last = ahead;
            if (last != null) {
                last.await();
            }
            open.close();
            state.close();
        }
    }
}
