package io.thalweg.shard.ledger;

import io.thalweg.ledger.Ledger;
import io.thalweg.ledger.LedgerOptions;
import io.thalweg.ledger.LedgerReply;
import io.thalweg.ledger.LedgerRequest;
import io.thalweg.ledger.LedgerRequest.Caller;
import io.thalweg.ledger.query.LedgerQueries;
import io.thalweg.ledger.store.BlockCache;
import io.thalweg.ledger.store.Capture;
import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.LedgerId;
import io.thalweg.model.MalformedException;
import io.thalweg.model.Operation;
import io.thalweg.model.Reply;
import io.thalweg.model.Request;
import io.thalweg.model.TenantId;
import io.thalweg.ports.disk.Disk;
import io.thalweg.shard.machine.ApplyContext;
import io.thalweg.shard.machine.LedgerRegistry;
import io.thalweg.shard.machine.Machine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The ledgers of a shard: the synchronous view of its requests. Owns the operations that create accounts and transfers, and the
 * sessions of the wire protocol. Reads do not come by here: {@link io.thalweg.shard.Shard#read} runs them on the apply thread at their place in the
 * order, where {@link #ledger} may be used; {@link #queries} serves any thread.
 *
 * <p>Each request that a ledger executes has a number in it, from 1, its <em>op</em>. Each event takes a tick of the shard's time, a
 * registration one, a pulse as many as it may expire.
 *
 * <pre>
 * state  = version i32, ledgers i32, ledger*
 * ledger = tenant 16, id 16, op i64, sessions, book's state (length i32, bytes)
 * </pre>
 */
public final class LedgerMachine implements Machine, LedgerRegistry {
    private static final int VERSION = 1;
    private static final Reply DONE = new Reply.Done(ByteBuffer.allocate(0).asReadOnlyBuffer());

    /** One ledger. */
    private static final class Book {
        final TenantId tenant;
        final LedgerId id;
        final Ledger ledger;
        final LedgerSessions sessions;
        long op;
        boolean touched;

        /** {@link Ledger#nextExpiry} as of the newest entry; any thread. */
        volatile long nextExpiryNs = Long.MAX_VALUE;

        Book(TenantId tenant, LedgerId id, Ledger ledger, LedgerSessions sessions) {
            this.tenant = tenant;
            this.id = id;
            this.ledger = ledger;
            this.sessions = sessions;
        }
    }

    private final Disk disk;
    private final Path directory;
    private final LedgerOptions options;
    private final BlockCache cache;
    private final Executor background;
    private final int sessionsMax;

    /** Written by the apply thread, read by any. */
    private final NavigableMap<LedgerId, Book> books = new ConcurrentSkipListMap<>();

    /** The ledgers that are, already while their directory is being made. Written by the apply thread, read by any. */
    private final Set<LedgerId> alive = ConcurrentHashMap.newKeySet();

    /** What the entry in hand touched. */
    private final List<Book> touched = new ArrayList<>();

    /** Deleted ledgers, which somebody may still be reading; guarded by itself. */
    private final List<Ledger> graves = new ArrayList<>();

    /** What the newest snapshot that counts names; where snapshots are made durable. */
    private Set<LedgerId> publishedBefore = Set.of();

    /** Results of the batch in hand, one after another. */
    private final ByteBuffer results = ByteBuffer.allocateDirect(LedgerRequest.EVENTS_MAX * LedgerReply.DENSE_BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);

    /**
     * @param directory gets a directory for each ledger
     * @param cache for blocks of files, of all ledgers together; stays the caller's
     * @param background runs what the ledgers do beside, in pieces
     * @param sessionsMax sessions of the wire protocol in each ledger; the one whose last commit is oldest goes first
     */
    public LedgerMachine(
            Disk disk, Path directory, LedgerOptions options, BlockCache cache, Executor background, int sessionsMax) {
        this.disk = disk;
        this.directory = directory;
        this.options = options;
        this.cache = cache;
        this.background = background;
        this.sessionsMax = sessionsMax;
    }

    // --- reads

    /** A tenant's ledger, to be read within {@link io.thalweg.shard.Shard#read} only. */
    public Optional<Ledger> ledger(TenantId tenant, LedgerId id) {
        return Optional.ofNullable(find(tenant, id)).map(book -> book.ledger);
    }

    /** What any thread may ask of a tenant's ledger as far as it is published. */
    public Optional<LedgerQueries> queries(TenantId tenant, LedgerId id) {
        return Optional.ofNullable(find(tenant, id)).map(book -> book.ledger.queries());
    }

    /** Requests that a ledger has executed; within {@link io.thalweg.shard.Shard#read} only. */
    public long op(LedgerId id) {
        Book book = books.get(id);
        return book == null ? 0 : book.op;
    }

    /**
     * Whether a read may be answered to this client of the wire protocol; within {@link io.thalweg.shard.Shard#read} only.
     *
     * @return null when it may; otherwise what to tell the client
     */
    public @Nullable LedgerReply refusal(LedgerId id, Caller caller) {
        Book book = books.get(id);
        byte[] reply = book == null ? null : book.sessions.beforeRequest(caller);
        return switch (reply == null ? null : LedgerReply.parse(ByteBuffer.wrap(reply))) {
            case null -> null;
            // A read has a number of its own, which no change has.
            case LedgerReply.Executed _ -> new LedgerReply.Dropped();
            case LedgerReply other -> other;
        };
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
            bytes += book.tenant.equals(tenant) ? book.ledger.storedBytes() : 0;
        }
        return bytes;
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
            case LEDGER_CREATE, LEDGER_ACCOUNTS, LEDGER_TRANSFERS, LEDGER_REGISTER, LEDGER_PULSE -> true;
            default -> false;
        };
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
        Book book = find(request.tenant(), parsed.ledger());
        if (book == null) {
            return new Reply.Refused(ErrorCode.NOT_FOUND, "there is no ledger " + parsed.ledger());
        }
        touch(book);
        return switch (request.operation()) {
            case LEDGER_REGISTER -> register(context, book, parsed);
            case LEDGER_PULSE -> pulse(context, book);
            default -> change(context, book, parsed, request.operation() == Operation.LEDGER_TRANSFERS);
        };
    }

    private void touch(Book book) {
        if (!book.touched) {
            book.touched = true;
            touched.add(book);
        }
    }

    @Override
    public Reply create(TenantId tenant, LedgerId id) {
        if (books.containsKey(id)) {
            return new Reply.Refused(ErrorCode.ALREADY_EXISTS, "ledger " + id + " exists");
        }
        alive.add(id);
        try {
            // What an earlier life made after its last snapshot is made again.
            remove(place(id));
            open(tenant, id, 0, new LedgerSessions(sessionsMax), null);
        } catch (IOException e) {
            throw new UncheckedIOException("ledger " + id + " cannot be created", e);
        }
        return DONE;
    }

    /** {@inheritDoc} Its files go when no snapshot names them any more. */
    @Override
    public Reply delete(TenantId tenant, LedgerId id) {
        Book book = find(tenant, id);
        if (book == null) {
            return new Reply.Refused(ErrorCode.NOT_FOUND, "there is no ledger " + id);
        }
        books.remove(id);
        alive.remove(id);
        touched.remove(book);
        synchronized (graves) {
            graves.add(book.ledger);
        }
        return DONE;
    }

    private Path place(LedgerId id) {
        return directory.resolve(id.toString());
    }

    private void open(TenantId tenant, LedgerId id, long op, LedgerSessions sessions, @Nullable ByteBuffer state)
            throws IOException {
        Book book = new Book(tenant, id, Ledger.open(disk, place(id), options, cache, background, state), sessions);
        book.op = op;
        alive.add(id);
        books.put(id, book);
        touch(book);
    }

    private Reply register(ApplyContext context, Book book, LedgerRequest request) {
        Caller caller = request.caller();
        if (caller == null) {
            throw new MalformedException("only a client registers a session");
        }
        byte[] known = book.sessions.beforeRegister(caller);
        if (known != null) {
            return done(known);
        }
        BinaryWriter out = new BinaryWriter(32);
        LedgerReply.writeExecuted(out, ++book.op, context.take(1), 0);
        byte[] reply = out.toByteArray();
        book.sessions.remember(caller, book.op, reply);
        return done(reply);
    }

    private Reply pulse(ApplyContext context, Book book) {
        if (book.ledger.nextExpiry() > context.timestampNs()) {
            return DONE;
        }
        book.op++;
        long first = context.take(Ledger.EXPIRIES_MAX);
        int expired = book.ledger.expire(first + Ledger.EXPIRIES_MAX - 1);
        return new Reply.Done(new BinaryWriter(4).i32(expired).toByteBuffer());
    }

    private Reply change(ApplyContext context, Book book, LedgerRequest request, boolean transfers) {
        Caller caller = request.caller();
        if (caller != null) {
            byte[] known = book.sessions.beforeRequest(caller);
            if (known != null) {
                return done(known);
            }
        }
        int[] counts = request.counts(LedgerRequest.EVENT_BYTES);
        if (request.full()) {
            return new Reply.Refused(ErrorCode.QUOTA_EXCEEDED, "the tenant's storage is used up");
        }
        int all = 0;
        for (int count : counts) {
            all += count;
        }
        long first = context.take(Math.max(1, all));
        BinaryWriter out = new BinaryWriter(64);
        LedgerReply.writeExecuted(out, ++book.op, all == 0 ? first : first + all - 1, counts.length);
        int done = 0;
        for (int count : counts) {
            ByteBuffer events =
                    request.events().slice(done * LedgerRequest.EVENT_BYTES, count * LedgerRequest.EVENT_BYTES);
            done += count;
            results.clear();
            if (transfers) {
                book.ledger.createTransfers(events, first + done - 1, results);
            } else {
                book.ledger.createAccounts(events, first + done - 1, results);
            }
            LedgerReply.writeBatch(out, results.flip());
        }
        if (caller != null) {
            byte[] reply = out.toByteArray();
            book.sessions.remember(caller, caller.session(), reply);
            return done(reply);
        }
        return new Reply.Done(out.toByteBuffer());
    }

    private static Reply done(byte[] reply) {
        return new Reply.Done(ByteBuffer.wrap(reply));
    }

    @Override
    public void publish() {
        for (Book book : touched) {
            book.touched = false;
            book.ledger.publish();
            book.nextExpiryNs = book.ledger.nextExpiry();
        }
        touched.clear();
    }

    // --- snapshots

    @Override
    public void save(BinaryWriter out) {
        out.i32(VERSION).i32(books.size());
        for (Book book : books.values()) {
            head(out, book).bytes(book.ledger.digest());
        }
    }

    private static BinaryWriter head(BinaryWriter out, Book book) {
        out.uuid(book.tenant.value()).uuid(book.id.value()).i64(book.op);
        book.sessions.save(out);
        return out;
    }

    @Override
    public Captured capture() {
        BinaryWriter out = new BinaryWriter(1 << 12).i32(VERSION).i32(books.size());
        List<Capture> captures = new ArrayList<>(books.size());
        for (Book book : books.values()) {
            Capture capture = book.ledger.capture();
            captures.add(capture);
            head(out, book).i32(capture.manifest().remaining()).raw(capture.manifest());
        }
        Set<LedgerId> named = Set.copyOf(books.keySet());
        return new Captured(
                out.toByteBuffer(),
                () -> {
                    for (Capture capture : captures) {
                        capture.persist().run();
                    }
                },
                () -> {
                    for (Capture capture : captures) {
                        capture.published().run();
                    }
                    bury(named);
                });
    }

    /** Lets go of the ledgers that neither a snapshot nor anybody else needs. */
    private void bury(Set<LedgerId> named) throws IOException {
        for (Path place : disk.list(directory)) {
            LedgerId id = idOf(place);
            if (id != null && !alive.contains(id) && !named.contains(id) && !publishedBefore.contains(id)) {
                remove(place);
                disk.delete(place);
            }
        }
        publishedBefore = named;
        synchronized (graves) {
            graves.removeIf(LedgerMachine::closes);
        }
    }

    /** False while somebody is reading it. */
    private static boolean closes(Ledger ledger) {
        try {
            ledger.close();
            return true;
        } catch (IllegalStateException e) {
            return false;
        }
    }

    private static @Nullable LedgerId idOf(Path place) {
        try {
            return LedgerId.parse(String.valueOf(place.getFileName()));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private void remove(Path place) throws IOException {
        for (Path file : disk.list(place)) {
            disk.delete(file);
        }
    }

    @Override
    public void load(BinaryReader in) {
        int version = in.i32();
        if (version != VERSION) {
            throw new MalformedException("ledgers of version " + version + ", this program reads " + VERSION);
        }
        try {
            closeAll();
            for (int left = in.count(48); left > 0; left--) {
                TenantId tenant = new TenantId(in.uuid());
                LedgerId id = new LedgerId(in.uuid());
                long op = in.i64();
                LedgerSessions sessions = new LedgerSessions(sessionsMax);
                sessions.load(in);
                open(tenant, id, op, sessions, in.slice(in.i32()));
            }
            publishedBefore = Set.copyOf(books.keySet());
        } catch (IOException e) {
            throw new UncheckedIOException("the ledgers in " + directory + " cannot be opened", e);
        }
    }

    private void closeAll() {
        books.values().forEach(book -> book.ledger.close());
        books.clear();
        alive.clear();
        touched.clear();
        synchronized (graves) {
            graves.removeIf(LedgerMachine::closes);
        }
    }

    @Override
    public void close() {
        closeAll();
    }
}
