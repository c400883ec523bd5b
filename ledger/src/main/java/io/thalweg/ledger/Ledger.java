package io.thalweg.ledger;

import io.thalweg.ledger.layout.AccountLayout;
import io.thalweg.ledger.layout.Bytes;
import io.thalweg.ledger.layout.EventLayout;
import io.thalweg.ledger.layout.TransferLayout;
import io.thalweg.ledger.query.LedgerQueries;
import io.thalweg.ledger.query.Point;
import io.thalweg.ledger.store.Capture;
import io.thalweg.ledger.store.Records;
import io.thalweg.ledger.store.block.BlockCache;
import io.thalweg.ledger.store.block.RestingBlocks;
import io.thalweg.ledger.store.schema.Schema;
import io.thalweg.ledger.store.schema.StoreOptions;
import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.ContentHash;
import io.thalweg.model.MalformedException;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.Disk;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A book of double entry: accounts, and transfers between them, with the exact semantics of TigerBeetle's state machine. The
 * same batches with the same timestamps give the same results and the same content everywhere.
 *
 * <p>Accounts live off the heap and change in place; each transfer becomes a record with the balances that it left behind (see
 * {@link EventLayout}), appended and never changed. What is in memory only is bounded by the number of accounts and by the
 * stores' options, but for two things: filters of ids that came out of order, which grow until the restart ({@link
 * io.thalweg.ledger.store.id.SeenIds}), and a count for each second in which a pending transfer expires. A {@link #capture} costs what changed since the one before.
 *
 * <p>One thread, the apply thread, calls everything here, except what {@link #queries} returns.
 */
public final class Ledger implements AutoCloseable {
    /** Bytes of one result: the timestamp u64, the status's code u32, and 0 u32. */
    public static final int RESULT_BYTES = Batch.RESULT_BYTES;

    /** Ticks that {@link #expire} takes, and as many as it expires at most. */
    public static final int EXPIRIES_MAX = Expiry.EVENTS_MAX;

    private static final int EVENT_BYTES = 128;
    private static final int ID_BYTES = 16;
    private static final int VERSION = 1;

    private final Arena arena;
    private final Accounts accounts;
    private final PendingStatus status;
    private final Records accountRecords;
    private final Records transfers;
    private final Records expiryRecords;
    private final Expiry expiry;
    private final CellStore cells;
    private final AccountCreation accountCreation;
    private final TransferCreation transferCreation;
    private final RecordView found;
    private final LedgerQueries queries;

    private Ledger(
            Arena arena,
            Accounts accounts,
            PendingStatus status,
            Records accountRecords,
            Records transfers,
            Records expiryRecords,
            CellStore cells) {
        this.arena = arena;
        this.accounts = accounts;
        this.status = status;
        this.accountRecords = accountRecords;
        this.transfers = transfers;
        this.expiryRecords = expiryRecords;
        this.cells = cells;
        expiry = new Expiry(accounts, transfers, expiryRecords, status);
        Undo undo = new Undo(accounts, status, expiry.expiries());
        accountCreation = new AccountCreation(accounts, accountRecords, transfers, expiryRecords);
        transferCreation = new TransferCreation(
                accounts, transfers, expiryRecords, status, expiry.expiries(), undo, new Balances());
        found = new RecordView(transfers);
        status.recent().begin(transfers.count(), expiryRecords.count());
        queries = new LedgerQueries(transfers, expiryRecords, accountRecords, accounts, status);
    }

    /**
     * Opens a book.
     *
     * @param directory of this book alone; made if it is missing
     * @param cache for blocks of files; shared with other books, and stays the caller's
     * @param background runs what may take long, in pieces
     * @param state the manifest of a {@link Capture} that has persisted, or null for an empty book, whose directory is
     *     emptied. What was done after that
     *     capture has to be done again
     * @throws CorruptionException when stored bytes are not what was written
     */
    public static Ledger open(
            Disk disk,
            Path directory,
            LedgerOptions options,
            BlockCache cache,
            Executor background,
            @Nullable ByteBuffer state)
            throws IOException {
        disk.createDirectories(directory);
        if (state == null) {
            // A crash before the first checkpoint leaves files that nothing names.
            for (Path file : disk.list(directory)) {
                disk.delete(file);
            }
        }
        Arena arena = Arena.ofShared();
        List<Records> opened = new ArrayList<>(3);
        try {
            return open(disk, directory, options, cache, background, state, arena, opened);
        } catch (MalformedException e) {
            abandon(arena, opened, e);
            throw new CorruptionException(directory, 0, "the book's snapshot cannot be: " + e.getMessage());
        } catch (IOException | RuntimeException e) {
            abandon(arena, opened, e);
            throw e;
        }
    }

    private static void abandon(Arena arena, List<Records> opened, Exception cause) {
        for (Records records : opened) {
            try {
                records.close();
            } catch (RuntimeException e) {
                cause.addSuppressed(e);
            }
        }
        arena.close();
    }

    private static Ledger open(
            Disk disk,
            Path directory,
            LedgerOptions options,
            BlockCache cache,
            Executor background,
            @Nullable ByteBuffer state,
            Arena arena,
            List<Records> opened)
            throws IOException {
        Accounts accounts = new Accounts(arena);
        PendingStatus status = new PendingStatus(arena);
        CellStore cells = new CellStore(disk, directory, List.of(accounts, status));
        BinaryReader in = state == null ? null : new BinaryReader(state);
        long orphans = 0;
        if (in != null) {
            int version = in.i32();
            if (version != VERSION) {
                throw new MalformedException("book version " + version + ", this program reads " + VERSION);
            }
            accounts.expect(in.i32());
            orphans = in.i64();
        }
        cells.load(in);
        accounts.loaded();
        for (Store store : stores(options)) {
            opened.add(Records.open(
                    disk, directory, store.name, store.schema, store.options, cache, background, part(in)));
        }
        Ledger ledger = new Ledger(arena, accounts, status, opened.get(0), opened.get(1), opened.get(2), cells);
        ledger.transferCreation.orphans(orphans);
        if (in != null) {
            ledger.expiry.expiries().load(in);
            in.end();
        }
        return ledger;
    }

    /** The records of one kind. */
    private record Store(String name, Schema schema, StoreOptions options) {}

    /** In the order of a book's state. */
    private static List<Store> stores(LedgerOptions options) {
        return List.of(
                new Store("accounts", Schema.ACCOUNTS, options.small()),
                new Store("transfers", Schema.TRANSFERS, options.transfers()),
                new Store("expiries", Schema.EXPIRIES, options.small()));
    }

    private static @Nullable ByteBuffer part(@Nullable BinaryReader in) {
        return in == null ? null : in.slice(in.i32());
    }

    // --- changes

    /**
     * Creates accounts.
     *
     * @param events n accounts of 128 bytes, from the buffer's position; it does not move
     * @param timestamp of the batch, in nanoseconds since 1970; event i has the tick {@code timestamp - n + i + 1}, all of
     *     which must be later than every one before
     * @param results gets n results of {@link #RESULT_BYTES} at its position, which moves; the timestamp is the account's own
     *     if it is there, else the event's tick
     */
    public void createAccounts(ByteBuffer events, long timestamp, ByteBuffer results) {
        run(accountCreation, events, timestamp, results);
    }

    /** Creates transfers; as {@link #createAccounts}. */
    public void createTransfers(ByteBuffer events, long timestamp, ByteBuffer results) {
        run(transferCreation, events, timestamp, results);
    }

    private static void run(Creation creation, ByteBuffer events, long timestamp, ByteBuffer results) {
        if (events.remaining() % EVENT_BYTES != 0) {
            throw new MalformedException(
                    "events have " + events.remaining() + " bytes, expected a multiple of " + EVENT_BYTES);
        }
        int n = events.remaining() / EVENT_BYTES;
        // A segment of a buffer begins at the buffer's position.
        Batch.run(creation, MemorySegment.ofBuffer(events), 0, n, timestamp, MemorySegment.ofBuffer(results), 0);
        results.position(results.position() + n * RESULT_BYTES);
    }

    /** Nothing expires before this instant; {@code Long.MAX_VALUE} when nothing does at all. */
    public long nextExpiry() {
        return expiry.expiries().next();
    }

    /**
     * Expires pending transfers whose time is over by {@code timestamp}, at most {@link #EXPIRIES_MAX}, whose ticks are the
     * {@link #EXPIRIES_MAX} up to {@code timestamp}.
     *
     * @return how many
     */
    public int expire(long timestamp) {
        return expiry.run(timestamp);
    }

    /** Lets readers see everything so far; after an entry. May wait for the background. */
    public void publish() {
        accountRecords.publish();
        transfers.publish();
        expiryRecords.publish();
        queries.published();
    }

    // --- reads

    /**
     * Looks accounts up.
     *
     * @param ids n ids of 16 bytes, from the buffer's position
     * @param out gets the accounts that exist, in order of the ids, 128 bytes each
     * @return how many exist
     */
    public int lookupAccounts(ByteBuffer ids, ByteBuffer out) {
        MemorySegment in = MemorySegment.ofBuffer(ids);
        MemorySegment target = MemorySegment.ofBuffer(out);
        int rows = 0;
        for (long at = 0; at + ID_BYTES <= in.byteSize(); at += ID_BYTES) {
            int ordinal = accounts.find(Bytes.u64(in, at), Bytes.u64(in, at + 8));
            if (ordinal != Accounts.NONE) {
                accounts.copyOut(ordinal, target, (long) rows++ * AccountLayout.BYTES);
            }
        }
        out.position(out.position() + rows * AccountLayout.BYTES);
        return rows;
    }

    /** Looks transfers up; as {@link #lookupAccounts}. */
    public int lookupTransfers(ByteBuffer ids, ByteBuffer out) {
        return lookupTransfers(ids, Long.MAX_VALUE, out);
    }

    /**
     * The same among the first transfers only. Those that nobody has asked for in a while are read from the disk, one by one: who asks for many does so in
     * pieces, all of them as of the moment of the first.
     *
     * @param below how many transfers there are at that moment
     */
    public int lookupTransfers(ByteBuffer ids, long below, ByteBuffer out) {
        MemorySegment in = MemorySegment.ofBuffer(ids);
        MemorySegment target = MemorySegment.ofBuffer(out);
        int rows = 0;
        for (long at = 0; at + ID_BYTES <= in.byteSize(); at += ID_BYTES) {
            long slot = transfers.find(Bytes.u64(in, at), Bytes.u64(in, at + 8));
            if (slot >= 0 && slot < below) {
                found.stand(slot);
                MemorySegment.copy(
                        found.memory(),
                        found.offset(),
                        target,
                        (long) rows++ * TransferLayout.BYTES,
                        TransferLayout.BYTES);
            }
        }
        out.position(out.position() + rows * TransferLayout.BYTES);
        return rows;
    }

    /**
     * The moment of now: that of {@link #lookupAccounts}, which may have changes of an entry that is not published yet. Queries can be
     * asked about it when it is.
     */
    public Point moment() {
        return new Point(transfers.count(), expiryRecords.count(), accountRecords.count());
    }

    /** Reads on any thread, of what is published. The same for as long as the book is open, which must outlast them. */
    public LedgerQueries queries() {
        return queries;
    }

    /** Bytes of all published records, without their indexes. Any thread. */
    public long storedBytes() {
        return accountRecords.published() * AccountLayout.BYTES
                + (transfers.published() + expiryRecords.published()) * EventLayout.BYTES;
    }

    /**
     * A number of all balances that events have left behind since a moment, nothing of which is published yet: the same for two books that have come from the
     * same to the same.
     */
    public long balancesSince(Point before) {
        long transferred = Balances.digest(transfers, before.transfers());
        return 31 * transferred + Balances.digest(expiryRecords, before.expiries());
    }

    // --- checkpoints

    /** Begins a checkpoint of what is published; what it costs here is what changed since the last one. */
    public Capture capture() {
        BinaryWriter out =
                new BinaryWriter(1024).i32(VERSION).i32(accounts.count()).i64(transferCreation.orphans());
        List<Capture> parts =
                List.of(cells.capture(), accountRecords.capture(), transfers.capture(), expiryRecords.capture());
        out.raw(parts.getFirst().manifest());
        for (Capture part : parts.subList(1, parts.size())) {
            out.i32(part.manifest().remaining()).raw(part.manifest());
        }
        expiry.expiries().save(out);
        return new Capture(
                out.toByteBuffer(),
                () -> {
                    for (Capture part : parts) {
                        part.persist().run();
                    }
                },
                () -> {
                    for (Capture part : parts) {
                        part.published().run();
                    }
                });
    }

    /** SHA-256 of what depends on the content alone: equal for two books exactly if they hold the same. Reads everything. */
    public byte[] digest() {
        MessageDigest sha = ContentHash.begin();
        BinaryWriter numbers = new BinaryWriter()
                .i64(accounts.count())
                .i64(transfers.count())
                .i64(expiryRecords.count())
                .i64(transferCreation.orphans());
        expiry.expiries().save(numbers);
        sha.update(numbers.toByteBuffer());
        byte[] row = new byte[EventLayout.BYTES];
        MemorySegment target = MemorySegment.ofArray(row);
        for (int ordinal = 0; ordinal < accounts.count(); ordinal++) {
            accounts.copyOut(ordinal, target, 0);
            sha.update(row, 0, AccountLayout.BYTES);
        }
        for (long slot = 0; slot < transfers.count(); slot++) {
            transfers.read(slot, target, 0);
            sha.update(row);
            sha.update((byte) status.of(slot));
        }
        for (long slot = 0; slot < expiryRecords.count(); slot++) {
            expiryRecords.read(slot, target, 0);
            sha.update(row);
        }
        return sha.digest();
    }

    /** Reads every block of the ledger's files, and tells of each that is damaged. Only while nothing is applied. */
    public void verify(Consumer<CorruptionException> damaged) throws IOException {
        transfers.verify(damaged);
        expiryRecords.verify(damaged);
        accountRecords.verify(damaged);
    }

    /** What lies still in the ledger's files, as of now. Any thread. */
    public List<RestingBlocks> resting() {
        List<RestingBlocks> parts = new ArrayList<>();
        transfers.resting(parts);
        expiryRecords.resting(parts);
        accountRecords.resting(parts);
        return parts;
    }

    @Override
    public void close() {
        transfers.close();
        expiryRecords.close();
        accountRecords.close();
        arena.close();
    }
}
