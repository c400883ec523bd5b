package io.thalweg.shard;

import io.thalweg.log.EventIndex;
import io.thalweg.log.Journal;
import io.thalweg.log.JournalEntry;
import io.thalweg.log.Retention;
import io.thalweg.log.StreamReader;
import io.thalweg.model.BinaryReader;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.Operation;
import io.thalweg.model.RequestCodec;
import io.thalweg.model.StreamId;
import io.thalweg.model.ThalwegException;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.Disk;
import io.thalweg.shard.machine.Machine;
import io.thalweg.shard.stream.LogMachine;
import io.thalweg.shard.stream.StreamIndex;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A shard's storage and state machine on this node. The journal holds the bodies of entries, written before they are
 * committed; the machines and the sessions are what applying them made, kept in memory and in snapshots; the event index says
 * where in the journal each event stands, and is made durable with each snapshot. A start loads the newest whole snapshot and
 * is told to apply what came after it again.
 *
 * <p>Applying is a function of the entries alone. Its cost is that of decoding and of the machines: the bodies of recent entries
 * are still in memory, replies are collected in one buffer, and no lock is taken. Readers see an entry's events when the whole
 * entry is applied.
 *
 * <p>Whatever goes wrong below (a failed force, a wrong byte, a bug in a machine) halts the shard for good: nothing is
 * acknowledged any more, the first cause is kept, and only a restart, which begins from what is really on disk, helps.
 */
final class ShardReplica implements Replica, LoneReplica {
    /** What callers hear. The cause may name files, and what is another tenant's; it is for the operator's eyes. */
    static final String HALTED =
            "the shard has halted, and accepts nothing before its node is started again; the node's log says why";

    private static final int REFERENCE_BYTES = 16;

    private final ShardOptions options;
    private final Disk disk;
    private final Executor journalExecutor;
    private final Executor aheadExecutor;
    private final Executor snapshotExecutor;
    private final Snapshots snapshots;
    private final ShardState state;
    private final Consumer<Throwable> onFailure;
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    /** What {@link #open} opened. */
    private record Storage(
            Journal journal, JournalWriter writer, EventIndex index, StreamReader reader, Retention retention) {}

    private volatile @Nullable Storage storage;

    /** Why the newest snapshot could not be used; the next entry must then follow the older one directly. */
    private @Nullable CorruptionException damagedSnapshot;

    // Written by the apply thread, read by any.
    private volatile Position applied = Position.NONE;
    private volatile long bytesSinceSnapshot;
    private volatile int entriesSinceSnapshot;
    private volatile CompletableFuture<Void> persisted = CompletableFuture.completedFuture(null);

    // Written where snapshots are made durable, read by any.
    private volatile Position covered = Position.NONE;
    private volatile long snapshotBytes;

    /** Begins and ends what follows, so that no snapshot has an entry that was only applied ahead. */
    private final Object turns = new Object();

    private volatile boolean snapshotWanted;
    private volatile @Nullable AppliedAhead ahead;

    /** The entry whose requests are being applied; null outside of {@link #apply}. */
    private @Nullable JournalEntry inHand;

    ShardReplica(
            ShardOptions options,
            Disk disk,
            Executor journalExecutor,
            Executor aheadExecutor,
            Executor snapshotExecutor,
            MarkedReads reads,
            List<Machine> others,
            Consumer<Throwable> onFailure) {
        this.options = options;
        this.disk = disk;
        this.journalExecutor = journalExecutor;
        this.aheadExecutor = aheadExecutor;
        this.snapshotExecutor = snapshotExecutor;
        this.onFailure = onFailure;
        snapshots = new Snapshots(disk, options.directory().resolve("state"));
        state = new ShardState(options, new IndexSink(), others, reads::reached);
    }

    /** Brings what apply decides to the event index, with the entry that it is deciding about. */
    private final class IndexSink implements StreamIndex {
        private JournalEntry entry() {
            JournalEntry entry = inHand;
            if (entry == null) {
                throw new IllegalStateException("events are only appended while an entry is being applied");
            }
            return entry;
        }

        @Override
        public void restore(StreamId stream, long first, long head) {
            storage().index.restore(stream, first, head);
        }

        @Override
        public void append(StreamId stream, long firstSequence, int count, long timestampNs, int offset, int length) {
            storage().index.add(entry(), stream, firstSequence, count, timestampNs, offset, length);
        }

        @Override
        public void trim(StreamId stream, long firstSequence) {
            storage().index.trim(stream, firstSequence);
        }

        @Override
        public void delete(StreamId stream) {
            storage().index.delete(stream);
        }

