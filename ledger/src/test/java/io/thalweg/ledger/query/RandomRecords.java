package io.thalweg.ledger.query;

import io.thalweg.ledger.layout.AccountLayout;
import io.thalweg.ledger.layout.EventLayout;
import io.thalweg.ledger.layout.TransferLayout;
import io.thalweg.ledger.store.Records;
import io.thalweg.ledger.store.block.BlockCache;
import io.thalweg.ledger.store.schema.Schema;
import io.thalweg.ledger.store.schema.StoreOptions;
import io.thalweg.ports.disk.FileDisk;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;

/**
 * Records that no engine would write, drawn field by field, in the store and as plain byte arrays. Values come in long runs, now
 * and then, and everywhere, so that cursors have to jump as well as to step.
 */
final class RandomRecords implements AutoCloseable {
    static final int ACCOUNTS = 12;
    static final long MINUTE_NS = 60_000_000_000L;

    final List<ByteBuffer> transfers = new ArrayList<>();
    final List<ByteBuffer> expiries = new ArrayList<>();
    final List<ByteBuffer> accounts = new ArrayList<>();

    /** Of each resolved transfer, by slot: 1 posted, 2 voided, 3 expired; and at which transfer or expiry that happened. */
    final Map<Integer, Integer> status = new HashMap<>();

    final Map<Integer, Integer> resolvedBy = new HashMap<>();

    final LedgerQueries queries;

    private final States states = new States();

    private final SplittableRandom random;
    private final BlockCache cache = new BlockCache(4 << 20);
    private final Records transferRecords;
    private final Records expiryRecords;
    private final Records accountRecords;
    private final List<Integer> open = new ArrayList<>();
    private long clock = 1;
    private int mood;

    RandomRecords(Path directory, int barRecords, Executor background, SplittableRandom random) throws IOException {
        this.random = random;
        transferRecords = open(directory, "transfers", Schema.TRANSFERS, barRecords, background);
        expiryRecords = open(directory, "expiries", Schema.EXPIRIES, barRecords, background);
        accountRecords = open(directory, "accounts", Schema.ACCOUNTS, barRecords, background);
        // As if the ledger had been opened with these: earlier points are looked up in the indexes.
        states.recent.begin(2_000, 100);
        queries = new LedgerQueries(transferRecords, expiryRecords, accountRecords, new Table(), states);
    }

    private Records open(Path directory, String name, Schema schema, int barRecords, Executor background)
            throws IOException {
        return Records.open(
                new FileDisk(),
                directory,
                name,
                schema,
                StoreOptions.DEFAULT.withBarRecords(barRecords),
                cache,
                background,
                null);
    }

    private final class Table implements AccountTable {
        @Override
        public long ordinalOf(long idLow, long idHigh) {
            return idHigh == 0 && idLow >= 1 && idLow <= accounts.size() ? idLow - 1 : -1;
        }

        @Override
        public void copy(long ordinal, MemorySegment target, long targetOffset) {
            ByteBuffer account = accounts.get((int) ordinal);
            MemorySegment.copy(MemorySegment.ofBuffer(account), 0, target, targetOffset, AccountLayout.BYTES);
        }
    }

    private final class States implements PendingTable {
        private final Resolutions recent = new Resolutions();

        @Override
        public int of(long slot) {
            return status.getOrDefault((int) slot, 0);
        }

        @Override
        public Resolutions recent() {
            return recent;
        }
    }

    void addAccounts(int count) {
        for (int i = 0; i < count; i++) {
            ByteBuffer account = bytes(AccountLayout.BYTES);
            account.putLong(AccountLayout.ID, accounts.size() + 1);
            putFields(account);
            account.putShort(AccountLayout.FLAGS, (short) (random.nextBoolean() ? AccountLayout.FLAG_HISTORY : 0));
            account.putLong(AccountLayout.TIMESTAMP, tick());
            accounts.add(account);
            append(accountRecords, account);
        }
        publish();
    }

    void addTransfers(int count) {
        for (int i = 0; i < count; i++) {
            if (random.nextInt(400) == 0) {
                mood = random.nextInt();
            }
            if (!open.isEmpty() && random.nextInt(12) == 0) {
                expire();
            }
            addTransfer();
        }
        publish();
    }

