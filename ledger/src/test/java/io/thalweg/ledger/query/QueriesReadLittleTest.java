package io.thalweg.ledger.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.ledger.Ledger;
import io.thalweg.ledger.LedgerOptions;
import io.thalweg.ledger.layout.AccountLayout;
import io.thalweg.ledger.layout.TransferLayout;
import io.thalweg.ledger.store.block.BlockCache;
import io.thalweg.ledger.store.schema.StoreOptions;
import io.thalweg.ports.disk.Disk;
import io.thalweg.ports.disk.Disk.DiskFile;
import io.thalweg.ports.disk.FileDisk;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A query that finds few transfers reads little from the disk, however many there are: it goes by the indexes. */
final class QueriesReadLittleTest {
    private static final int ACCOUNTS = 1_000;
    private static final int BATCHES = 25;
    private static final int EVENTS = 8_000;
    private static final long FIRST_NS = 1_000_000_000_000L;

    /** Of the rarest values there is one in so many transfers. */
    private static final int RARE = 10_000;

    private static final int LIMIT = 10;

    private final SplittableRandom random = new SplittableRandom(20_261_120);
    private final BlockCache cache = new BlockCache(1 << 20);
    private long read;
    private Ledger ledger;

    /** The same interface, counting the bytes that are read from files. */
    private <T> T counting(Class<T> type, T target) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (_, method, arguments) -> {
                    Object result;
                    try {
                        result = method.invoke(target, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                    if (method.getName().startsWith("read")) {
                        read += (int) result;
                    }
                    return result instanceof DiskFile file ? counting(DiskFile.class, file) : result;
                }));
    }

    @BeforeEach
    void fill(@TempDir Path directory) throws Exception {
        StoreOptions small = StoreOptions.DEFAULT.withBarRecords(4096);
        ledger = Ledger.open(
                counting(Disk.class, new FileDisk()),
                directory,
                new LedgerOptions(small, small),
                cache,
                Runnable::run,
                null);
        ByteBuffer results = RandomRecords.bytes(EVENTS * Ledger.RESULT_BYTES);
        ByteBuffer accounts = RandomRecords.bytes(ACCOUNTS * AccountLayout.BYTES);
        for (int i = 0; i < ACCOUNTS; i++) {
            int at = i * AccountLayout.BYTES;
            accounts.putLong(at + AccountLayout.ID, 1 + i)
                    .putInt(at + AccountLayout.LEDGER, 1)
                    .putShort(at + AccountLayout.CODE, (short) 1);
        }
        ledger.createAccounts(accounts, FIRST_NS - 1, results);
        ledger.publish();
        for (int batch = 0; batch < BATCHES; batch++) {
            ledger.createTransfers(transfers(), FIRST_NS + (batch + 1L) * EVENTS, results.clear());
            ledger.publish();
        }
    }

    @AfterEach
    void close() {
        ledger.close();
        cache.close();
    }

    private ByteBuffer transfers() {
        ByteBuffer events = RandomRecords.bytes(EVENTS * TransferLayout.BYTES);
        for (int i = 0; i < EVENTS; i++) {
            int at = i * TransferLayout.BYTES;
            int debit = random.nextInt(ACCOUNTS);
            events.putLong(at + TransferLayout.ID, random.nextLong())
                    .putLong(at + TransferLayout.ID + 8, 1)
                    .putLong(at + TransferLayout.DEBIT_ACCOUNT_ID, 1 + debit)
                    .putLong(at + TransferLayout.CREDIT_ACCOUNT_ID, 1 + (debit + 1) % ACCOUNTS)
                    .putLong(at + TransferLayout.AMOUNT, 1 + random.nextInt(100))
                    .putLong(at + TransferLayout.USER_DATA_128, rare())
                    .putLong(at + TransferLayout.USER_DATA_64, rare())
                    .putInt(at + TransferLayout.USER_DATA_32, rare())
                    .putInt(at + TransferLayout.LEDGER, 1)
                    .putShort(at + TransferLayout.CODE, (short) (1 + rare()));
        }
        return events;
    }

    private int rare() {
        return random.nextInt(RARE) == 0 ? 7 : 0;
    }

    /** Bytes that a query reads; it must find something. */
    private long reads(TransferQuery query) {
        ByteBuffer out = RandomRecords.bytes(query.limit * TransferLayout.BYTES);
        long before = read;
        int found = ledger.queries().transfers(ledger.queries().now(), query, out);
        assertThat(found).isPositive();
        return read - before;
    }

    @Test
    void fewTransfersAreFoundWithoutReadingTheOthers() {
        long all = (long) BATCHES * EVENTS * TransferLayout.BYTES;
        Map<String, TransferQuery> queries = new LinkedHashMap<>();
        queries.put("account", new TransferQuery().account(500, 0, Sides.BOTH));
        queries.put("ledger, rare code", new TransferQuery().ledger(1).code(8));
        queries.put("user data of 128 bits", new TransferQuery().userData128(7, 0));
        queries.put("user data of 64 bits", new TransferQuery().userData64(7));
        queries.put("user data of 32 bits", new TransferQuery().userData32(7));
        queries.put("ledger", new TransferQuery().ledger(1));
        queries.put("amounts", new TransferQuery().amounts(100, 0, 100, 0));
        long middle = FIRST_NS + BATCHES * EVENTS / 2;
        queries.put("timestamps", new TransferQuery().timestamps(middle, middle + 100));
        queries.forEach((name, query) -> {
            for (Direction direction : Direction.values()) {
                assertThat(reads(query.limit(LIMIT).direction(direction)))
                        .as("bytes read for %s, %s, of %d", name, direction, all)
                        .isLessThan(all / 20);
            }
        });
    }

    @Test
    void aQueryThatFindsAllIsSeenToReadAll() {
        long all = (long) BATCHES * EVENTS * TransferLayout.BYTES;
        assertThat(reads(new TransferQuery().limit(BATCHES * EVENTS))).isGreaterThan(all / 2);
    }
}
