package io.thalweg.ledger.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.ledger.Ledger;
import io.thalweg.ledger.LedgerOptions;
import io.thalweg.ledger.layout.AccountBalanceLayout;
import io.thalweg.ledger.layout.AccountLayout;
import io.thalweg.ledger.layout.ChangeEventLayout;
import io.thalweg.ledger.layout.TransferLayout;
import io.thalweg.ledger.store.block.BlockCache;
import io.thalweg.ledger.store.schema.StoreOptions;
import io.thalweg.ports.disk.FileDisk;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One thread books, rolls chains back and expires; others read meanwhile, and each point has to be whole. */
final class ReadersTest {
    private static final long SEED = 11;
    private static final int BATCHES = 300;
    private static final int ACCOUNTS = 8;
    private static final int READERS = 2;
    private static final int POINTS = 30;

    @Test
    void whatIsPendingAddsUpToThePendingBalancesAtEveryPointThatAReaderTakes(@TempDir Path directory) throws Exception {
        System.out.println("seed " + SEED);
        StoreOptions small = StoreOptions.DEFAULT.withBarRecords(256);
        try (BlockCache cache = new BlockCache(2 << 20);
                ExecutorService background = Executors.newSingleThreadExecutor();
                ExecutorService threads = Executors.newFixedThreadPool(READERS);
                Ledger ledger = Ledger.open(
                        new FileDisk(), directory, new LedgerOptions(small, small), cache, background, null)) {
            var booking = new Booking(ledger, new SplittableRandom(SEED));
            booking.accounts();
            List<Future<?>> readers = new ArrayList<>();
            for (int i = 0; i < READERS; i++) {
                readers.add(threads.submit(new Reader(ledger.queries(), new SplittableRandom(SEED + 1 + i))));
            }
            for (int i = 0; i < BATCHES || !readers.stream().allMatch(Future::isDone); i++) {
                booking.batch();
            }
            for (Future<?> reader : readers) {
                reader.get();
            }
            assertThat(ledger.queries().now().expiries()).isPositive();
            new Reader(ledger.queries(), new SplittableRandom(SEED))
                    .lookAt(ledger.queries().now());
        }
    }

    /** The one that changes things. */
    private static final class Booking {
        private final Ledger ledger;
        private final SplittableRandom random;
        private final List<Long> pending = new ArrayList<>();
        private long clock = 1_700_000_000_000_000_000L;
        private long nextTransfer = 1;
        private long nextAccount = 1;

        Booking(Ledger ledger, SplittableRandom random) {
            this.ledger = ledger;
            this.random = random;
        }

        /** Accounts that stay get the next ids; a chain of others is taken back. */
        void accounts() {
            ByteBuffer events = RandomRecords.bytes((ACCOUNTS + 3) * AccountLayout.BYTES);
            for (int i = 0; i < ACCOUNTS + 3; i++) {
                boolean fails = i >= ACCOUNTS;
                int at = i * AccountLayout.BYTES;
                events.putLong(at + AccountLayout.ID, fails ? random.nextLong() : nextAccount++);
                events.putLong(at + AccountLayout.ID + 8, fails ? 1 : 0);
                events.putInt(at + AccountLayout.LEDGER, 1);
                events.putShort(at + AccountLayout.CODE, (short) (i == ACCOUNTS + 2 ? 0 : 1));
                events.putShort(
                        at + AccountLayout.FLAGS, (short) (fails && i < ACCOUNTS + 2 ? AccountLayout.FLAG_LINKED : 0));
            }
            clock += 1000;
            ledger.createAccounts(events, clock, RandomRecords.bytes((ACCOUNTS + 3) * Ledger.RESULT_BYTES));
            ledger.publish();
        }

        void batch() {
            if (random.nextInt(10) == 0) {
                accounts();
            }
            int n = 1 + random.nextInt(30);
            ByteBuffer events = RandomRecords.bytes(n * TransferLayout.BYTES);
            for (int i = 0; i < n; i++) {
                put(events, i * TransferLayout.BYTES, i + 1 < n && random.nextInt(3) == 0);
            }
            clock += 50_000_000;
            ledger.createTransfers(events, clock, RandomRecords.bytes(n * Ledger.RESULT_BYTES));
            clock += 2L * Ledger.EXPIRIES_MAX;
            ledger.expire(clock);
            ledger.publish();
        }

