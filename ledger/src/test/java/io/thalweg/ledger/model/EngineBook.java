package io.thalweg.ledger.model;

import io.thalweg.ledger.Ledger;
import io.thalweg.ledger.LedgerOptions;
import io.thalweg.ledger.query.Direction;
import io.thalweg.ledger.query.LedgerQueries;
import io.thalweg.ledger.query.PendingState;
import io.thalweg.ledger.query.Point;
import io.thalweg.ledger.query.Sides;
import io.thalweg.ledger.query.SumsQuery;
import io.thalweg.ledger.query.TransferQuery;
import io.thalweg.ledger.store.Capture;
import io.thalweg.ledger.store.block.BlockCache;
import io.thalweg.ledger.store.schema.StoreOptions;
import io.thalweg.ports.disk.MemoryDisk;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BiFunction;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/** The engine, behind the model's types. */
public final class EngineBook implements Book, AutoCloseable {
    private static final Path DIRECTORY = Path.of("/book");

    /** As small as stores can be, so that runs are built and merged all the time. */
    public static final StoreOptions TINY = new StoreOptions(256, 16, 2, 4096);

    /** Small enough for that to happen now and then. */
    public static final StoreOptions SMALL = new StoreOptions(1024, 64, 3, 4096);

    private static final int MAX_ROWS_BYTES = (MAX_ROWS + 1) * ChangeRow.BYTES;

    private final MemoryDisk disk;
    private final BlockCache cache = new BlockCache(1 << 20);
    private final boolean ownThread;
    private final StoreOptions options;
    private final ByteBuffer out = buffer(MAX_ROWS_BYTES);
    private @Nullable ExecutorService thread;
    private Ledger ledger;

    /** @param ownThread whether what the book does in the background is done there, or at once by the caller */
    public EngineBook(boolean ownThread, StoreOptions options) throws IOException {
        this.ownThread = ownThread;
        this.options = options;
        disk = new MemoryDisk();
        ledger = open(null);
    }

    private Ledger open(@Nullable ByteBuffer state) throws IOException {
        Executor background = Runnable::run;
        if (ownThread) {
            thread = Executors.newSingleThreadExecutor(
                    Thread.ofPlatform().daemon().factory());
            background = thread;
        }
        return Ledger.open(disk, DIRECTORY, new LedgerOptions(options, options), cache, background, state);
    }

    /** Takes a checkpoint and makes it durable. */
    public ByteBuffer checkpoint() throws IOException {
        Capture capture = ledger.capture();
        ByteBuffer manifest = ByteBuffer.allocate(capture.manifest().remaining());
        manifest.put(capture.manifest().duplicate()).flip();
        capture.persist().run();
        return manifest;
    }

    /** Goes on with what a power cut would leave of the disk, from a checkpoint; null for an empty book. */
    public void reopen(@Nullable ByteBuffer checkpoint) throws IOException {
        close();
        disk.crash();
        ledger = open(checkpoint == null ? null : checkpoint.duplicate());
    }

    public byte[] digest() {
        return ledger.digest();
    }

    @Override
    public void close() {
        if (thread != null) {
            thread.close();
        }
        ledger.close();
    }

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public List<Result> createAccounts(List<Account> events, long timestamp) {
        ByteBuffer in = buffer(events.size() * Account.BYTES);
        for (int i = 0; i < events.size(); i++) {
            events.get(i).put(in, i * Account.BYTES);
        }
        out.clear();
        ledger.createAccounts(in, timestamp, out);
        ledger.publish();
        return rows(events.size(), Result.BYTES, Result::get);
    }

    @Override
    public List<Result> createTransfers(List<Transfer> events, long timestamp) {
        ByteBuffer in = buffer(events.size() * Transfer.BYTES);
        for (int i = 0; i < events.size(); i++) {
            events.get(i).put(in, i * Transfer.BYTES);
        }
        out.clear();
        ledger.createTransfers(in, timestamp, out);
        ledger.publish();
        return rows(events.size(), Result.BYTES, Result::get);
    }

    @Override
    public long nextExpiry() {
        return ledger.nextExpiry();
    }

    @Override
    public int expire(long timestamp) {
        int expired = ledger.expire(timestamp);
        ledger.publish();
        return expired;
    }

    @Override
    public List<Account> lookupAccounts(List<BigInteger> ids) {
        return ask(Account.BYTES, Account::get, it -> ledger.lookupAccounts(ids(ids), it));
    }

    @Override
    public List<Transfer> lookupTransfers(List<BigInteger> ids) {
        return ask(Transfer.BYTES, Transfer::get, it -> ledger.lookupTransfers(ids(ids), it));
    }

    private static ByteBuffer ids(List<BigInteger> ids) {
        ByteBuffer in = buffer(ids.size() * 16);
        for (int i = 0; i < ids.size(); i++) {
            U128.put(in, i * 16, ids.get(i));
        }
        return in;
    }

    @Override
    public List<Transfer> accountTransfers(AccountFilter filter) {
        ByteBuffer in = bytes(filter);
        return ask(Transfer.BYTES, Transfer::get, it -> queries().accountTransfers(now(), in, it));
    }

