package io.thalweg.shard.ledger;

import io.thalweg.ledger.Ledger;
import io.thalweg.ledger.LedgerOptions;
import io.thalweg.ledger.LedgerReply;
import io.thalweg.ledger.LedgerRequest;
import io.thalweg.ledger.LedgerRequest.Caller;
import io.thalweg.ledger.query.LedgerQueries;
import io.thalweg.ledger.store.Capture;
import io.thalweg.ledger.store.block.BlockCache;
import io.thalweg.ledger.store.block.RestingBlocks;
import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.LedgerId;
import io.thalweg.model.MalformedException;
import io.thalweg.model.TenantId;
import io.thalweg.model.request.Operation;
import io.thalweg.model.request.Reply;
import io.thalweg.model.request.Request;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.Disk;
import io.thalweg.shard.machine.ApplyContext;
import io.thalweg.shard.machine.LedgerRegistry;
import io.thalweg.shard.machine.Machine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The ledgers of a shard: the synchronous view of its requests. Owns the operations that create accounts and transfers, and the
 * sessions of the wire protocol. Reads do not come by here: {@link io.thalweg.shard.Shard#read} runs them on the apply thread at
 * their place in the order, where {@link #ledger} may be used; {@link #queries} serves any thread.
 *
 * <p>Each request that a ledger executes has a number in it, from 1, its <em>op</em>. Each event takes a tick of the shard's time, a
 * registration one, a pulse as many as it may expire; see {@link Book}.
 *
 * <p><b>Damage.</b> When a stored byte of a ledger is wrong, that ledger freezes (or the replica steps aside, see {@link
 * Damage.Policy}): nothing more of it is applied or answered, its files are left as they are, and everything else goes on as if
 * it were there, time included. That is a fault of this replica and not a state of the shard: the entries that the ledger did not
 * apply are in the journal, which gives back no space meanwhile, so that the ledger can be computed again (see {@code
 * io.thalweg.shard.repair}). What a client is told says that the outcome is not known, because after the repair the request has
 * its effect. Between the damage and the next snapshot a restart applies the same entries again: it meets the same damage, or
 * the bytes are right after all and nothing was lost. From the next snapshot on, which no longer has the ledger, it stays frozen.
 *
 * <pre>
 * state  = version i32, ledgers i32, ledger*
 * ledger = tenant 16, id 16, op i64, frozen u8,
 *          sessions, book's state (length i32, bytes)                              frozen 0
 *        | stored bytes i64, file text, offset i64, reason text                    frozen 1
 * </pre>
 *
 * Version 1 has no {@code frozen}, and no frozen ledgers.
 */
public final class LedgerMachine implements Machine, LedgerRegistry {
    private static final Logger LOG = System.getLogger(LedgerMachine.class.getName());
    private static final int VERSION = 2;
    private static final int OPEN = 0;
    private static final int FROZEN = 1;
    private static final byte[] NO_DIGEST = "frozen".getBytes(StandardCharsets.UTF_8);

    private final Disk disk;
    private final BookFolders folders;
    private final LedgerOptions options;
    private final BlockCache cache;
    private final Executor background;
    private final int sessionsMax;
    private final Damage.Policy policy;

    /** Written by the apply thread, read by any. */
    private final NavigableMap<LedgerId, Book> books = new ConcurrentSkipListMap<>();

    /** Ledgers to take for damaged. */
    private Set<LedgerId> condemned = Set.of();

    private final Publications publications = new Publications();

    /** What the entry in hand touched. */
    private final List<Book> touched = new ArrayList<>();

    /** The last tick of the newest request to a ledger, or what was loaded is no newer than it; of the apply thread. */
    private long appliedNs;

    private volatile BiConsumer<LedgerId, TenantId> onDue = (_, _) -> {};

    /** Results of the batch in hand, one after another. */
    private final ByteBuffer results = ByteBuffer.allocateDirect(LedgerRequest.EVENTS_MAX * LedgerReply.DENSE_BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);

    /**
     * @param directory gets a directory for each ledger
     * @param cache for blocks of files, of all ledgers together; stays the caller's
     * @param background runs what the ledgers do beside, in pieces
     * @param sessionsMax sessions of the wire protocol in each ledger; the one that was used longest ago goes first
     * @param policy what a wrong byte in a ledger does
     */
    public LedgerMachine(
            Disk disk,
            Path directory,
            LedgerOptions options,
            BlockCache cache,
            Executor background,
            int sessionsMax,
            Damage.Policy policy) {
        this.disk = disk;
        this.folders = new BookFolders(disk, directory);
        this.options = options;
        this.cache = cache;
        this.background = background;
        this.sessionsMax = sessionsMax;
        this.policy = policy;
    }

    // --- reads

    /**
     * A tenant's ledger, to be read within {@link io.thalweg.shard.Shard#read} only; throws {@code LEDGER_FROZEN} when it must
     * not be.
     */
    public Optional<Ledger> ledger(TenantId tenant, LedgerId id) {
        return Optional.ofNullable(find(tenant, id)).map(book -> book.open().ledger());
    }

    /** What any thread may ask of a tenant's ledger as far as it is published; throws {@code LEDGER_FROZEN}. */
    public Optional<LedgerQueries> queries(TenantId tenant, LedgerId id) {
        return ledger(tenant, id).map(Ledger::queries);
    }

    /** Requests that a ledger has executed; within {@link io.thalweg.shard.Shard#read} only. */
    public long op(LedgerId id) {
        Book book = books.get(id);
        return book == null ? 0 : book.op;
    }

    /** Nothing in a ledger is newer; within {@link io.thalweg.shard.Shard#read} only. */
    public long appliedNs() {
        return appliedNs;
    }

    /**
     * Whether a read may be answered to this client of the wire protocol; within {@link io.thalweg.shard.Shard#read} only.
     *
     * @return null when it may; otherwise what to tell the client
     */
    public @Nullable LedgerReply refusal(LedgerId id, Caller caller) {
        Book book = books.get(id);
        byte[] reply = book == null ? null : book.open().sessions().beforeRequest(caller);
        return switch (reply == null ? null : LedgerReply.parse(ByteBuffer.wrap(reply))) {
            case null -> null;
            // A read has a number of its own, which no change has.
            case LedgerReply.Executed _ -> new LedgerReply.Dropped();
            case LedgerReply other -> other;
        };
    }

    /**
     * Whether a client's session has to be touched ({@link Operation#LEDGER_TOUCH}) to count as used; within {@link
     * io.thalweg.shard.Shard#read} only.
     */
    public boolean fades(LedgerId id, Caller caller) {
        Book book = books.get(id);
        return book != null && book.open().sessions().fades(caller);
    }

    /** Whether a client has this session or a later one; within {@link io.thalweg.shard.Shard#read} only. */
    public boolean hasSession(LedgerId id, long clientLow, long clientHigh, long session) {
        Book book = books.get(id);
        return book != null && book.open().sessions().has(clientLow, clientHigh, session);
    }

    /** Ledgers in which something has expired by {@code nowNs}, with their tenants; any thread. */
    public Map<LedgerId, TenantId> due(long nowNs) {
        Map<LedgerId, TenantId> due = new TreeMap<>();
        for (Book book : books.values()) {
            if (book.nextExpiryNs <= nowNs) {
                due.put(book.id, book.tenant);
            }
        }
        return due;
    }

    /** Bytes of all records in a tenant's ledgers; any thread. */
    public long storedBytes(TenantId tenant) {
        long bytes = 0;
        for (Book book : books.values()) {
            bytes += book.tenant.equals(tenant) ? book.storedBytes() : 0;
        }
        return bytes;
    }

    /** Bytes of all records in all ledgers; any thread. */
    public long storedBytes() {
        return books.values().stream().mapToLong(Book::storedBytes).sum();
    }

    /** The ledgers that are frozen here, and why; any thread. */
    public Map<LedgerId, Damage> frozen() {
        Map<LedgerId, Damage> frozen = new TreeMap<>();
        for (Book book : books.values()) {
            if (book.state() instanceof Book.State.Frozen(Damage damage, long _)) {
                frozen.put(book.id, damage);
            }
        }
        return frozen;
    }

    @Override
    public boolean needsJournal() {
        return books.values().stream().anyMatch(book -> book.state() instanceof Book.State.Frozen);
    }

    private @Nullable Book find(TenantId tenant, LedgerId id) {
        Book book = books.get(id);
        return book != null && book.tenant.equals(tenant) ? book : null;
    }

    // --- changes

    @Override
    public String name() {
        return "ledgers";
    }

    @Override
    public boolean owns(Operation operation) {
        return switch (operation) {
            case LEDGER_CREATE, LEDGER_ACCOUNTS, LEDGER_TRANSFERS, LEDGER_REGISTER, LEDGER_PULSE, LEDGER_TOUCH -> true;
            default -> false;
        };
    }

    @Override
    public int checksum(Request request) {
        return LedgerRequest.checksum(request.body());
    }

    @Override
    public boolean canApplyAhead(Operation operation) {
        return operation == Operation.LEDGER_ACCOUNTS || operation == Operation.LEDGER_TRANSFERS;
    }

    @Override
    public Reply apply(ApplyContext context, Request request) {
        LedgerRequest parsed = LedgerRequest.parse(request.body());
        if (request.operation() == Operation.LEDGER_CREATE) {
            return create(request.tenant(), parsed.ledger());
        }
        int taken = parsed.timed() ? Book.ticks(request.operation(), parsed) : 0;
        long first = taken > 0 ? context.take(taken) : Book.NOT_TAKEN;
        Book book = find(request.tenant(), parsed.ledger());
        if (book == null) {
            return new Reply.Refused(ErrorCode.NOT_FOUND, "there is no ledger " + parsed.ledger());
        }
        touch(book);
        appliedNs = context.timestampNs() + (taken > 0 ? taken : Book.ticks(request.operation(), parsed)) - 1;
        try {
            return book.execute(context, first, request.operation(), parsed, results);
        } catch (CorruptionException e) {
            freeze(book, e);
            return new Reply.Refused(ErrorCode.LEDGER_FROZEN, book.frozen());
        }
    }

    private void touch(Book book) {
        if (!book.touched) {
            book.touched = true;
            touched.add(book);
        }
    }

    private void freeze(Book book, CorruptionException found) {
        if (policy == Damage.Policy.STEP_ASIDE) {
            throw found;
        }
        if (book.state() instanceof Book.State.Open(Ledger ledger, LedgerSessions _)) {
            folders.retire(ledger);
            book.freeze(Damage.of(folders.directory(), found));
            warn(book, found);
        }
    }

    private static void warn(Book book, CorruptionException found) {
        LOG.log(
                Level.ERROR,
                "ledger " + book.id + " of tenant " + book.tenant + " is frozen after " + book.op
                        + " requests and answers nothing until it is repaired (stop the node, then: thalweg ledger"
                        + " repair); all other ledgers and logs go on. " + found.getMessage());
    }

    @Override
    public boolean exists(TenantId tenant, LedgerId id) {
        return find(tenant, id) != null;
    }

    @Override
    public Reply create(TenantId tenant, LedgerId id) {
        if (books.containsKey(id)) {
            return new Reply.Refused(ErrorCode.ALREADY_EXISTS, "ledger " + id + " exists");
        }
        folders.begin(id);
        try {
            // What an earlier life made after its last snapshot is made again.
            folders.empty(id);
            add(new Book(tenant, id, 0, open(id, new LedgerSessions(sessionsMax), null)));
        } catch (IOException e) {
            throw new UncheckedIOException("ledger " + id + " cannot be created", e);
        }
        return Book.DONE;
    }

    /** {@inheritDoc} Its files go when no snapshot names them any more. */
    @Override
    public Reply delete(TenantId tenant, LedgerId id) {
        Book book = find(tenant, id);
        if (book == null) {
            return new Reply.Refused(ErrorCode.NOT_FOUND, "there is no ledger " + id);
        }
        books.remove(id);
        folders.end(id);
        touched.remove(book);
        if (book.state() instanceof Book.State.Open(Ledger ledger, LedgerSessions _)) {
            folders.retire(ledger);
        }
        return Book.DONE;
    }

    private Book.State open(LedgerId id, LedgerSessions sessions, @Nullable ByteBuffer state) throws IOException {
        return new Book.State.Open(Ledger.open(disk, folders.of(id), options, cache, background, state), sessions);
    }

    private void add(Book book) {
        books.put(book.id, book);
        touch(book);
    }

    @Override
    public void publish() {
        NavigableMap<LedgerId, TenantId> due = new TreeMap<>();
        for (Book book : touched) {
            book.touched = false;
            if (book.state() instanceof Book.State.Open(Ledger ledger, LedgerSessions _)) {
                try {
                    ledger.publish();
                    book.nextExpiryNs = ledger.nextExpiry();
                    if (book.nextExpiryNs <= appliedNs) {
                        due.put(book.id, book.tenant);
                    }
                } catch (CorruptionException e) {
                    freeze(book, e);
                }
            }
        }
        if (!touched.isEmpty()) {
            publications.next();
        }
        touched.clear();
        due.forEach(onDue);
    }

    /**
     * Tells somebody on the apply thread of each ledger that an entry changed and in which something has expired by the entry's time: he
     * must be quick.
     */
    public void onDue(BiConsumer<LedgerId, TenantId> listener) {
        onDue = listener;
    }

    /** Counts entries that changed any ledger, as they are published; any thread. */
    public long publications() {
        return publications.count();
    }

    /** Waits until {@link #publications} is above {@code seen}, or until the time is over; any thread. */
    public void awaitPublication(long seen, Duration timeout) throws InterruptedException {
        publications.await(seen, timeout);
    }

    /**
     * Reads every block of all ledgers' files, and tells of each that is damaged, and of what froze a ledger. Only while nothing is
     * applied.
     */
    public void verify(Consumer<CorruptionException> damaged) throws IOException {
        for (Book book : books.values()) {
            switch (book.state()) {
                case Book.State.Open(Ledger ledger, LedgerSessions _) -> ledger.verify(damaged);
                case Book.State.Frozen(Damage damage, long _) ->
                    damaged.accept(new CorruptionException(
                            folders.directory().resolve(damage.file()), damage.offset(), damage.reason()));
            }
        }
    }

    /** What lies still in the files of all ledgers, as of now. Any thread. */
    public List<RestingBlocks> resting() {
        List<RestingBlocks> all = new ArrayList<>();
        for (Book book : books.values()) {
            if (book.state() instanceof Book.State.Open(Ledger ledger, LedgerSessions _)) {
                all.addAll(ledger.resting());
            }
        }
        return all;
    }

    // --- snapshots

    @Override
    public void save(BinaryWriter out) {
        out.i32(VERSION).i32(books.size());
        for (Book book : books.values()) {
            head(out, book);
            switch (book.state()) {
                case Book.State.Open(Ledger ledger, LedgerSessions sessions) -> {
                    sessions.save(out);
                    out.bytes(ledger.digest());
                }
                // Nothing that compares states may take this replica for one that has the ledger.
                case Book.State.Frozen _ -> out.bytes(NO_DIGEST);
            }
        }
    }

    private static void head(BinaryWriter out, Book book) {
        out.uuid(book.tenant.value())
                .uuid(book.id.value())
                .i64(book.op)
                .u8(book.state() instanceof Book.State.Frozen ? FROZEN : OPEN);
    }

    @Override
    public Captured capture() {
        BinaryWriter out = new BinaryWriter(1 << 12).i32(VERSION).i32(books.size());
        List<Capture> captures = new ArrayList<>(books.size());
        for (Book book : books.values()) {
            Capture capture = capture(book);
            head(out, book);
            switch (book.state()) {
                case Book.State.Open(Ledger _, LedgerSessions sessions) -> {
                    Capture begun = Objects.requireNonNull(capture, "an open ledger was captured");
                    captures.add(begun);
                    sessions.save(out);
                    out.i32(begun.manifest().remaining()).raw(begun.manifest());
                }
                case Book.State.Frozen(Damage damage, long bytes) -> damage.write(out.i64(bytes));
            }
        }
        Set<LedgerId> named = Set.copyOf(books.keySet());
        ByteBuffer form = out.toByteBuffer();
        return new Captured(
                () -> form,
                () -> {
                    for (Capture capture : captures) {
                        capture.persist().run();
                    }
                },
                () -> {
                    for (Capture capture : captures) {
                        capture.published().run();
                    }
                    folders.published(named);
                });
    }

    /** Null if the ledger is frozen, by now at the latest. */
    private @Nullable Capture capture(Book book) {
        if (book.state() instanceof Book.State.Open(Ledger ledger, LedgerSessions _)) {
            try {
                return ledger.capture();
            } catch (CorruptionException e) {
                freeze(book, e);
            }
        }
        return null;
    }

    @Override
    public void load(BinaryReader in) {
        int version = in.i32();
        if (version < 1 || version > VERSION) {
            throw new MalformedException("ledgers of version " + version + ", this program reads 1 to " + VERSION);
        }
        try {
            closeAll();
            for (int left = in.count(40); left > 0; left--) {
                load(in, version);
            }
            folders.loaded(Set.copyOf(books.keySet()));
        } catch (IOException e) {
            throw new UncheckedIOException("the ledgers in " + folders.directory() + " cannot be opened", e);
        }
    }

    @Override
    public void loaded(long lastNs) {
        appliedNs = lastNs;
    }

    private void load(BinaryReader in, int version) throws IOException {
        TenantId tenant = new TenantId(in.uuid());
        LedgerId id = new LedgerId(in.uuid());
        long op = in.i64();
        int form = version == 1 ? OPEN : in.u8();
        folders.begin(id);
        switch (form) {
            case OPEN -> {
                LedgerSessions sessions = new LedgerSessions(sessionsMax);
                sessions.load(in);
                ByteBuffer state = in.slice(in.i32());
                try {
                    if (condemned.contains(id)) {
                        throw new CorruptionException(folders.of(id), 0, "is to be made again");
                    }
                    add(new Book(tenant, id, op, open(id, sessions, state)));
                } catch (CorruptionException e) {
                    if (policy == Damage.Policy.STEP_ASIDE) {
                        throw e;
                    }
                    Book book = new Book(tenant, id, op, new Book.State.Frozen(Damage.of(folders.directory(), e), 0));
                    add(book);
                    warn(book, e);
                }
            }
            case FROZEN -> {
                long bytes = in.i64();
                add(new Book(tenant, id, op, new Book.State.Frozen(Damage.read(in), bytes)));
            }
            default -> throw new MalformedException("ledger " + id + " has form " + form + ", expected 0 or 1");
        }
    }

    /** {@inheritDoc} The damaged files are kept in a folder beside the ledgers'. */
    @Override
    public void mend(Machine other) throws IOException {
        if (!(other instanceof LedgerMachine whole)) {
            throw new IllegalArgumentException("ledgers cannot be mended from " + other.name());
        }
        for (Book book : books.values()) {
            if (book.state() instanceof Book.State.Frozen) {
                mend(book, whole);
            }
        }
    }

    private void mend(Book book, LedgerMachine whole) throws IOException {
        Book found = whole.find(book.tenant, book.id);
        if (found == null || !(found.state() instanceof Book.State.Open(Ledger ledger, LedgerSessions sessions))) {
            throw new IOException("ledger " + book.id + " is not whole there either");
        }
        Capture capture = ledger.capture();
        capture.persist().run();
        whole.books.remove(book.id);
        ledger.close();
        folders.replace(book.id, whole.folders);
        book.thaw(found.op, open(book.id, sessions, capture.manifest()));
        touch(book);
    }

    /**
     * Takes ledgers for damaged when a snapshot is loaded, whatever their files look like, so that they can be mended; before
     * {@link #load}.
     */
    public void condemn(Set<LedgerId> ids) {
        condemned = Set.copyOf(ids);
    }

    private void closeAll() {
        for (Book book : books.values()) {
            if (book.state() instanceof Book.State.Open(Ledger ledger, LedgerSessions _)) {
                ledger.close();
            }
        }
        books.clear();
        touched.clear();
        folders.clear();
    }

    @Override
    public void close() {
        closeAll();
    }
}
