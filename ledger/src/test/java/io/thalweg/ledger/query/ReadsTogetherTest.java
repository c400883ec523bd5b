package io.thalweg.ledger.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.ledger.Ledger;
import io.thalweg.ledger.LedgerOptions;
import io.thalweg.ledger.layout.AccountLayout;
import io.thalweg.ledger.layout.TransferLayout;
import io.thalweg.ledger.store.block.BlockCache;
import io.thalweg.ledger.store.schema.StoreOptions;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.Disk;
import io.thalweg.ports.disk.Disk.DiskFile;
import io.thalweg.ports.disk.FileDisk;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The records that a query finds lie all over the disk: they are asked for together, and not each when the one before has come. */
final class ReadsTogetherTest {
    private static final int TOGETHER = 4;
    private static final int ACCOUNTS = 200;
    private static final int EVENTS = 8_000;
    private static final int BATCHES = 5;

    private final AtomicInteger underWay = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();
    private final CountDownLatch enough = new CountDownLatch(1);
    private volatile boolean querying;

    /** The same interface; while a query runs, a read waits until so many are under way. */
    private <T> T watched(Class<T> type, T target) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (_, method, arguments) -> {
                    boolean counts = querying && method.getName().startsWith("read");
                    if (counts) {
                        int now = underWay.incrementAndGet();
                        most.accumulateAndGet(now, Math::max);
                        if (now >= TOGETHER) {
                            enough.countDown();
                        }
                    }
                    try {
                        if (counts && underWay.get() > 1) {
                            var _ = enough.await(20, TimeUnit.SECONDS);
                        }
                        Object result = method.invoke(target, arguments);
                        return result instanceof DiskFile file ? watched(DiskFile.class, file) : result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    } finally {
                        if (counts) {
                            underWay.decrementAndGet();
                        }
                    }
                }));
    }

    private static Ledger filled(Disk disk, Path directory, BlockCache cache) throws Exception {
        StoreOptions small = StoreOptions.DEFAULT.withBarRecords(4096);
        Ledger ledger = Ledger.open(disk, directory, new LedgerOptions(small, small), cache, Runnable::run, null);
        ByteBuffer results = RandomRecords.bytes(EVENTS * Ledger.RESULT_BYTES);
        ByteBuffer accounts = RandomRecords.bytes(ACCOUNTS * AccountLayout.BYTES);
        for (int i = 0; i < ACCOUNTS; i++) {
            int at = i * AccountLayout.BYTES;
            accounts.putLong(at + AccountLayout.ID, 1 + i)
                    .putInt(at + AccountLayout.LEDGER, 1)
                    .putShort(at + AccountLayout.FLAGS, (short) AccountLayout.FLAG_HISTORY)
                    .putShort(at + AccountLayout.CODE, (short) 1);
        }
        ledger.createAccounts(accounts, EVENTS, results);
        ledger.publish();
        for (int batch = 0; batch < BATCHES; batch++) {
            ByteBuffer events = RandomRecords.bytes(EVENTS * TransferLayout.BYTES);
            for (int i = 0; i < EVENTS; i++) {
                int at = i * TransferLayout.BYTES;
                events.putLong(at + TransferLayout.ID, 1 + (long) batch * EVENTS + i)
                        .putLong(at + TransferLayout.DEBIT_ACCOUNT_ID, 1 + i % ACCOUNTS)
                        .putLong(at + TransferLayout.CREDIT_ACCOUNT_ID, 1 + (i + 1) % ACCOUNTS)
                        .putLong(at + TransferLayout.AMOUNT, 1)
                        .putInt(at + TransferLayout.LEDGER, 1)
                        .putShort(at + TransferLayout.CODE, (short) 1);
            }
            ledger.createTransfers(events, (batch + 2L) * EVENTS, results.clear());
            ledger.publish();
        }
        return ledger;
    }

    @Test
    void theRecordsOfOneQueryAreReadTogether(@TempDir Path directory) throws Exception {
        try (ExecutorService readers = Executors.newFixedThreadPool(2 * TOGETHER);
                BlockCache cache = new BlockCache(8 << 20, readers);
                Ledger ledger = filled(watched(Disk.class, new FileDisk()), directory, cache)) {
            ByteBuffer out = RandomRecords.bytes(EVENTS * TransferLayout.BYTES);
            querying = true;
            int found = ledger.queries()
                    .transfers(
                            ledger.queries().now(),
                            new TransferQuery().account(7, 0, Sides.BOTH).limit(EVENTS),
                            out);
            querying = false;
            assertThat(found).isEqualTo(2 * BATCHES * EVENTS / ACCOUNTS);
            assertThat(most.get()).as("reads under way together").isGreaterThanOrEqualTo(TOGETHER);
            for (int row = 0; row < found; row++) {
                int at = row * TransferLayout.BYTES;
                long debit = out.getLong(at + TransferLayout.DEBIT_ACCOUNT_ID);
                long credit = out.getLong(at + TransferLayout.CREDIT_ACCOUNT_ID);
                assertThat(debit == 7 || credit == 7).as("row %d", row).isTrue();
            }
        }
    }

    /** What is read ahead and is not what was written is told by whoever needs it, and by nobody before. */
    @Test
    void aDamagedBlockIsToldByTheQueryThatNeedsIt(@TempDir Path directory) throws Exception {
        try (ExecutorService readers = Executors.newFixedThreadPool(TOGETHER);
                BlockCache cache = new BlockCache(8 << 20, readers);
                Ledger ledger = filled(new FileDisk(), directory, cache)) {
            Path file = directory.resolve("transfers.records");
            byte[] bytes = Files.readAllBytes(file);
            bytes[6 * 256 + 16] ^= 1; // of the seventh transfer, which is one of account 7
            Files.write(file, bytes);
            ByteBuffer out = RandomRecords.bytes(EVENTS * TransferLayout.BYTES);
            TransferQuery query = new TransferQuery().account(7, 0, Sides.BOTH).limit(EVENTS);
            assertThatThrownBy(() -> ledger.queries().transfers(ledger.queries().now(), query, out))
                    .isInstanceOfSatisfying(
                            CorruptionException.class,
                            damage -> assertThat(damage.file()).isEqualTo(file));
            TransferQuery newest = new TransferQuery()
                    .account(7, 0, Sides.BOTH)
                    .direction(Direction.DESCENDING)
                    .limit(10);
            assertThat(ledger.queries().transfers(ledger.queries().now(), newest, out.clear()))
                    .isEqualTo(10);
        }
    }
}