    @Override
    public List<Balance> accountBalances(AccountFilter filter) {
        ByteBuffer in = bytes(filter);
        return ask(Balance.BYTES, Balance::get, it -> queries().accountBalances(now(), in, it));
    }

    private static ByteBuffer bytes(AccountFilter filter) {
        ByteBuffer in = buffer(AccountFilter.BYTES);
        filter.put(in, 0);
        return in;
    }

    @Override
    public List<Account> queryAccounts(QueryFilter filter) {
        ByteBuffer in = bytes(filter);
        return ask(Account.BYTES, Account::get, it -> queries().queryAccounts(in, it));
    }

    @Override
    public List<Transfer> queryTransfers(QueryFilter filter) {
        ByteBuffer in = bytes(filter);
        return ask(Transfer.BYTES, Transfer::get, it -> queries().queryTransfers(now(), in, it));
    }

    private static ByteBuffer bytes(QueryFilter filter) {
        ByteBuffer in = buffer(QueryFilter.BYTES);
        filter.put(in, 0);
        return in;
    }

    @Override
    public List<ChangeRow> changeEvents(ChangeEventsFilter filter) {
        ByteBuffer in = buffer(ChangeEventsFilter.BYTES);
        filter.put(in, 0);
        return ask(ChangeRow.BYTES, ChangeRow::get, it -> queries().changeEvents(now(), in, it));
    }

    @Override
    public List<Transfer> search(TransferSearch search, long timestamp) {
        QueryFilter fields = search.fields();
        TransferQuery query = new TransferQuery()
                .userData128(fields.userData128().longValue(), high(fields.userData128()))
                .userData64(fields.userData64())
                .userData32((int) fields.userData32())
                .ledger((int) fields.ledger())
                .code(fields.code())
                .amounts(
                        search.amountMin().longValue(),
                        high(search.amountMin()),
                        search.amountMax().longValue(),
                        high(search.amountMax()))
                .timestamps(fields.timestampMin(), fields.timestampMax())
                .limit((int) Math.min(fields.limit(), MAX_ROWS))
                .direction(fields.isReversed() ? Direction.DESCENDING : Direction.ASCENDING);
        BigInteger account = search.account();
        if (account != null) {
            Sides sides = switch (search.flags()) {
                case AccountFilter.DEBITS -> Sides.DEBITS;
                case AccountFilter.CREDITS -> Sides.CREDITS;
                default -> Sides.BOTH;
            };
            query.account(account.longValue(), high(account), sides);
        }
        State.PendingStatus status = search.status();
        if (status != null) {
            query.state(PendingState.valueOf(status.name()));
        }
        return ask(Transfer.BYTES, Transfer::get, it -> queries().transfers(point(timestamp), query, it));
    }

    @Override
    public List<Balance> balance(BigInteger account, long timestamp) {
        return ask(
                Balance.BYTES,
                Balance::get,
                it -> queries().balance(point(timestamp), account.longValue(), high(account), it) ? 1 : 0);
    }

    @Override
    public List<Sum> sums(SumsAsked asked, long timestamp) {
        SumsQuery query = new SumsQuery(
                (int) asked.ledger(), asked.code(), asked.timestampMin(), asked.timestampMax(), asked.minutes());
        return queries().sums(point(timestamp), query, _ -> {}).stream()
                .map(it -> new Sum(
                        it.start(),
                        Integer.toUnsignedLong(it.ledger()),
                        it.code(),
                        switch (it.kind()) {
                            case SINGLE -> ChangeEvent.Kind.SINGLE;
                            case PENDING -> ChangeEvent.Kind.PENDING;
                            case POSTED -> ChangeEvent.Kind.POSTED;
                            case VOIDED -> ChangeEvent.Kind.VOIDED;
                        },
                        it.count(),
                        it.amount()))
                .toList();
    }

    @Override
    public List<ChangeRow> tail(long fromSequence, int limit) {
        return ask(ChangeRow.BYTES, ChangeRow::get, it -> queries().tail(now(), fromSequence, limit, it));
    }

    private static long high(BigInteger value) {
        return value.shiftRight(64).longValue();
    }

    private LedgerQueries queries() {
        return ledger.queries();
    }

    private Point now() {
        return queries().now();
    }

    private Point point(long timestamp) {
        return timestamp == NOW ? now() : queries().at(timestamp);
    }

    private <T> List<T> ask(int rowBytes, BiFunction<ByteBuffer, Integer, T> row, ToIntFunction<ByteBuffer> question) {
        out.clear().limit(MAX_ROWS * rowBytes);
        int count = question.applyAsInt(out);
        if (out.position() != count * rowBytes) {
            throw new AssertionError(count + " rows of " + rowBytes + " bytes, but " + out.position() + " bytes put");
        }
        return rows(count, rowBytes, row);
    }

    private <T> List<T> rows(int count, int rowBytes, BiFunction<ByteBuffer, Integer, T> row) {
        List<T> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            rows.add(row.apply(out, i * rowBytes));
        }
        return rows;
    }
}