        /** Ids of pending transfers are guessed from all that were ever asked for, so that chains break now and then. */
        private void put(ByteBuffer events, int at, boolean linked) {
            long id = nextTransfer++;
            int flags = linked ? TransferLayout.FLAG_LINKED : 0;
            events.putLong(at + TransferLayout.ID, id);
            if (!pending.isEmpty() && random.nextBoolean()) {
                flags |= random.nextBoolean() ? TransferLayout.FLAG_POST_PENDING : TransferLayout.FLAG_VOID_PENDING;
                events.putLong(
                        at + TransferLayout.PENDING_ID,
                        pending.get(Math.max(0, pending.size() - 1 - random.nextInt(60))));
                events.putLong(at + TransferLayout.AMOUNT, (flags & TransferLayout.FLAG_POST_PENDING) != 0 ? 1 : 0);
            } else {
                flags |= TransferLayout.FLAG_PENDING;
                long debit = 1L + random.nextInt(ACCOUNTS);
                events.putLong(at + TransferLayout.DEBIT_ACCOUNT_ID, debit);
                events.putLong(at + TransferLayout.CREDIT_ACCOUNT_ID, debit % ACCOUNTS + 1);
                events.putLong(at + TransferLayout.AMOUNT, 1 + random.nextInt(1000));
                events.putInt(at + TransferLayout.TIMEOUT, 1 + random.nextInt(4));
                events.putInt(at + TransferLayout.LEDGER, 1);
                events.putShort(at + TransferLayout.CODE, (short) 1);
                pending.add(id);
            }
            events.putShort(at + TransferLayout.FLAGS, (short) flags);
        }
    }

    /** Takes points one after the other, and comes back to one that it took before. */
    private static final class Reader implements Runnable {
        private final LedgerQueries queries;
        private final SplittableRandom random;
        private final ByteBuffer rows = RandomRecords.bytes(8190 * TransferLayout.BYTES);

        Reader(LedgerQueries queries, SplittableRandom random) {
            this.queries = queries;
            this.random = random;
        }

        @Override
        public void run() {
            Point kept = queries.now();
            List<ByteBuffer> seen = lookAt(kept);
            for (int i = 0; i < POINTS; i++) {
                if (random.nextInt(5) == 0) {
                    assertThat(lookAt(kept)).isEqualTo(seen);
                    kept = queries.now();
                    seen = lookAt(kept);
                } else {
                    lookAt(queries.now());
                }
            }
        }

        /** What an account's statement says, which has to agree with itself. */
        List<ByteBuffer> lookAt(Point point) {
            List<ByteBuffer> statement = new ArrayList<>();
            for (long account = 1; account <= ACCOUNTS; account++) {
                ByteBuffer balance = RandomRecords.bytes(AccountBalanceLayout.BYTES);
                assertThat(queries.balance(point, account, 0, balance)).isTrue();
                long debits = 0;
                long credits = 0;
                int found = queries.pending(point, account, 0, Direction.ASCENDING, 8190, rows.clear());
                for (int row = 0; row < found; row++) {
                    long amount = rows.getLong(row * TransferLayout.BYTES + TransferLayout.AMOUNT);
                    boolean debit =
                            rows.getLong(row * TransferLayout.BYTES + TransferLayout.DEBIT_ACCOUNT_ID) == account;
                    debits += debit ? amount : 0;
                    credits += debit ? 0 : amount;
                }
                assertThat(debits).isEqualTo(balance.getLong(AccountBalanceLayout.DEBITS_PENDING));
                assertThat(credits).isEqualTo(balance.getLong(AccountBalanceLayout.CREDITS_PENDING));
                statement.add(balance);
            }
            long newest = 1 + random.nextLong(point.accounts());
            assertThat(queries.balance(point, newest, 0, RandomRecords.bytes(AccountBalanceLayout.BYTES)))
                    .as("account %d of %d", newest, point.accounts())
                    .isTrue();
            long events = point.transfers() + point.expiries();
            ByteBuffer changes = RandomRecords.bytes(20 * ChangeEventLayout.BYTES);
            assertThat(queries.tail(point, Math.max(1, events - 9), 20, changes))
                    .isEqualTo(Math.min(events, 10));
            statement.add(changes);
            return statement;
        }
    }
}
