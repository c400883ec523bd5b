package io.thalweg.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.thalweg.ledger.layout.AccountLayout;
import io.thalweg.ledger.layout.TransferLayout;
import io.thalweg.ledger.store.block.BlockCache;
import io.thalweg.ports.disk.FileDisk;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Booking allocates nothing for a transfer: what a full batch takes from the heap, once the compiler has seen the code, is a few
 * objects for the batch, and a table now and then.
 */
final class AllocationTest {
    private static final int EVENTS = 8189;
    private static final int ACCOUNTS = 1000;

    /** The compiler works beside the test, and a batch may fall into its work. */
    private static final int BATCHES_MAX = 1500;

    private static final int BATCHES_IN_A_ROW = 20;

    /** A batch's own objects; one object for each transfer would be a hundred times that. */
    private static final long BATCH_BYTES_MAX = 2048;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    enum Kind {
        ASCENDING_IDS,
        RANDOM_IDS,
        PENDING_THEN_POSTED,
        LINKED,
        ALL_EXIST
    }

    @TempDir
    private Path directory = Path.of("");

    private final SplittableRandom random = new SplittableRandom(20261120);
    private final ByteBuffer events =
            ByteBuffer.allocate(EVENTS * TransferLayout.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private final ByteBuffer results =
            ByteBuffer.allocate(EVENTS * Ledger.RESULT_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private long nextId = 1;
    private long timestamp = 1_000_000_000_000L;

    @ParameterizedTest
    @EnumSource
    void aTransferTakesNothingFromTheHeap(Kind kind) throws IOException {
        try (ExecutorService background = Executors.newSingleThreadExecutor();
                Ledger ledger = Ledger.open(
                        new FileDisk(), directory, LedgerOptions.DEFAULT, new BlockCache(1 << 20), background, null)) {
            openAccounts(ledger);
            int quiet = 0;
            long least = Long.MAX_VALUE;
            for (int batch = 0; batch < BATCHES_MAX && quiet < BATCHES_IN_A_ROW; batch++) {
                fill(kind, batch);
                long bytes = book(ledger);
                least = Math.min(least, bytes);
                quiet = bytes <= BATCH_BYTES_MAX ? quiet + 1 : 0;
            }
            assertThat(quiet)
                    .as("batches in a row with at most %d bytes; the least was %d", BATCH_BYTES_MAX, least)
                    .isEqualTo(BATCHES_IN_A_ROW);
        }
    }

    @Test
    void anObjectForEachTransferWouldBeSeen() {
        long before = THREADS.getCurrentThreadAllocatedBytes();
        Object[] kept = new Object[EVENTS];
        for (int i = 0; i < EVENTS; i++) {
            kept[i] = new long[1];
        }
        assertThat(THREADS.getCurrentThreadAllocatedBytes() - before).isGreaterThan(16 * BATCH_BYTES_MAX);
        assertThat(kept[EVENTS - 1]).isNotNull();
    }

    /** Books what is filled in; returns what it took from the heap. The entry's publishing is not the transfer's. */
    private long book(Ledger ledger) {
        timestamp += EVENTS;
        results.clear();
        long before = THREADS.getCurrentThreadAllocatedBytes();
        ledger.createTransfers(events, timestamp, results);
        long bytes = THREADS.getCurrentThreadAllocatedBytes() - before;
        ledger.publish();
        return bytes;
    }

    private void openAccounts(Ledger ledger) {
        ByteBuffer accounts =
                ByteBuffer.allocate(ACCOUNTS * AccountLayout.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < ACCOUNTS; i++) {
            int at = i * AccountLayout.BYTES;
            accounts.putLong(at + AccountLayout.ID, 1 + i)
                    .putInt(at + AccountLayout.LEDGER, 1)
                    .putShort(at + AccountLayout.CODE, (short) 1);
        }
        timestamp += ACCOUNTS;
        ledger.createAccounts(accounts, timestamp, results.clear());
        ledger.publish();
    }

    private void fill(Kind kind, int batch) {
        if (kind == Kind.ALL_EXIST && batch > 0) {
            return;
        }
        boolean post = kind == Kind.PENDING_THEN_POSTED && batch % 2 == 1;
        for (int i = 0; i < EVENTS; i++) {
            int at = i * TransferLayout.BYTES;
            if (kind == Kind.PENDING_THEN_POSTED) {
                events.putLong(at + TransferLayout.PENDING_ID, post ? events.getLong(at + TransferLayout.ID) : 0);
            }
            events.putLong(at + TransferLayout.ID, kind == Kind.RANDOM_IDS ? random.nextLong() : nextId++);
            events.putLong(at + TransferLayout.ID + 8, kind == Kind.RANDOM_IDS ? random.nextLong() >>> 1 : 0);
            if (!post) {
                long debit = 1L + random.nextInt(ACCOUNTS);
                events.putLong(at + TransferLayout.DEBIT_ACCOUNT_ID, debit)
                        .putLong(at + TransferLayout.CREDIT_ACCOUNT_ID, 1 + debit % ACCOUNTS)
                        .putLong(at + TransferLayout.AMOUNT, 1 + random.nextInt(1000));
            }
            events.putInt(at + TransferLayout.LEDGER, 1).putShort(at + TransferLayout.CODE, (short) 1);
            int flags = switch (kind) {
                case PENDING_THEN_POSTED -> post ? TransferLayout.FLAG_POST_PENDING : TransferLayout.FLAG_PENDING;
                case LINKED -> i % 8 == 7 || i == EVENTS - 1 ? 0 : TransferLayout.FLAG_LINKED;
                default -> 0;
            };
            events.putShort(at + TransferLayout.FLAGS, (short) flags);
        }
    }
}