        @Override
        public void publish(StreamId stream, long head) {
            storage().index.publish(stream, head);
        }
    }

    // --- start

    @Override
    public Position open() throws IOException {
        if (storage != null) {
            throw new IllegalStateException("the replica in " + options.directory() + " is open already");
        }
        disk.createDirectories(options.directory());
        Snapshots.Found found = snapshots.load();
        damagedSnapshot = found.damaged();
        Snapshots.Loaded newest = found.newest();
        Position position = newest == null ? Position.NONE : newest.position();
        if (newest != null) {
            state.load(newest);
        }
        Journal journal = Journal.open(disk, options.directory().resolve("journal"), options.journal());
        EventIndex index = EventIndex.open(journal, position.index(), options.indexCacheBytes());
        storage = new Storage(
                journal,
                new JournalWriter(journal, journalExecutor, this::fail, failure::get),
                index,
                new StreamReader(index),
                new Retention(journal, index));
        state.streams().restoreIndex();
        state.publish();
        applied = position;
        covered = position;
        requireAllBehind(journal, position.index());
        journal.check(position.index());
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

    /** Does what {@link #open} does, and closes the files, but not the machines. */
    void rehearse() throws IOException {
        try {
            var _ = open();
        } finally {
            Storage opened = storage;
            storage = null;
            if (opened != null) {
                opened.index.close();
                opened.journal.close();
            }
        }
    }

    private Storage storage() {
        Storage open = storage;
        if (open == null) {
            throw new IllegalStateException("the replica in " + options.directory() + " is not open");
        }
        return open;
    }

    // --- storage

    @Override
    public long storedIndex() {
        return storage().journal.lastIndex();
    }

    @Override
    public @Nullable JournalEntry storedBehind(long index) throws IOException {
        return storage().journal.firstBehind(index);
    }

    @Override
    public JournalEntry append(long index, long term, Entry entry) throws IOException {
        // What goes past the cache is large, so only there it is worth knowing.
        boolean read = entry.length() < options.journal().aroundBytes() || isRead(entry);
        return storage()
                .journal
                .append(index, term, entry.timestampNs(), entry.requests(), entry.body(), entry.checksum(), read);
    }

    @Override
    public void force() throws IOException {
        storage().journal.force();
    }

    @Override
    public CompletableFuture<Void> write(long index, long term, Entry entry) {
        return storage().writer.write(index, term, entry, isRead(entry));
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

    @Override
    public CompletableFuture<Void> flush(long index) {
        return storage().writer.flush();
    }

    @Override
    public CompletableFuture<Void> truncate(long lastIndex) {
        return storage().writer.truncate(lastIndex);
    }

    @Override
    public ByteBuffer reference(Entry entry) {
        return reference(entry.length(), entry.checksum(), entry.timestampNs());
    }

    private static ByteBuffer reference(int length, int checksum, long timestampNs) {
        return ByteBuffer.allocate(REFERENCE_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(length)
                .putInt(checksum)
                .putLong(timestampNs)
                .flip();
    }

    @Override
    public Entry read(long index, long term, ByteBuffer reference) throws IOException {
        JournalEntry stored = stored(index, term, reference);
        return new Entry(
                stored.stampNs(),
                stored.requests(),
                List.of(stored.body()),
                stored.body().remaining(),
                stored.checksum());
    }

    /** The stored entry, which must be the very one that the consensus means. */
    private JournalEntry stored(long index, long term, ByteBuffer reference) throws IOException {
        BinaryReader in = new BinaryReader(reference);
        int length = in.i32();
        int checksum = in.i32();
        long stampNs = in.i64();
        in.end();
        JournalEntry stored;
        try {
            stored = storage().journal.read(index);
        } catch (NoSuchElementException e) {
            throw new IOException(
                    "the consensus log has entry " + index + " of term " + term + ", but its body is missing in "
                            + options.directory().resolve("journal"),
                    e);
        }
        if (stored.term() != term
                || stored.stampNs() != stampNs
                || stored.checksum() != checksum
                || stored.body().remaining() != length) {
            throw new IOException(
                    "entry " + index + " in " + options.directory().resolve("journal") + " is of term "
                            + stored.term() + " with " + stored.body().remaining()
                            + " bytes, but the consensus means one of term "
                            + term + " with " + length + " bytes");
        }
        return stored;
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
            if (snapshotWanted || ahead != null || failure.get() != null) {
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
            long index = entry.index();
            if (index <= applied.index()) {
                throw new IllegalStateException("entry " + index + " comes after " + applied.index() + " was applied");
            }
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
        storage().journal.applied(index);
        note(index, entry.term(), entry.body().remaining());
        settle();
        return replies;
    }

    @Override
    public ByteBuffer apply(long index, long term, ByteBuffer reference) {
        ensureWell();
        try {
            follows(index);
            return applyStored(stored(index, term, reference));
        } catch (IOException e) {
            fail(e);
            throw new UncheckedIOException(e);
        } catch (RuntimeException e) {
            fail(e);
            throw e;
        }
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

    /** Entries come in order; and right behind an older snapshot when the newest one is damaged, or they are lost. */
    private void follows(long index) {
        long newest = applied.index();
        if (index <= newest) {
            throw new IllegalStateException("entry " + index + " comes after " + newest + " was applied");
        }
        CorruptionException damaged = damagedSnapshot;
        if (damaged != null) {
            if (index > newest + 1) {
                throw new IllegalStateException(
                        "the newest snapshot is damaged, and the consensus log no longer reaches back to the one"
                                + " before it: it"
                                + " begins"
                                + " at " + index + ", needed is " + (newest + 1) + ". " + damaged.getMessage(),
                        damaged);
            }
            damagedSnapshot = null;
        }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // the apply thread is the only writer
    private void note(long index, long term, int bytes) {
        applied = new Position(index, term);
        bytesSinceSnapshot += bytes;
        entriesSinceSnapshot++;
    }

    Position applied() {
        return applied;
    }

    // --- snapshots

    /** Whether enough was applied since the newest snapshot to pay for another. */
    boolean wantsSnapshot() {
        // A snapshot is worth taking when what it saves to replay is large in comparison with what it writes.
        return bytesSinceSnapshot >= Math.max(options.snapshotBytes(), 4 * snapshotBytes)
                || (entriesSinceSnapshot >= options.snapshotEntries() && bytesSinceSnapshot >= snapshotBytes);
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
            snapshotWanted = true;
            AppliedAhead last = ahead;
            return last == null ? CompletableFuture.completedFuture(null) : last.settled();
        }
    }

    /** Completes when the snapshot that is being made is durable, or with its failure; completed when there is none. */
    CompletableFuture<Void> persisted() {
        return persisted;
    }

    /**
     * {@inheritDoc}
     *
     * <p>The state is captured here, on the apply thread, which is quick; making it durable is left to the executor for
     * snapshots, and {@link #persisted} tells when it is. One is made at a time.
     */
    @Override
    public Position snapshot() throws IOException {
        ensureWell();
        Position position = applied;
        if (!snapshotWanted || ahead != null || !persisted.isDone()) {
            return covered;
        }
        if (position.equals(covered)) {
            snapshotWanted = false;
            return position;
        }
        CompletableFuture<Void> done = new CompletableFuture<>();
        try {
            EventIndex.Checkpoint index = storage().index.checkpoint(position.index());
            ShardState.Captured captured = state.capture();
            bytesSinceSnapshot = 0;
            entriesSinceSnapshot = 0;
            snapshotWanted = false;
            persisted = done;
            snapshotExecutor.execute(() -> persist(position, index, captured, done));
        } catch (IOException | RuntimeException e) {
            fail(e);
            throw e;
        }
        return covered;
    }

    /** Makes a captured snapshot count: first what it refers to, then the file, then what only older ones needed goes. */
    private void persist(
            Position position,
            EventIndex.Checkpoint index,
            ShardState.Captured captured,
            CompletableFuture<Void> done) {
        try {
            ensureWell();
            index.persist();
            captured.persist();
            snapshotBytes = snapshots.store(position, captured.pieces());
            covered = position;
            captured.published();
            done.complete(null);
        } catch (IOException | RuntimeException e) {
            fail(e);
            done.completeExceptionally(e);
        }
    }

    /** SHA-256 of the state; the apply thread, or any while nothing is applied. */
    byte[] digest() {
        return state.digest();
    }

    // --- background work

    /** One step of sealing or of giving space back; false when there is nothing to do. Not on the apply thread. */
    boolean housekeep() throws IOException {
        Storage open = storage();
        return open.journal.sealNext() || (!state.needsJournal() && open.retention.step(snapshots.floorIndex()));
    }

    // --- readers

    LogMachine streams() {
        return state.streams();
    }

    StreamReader reader() {
        return storage().reader;
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
        Storage open = storage;
        storage = null;
        if (open != null) {
            AppliedAhead last = ahead;
            if (last != null) {
                last.await();
            }
            try (open.journal) {
                open.index.close();
            }
            state.close();
        }
    }
}