    private void addTransfer() {
        int slot = transfers.size();
        ByteBuffer transfer = bytes(EventLayout.BYTES);
        transfer.putLong(TransferLayout.ID, slot + 1000).putLong(TransferLayout.ID + 8, random.nextInt(2));
        transfer.putLong(TransferLayout.DEBIT_ACCOUNT_ID, account());
        transfer.putLong(TransferLayout.CREDIT_ACCOUNT_ID, account());
        BigInteger amount = amount(random);
        transfer.putLong(TransferLayout.AMOUNT, amount.longValue());
        transfer.putLong(TransferLayout.AMOUNT + 8, amount.shiftRight(64).longValue());
        putFields(transfer);
        int kind = random.nextInt(4);
        if (kind == 0) {
            transfer.putShort(TransferLayout.FLAGS, (short) TransferLayout.FLAG_PENDING);
            open.add(slot);
        } else if (kind == 1 && !open.isEmpty()) {
            int pending = takeOpen();
            boolean post = random.nextBoolean();
            transfer.putShort(TransferLayout.FLAGS, (short)
                    (post ? TransferLayout.FLAG_POST_PENDING : TransferLayout.FLAG_VOID_PENDING));
            transfer.put(TransferLayout.PENDING_ID, transfers.get(pending), TransferLayout.ID, 16);
            states.recent.add(pending, slot, false);
            status.put(pending, post ? 1 : 2);
            resolvedBy.put(pending, slot);
        }
        putBalances(transfer);
        transfer.putLong(TransferLayout.TIMESTAMP, tick());
        transfers.add(transfer);
        append(transferRecords, transfer);
    }

    private int takeOpen() {
        int at = random.nextInt(open.size());
        int pending = open.get(at);
        open.set(at, open.getLast());
        open.removeLast();
        return pending;
    }

    private void expire() {
        int pending = takeOpen();
        ByteBuffer expiry = bytes(EventLayout.BYTES);
        expiry.put(0, transfers.get(pending), 0, TransferLayout.BYTES);
        expiry.putLong(EventLayout.EXPIRY_PENDING_SLOT, pending);
        expiry.putLong(EventLayout.EXPIRY_TRANSFERS, transfers.size());
        putBalances(expiry);
        expiry.putLong(TransferLayout.TIMESTAMP, tick());
        states.recent.add(pending, expiries.size(), true);
        status.put(pending, 3);
        resolvedBy.put(pending, expiries.size());
        expiries.add(expiry);
        append(expiryRecords, expiry);
    }

    private void publish() {
        transferRecords.publish();
        expiryRecords.publish();
        accountRecords.publish();
        queries.published();
    }

    private static void append(Records records, ByteBuffer record) {
        long slot = records.append();
        MemorySegment.copy(
                MemorySegment.ofBuffer(record), 0, records.memory(slot), records.offset(slot), record.capacity());
        records.appended(slot);
    }

    /** Times pass in steps of one, and in leaps over minutes. */
    private long tick() {
        clock += random.nextInt(20) == 0 ? random.nextLong(MINUTE_NS) : 1 + random.nextInt(3);
        return clock;
    }

    private int account() {
        return 1 + (random.nextInt(3) == 0 ? Math.floorMod(mood, ACCOUNTS) : random.nextInt(ACCOUNTS));
    }

    private void putFields(ByteBuffer record) {
        record.putLong(TransferLayout.USER_DATA_128, field(3)).putLong(TransferLayout.USER_DATA_128 + 8, field(2));
        record.putLong(TransferLayout.USER_DATA_64, field(4));
        record.putInt(TransferLayout.USER_DATA_32, field(5));
        record.putInt(TransferLayout.LEDGER, 1 + field(2));
        record.putShort(TransferLayout.CODE, (short) (1 + field(3)));
    }

    /** A value up to {@code max} that is the same for a while, often 0, and seldom the greatest. */
    private int field(int max) {
        int choice = random.nextInt(100);
        return choice == 0
                ? max
                : choice < 40 ? 0 : choice < 80 ? Math.floorMod(mood >>> max, max) : random.nextInt(max);
    }

    private void putBalances(ByteBuffer event) {
        for (int i = EventLayout.DEBIT_ACCOUNT_BALANCES; i < EventLayout.BYTES; i += 8) {
            event.putLong(i, random.nextLong());
        }
    }

    /** An amount of any size, small ones more often, with edges of buckets among them. */
    static BigInteger amount(SplittableRandom random) {
        BigInteger power = BigInteger.ONE.shiftLeft(random.nextBoolean() ? random.nextInt(12) : random.nextInt(128));
        BigInteger amount =
                power.multiply(BigInteger.valueOf(16 + random.nextInt(16))).shiftRight(4);
        amount = amount.add(BigInteger.valueOf(random.nextInt(3) - 1));
        return amount.mod(BigInteger.ONE.shiftLeft(128));
    }

    static ByteBuffer bytes(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public void close() {
        transferRecords.close();
        expiryRecords.close();
        accountRecords.close();
        cache.close();
    }
}
