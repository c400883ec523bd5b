package io.thalweg.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.ledger.layout.AccountLayout;
import io.thalweg.ledger.layout.TransferLayout;
import io.thalweg.ledger.query.Point;
import io.thalweg.ledger.store.block.BlockCache;
import io.thalweg.ports.disk.FileDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What replicas compare of a ledger beside its replies. */
final class BalancesSinceTest {
    private static final int ACCOUNTS = 4;

    @TempDir
    private Path directory = Path.of("");

    private final ByteBuffer results =
            ByteBuffer.allocate(64 * Ledger.RESULT_BYTES).order(ByteOrder.LITTLE_ENDIAN);

    /** A book in which account 1 has paid so much to account 2. */
    private Ledger book(String name, long paid) throws IOException {
        Ledger ledger = Ledger.open(
                new FileDisk(),
                directory.resolve(name),
                LedgerOptions.DEFAULT,
                new BlockCache(1 << 20),
                Runnable::run,
                null);
        ByteBuffer accounts =
                ByteBuffer.allocate(ACCOUNTS * AccountLayout.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < ACCOUNTS; i++) {
            int at = i * AccountLayout.BYTES;
            accounts.putLong(at + AccountLayout.ID, 1 + i)
                    .putInt(at + AccountLayout.LEDGER, 1)
                    .putShort(at + AccountLayout.CODE, (short) 1);
        }
        ledger.createAccounts(accounts, 1_000, results.clear());
        pay(ledger, 1, 2, paid, 0, 2_000);
        ledger.publish();
        return ledger;
    }

    /** Pays, and returns what came of it. */
    private long pay(Ledger ledger, long from, long to, long amount, int flags, long timestamp) {
        Point before = ledger.moment();
        ByteBuffer transfer = ByteBuffer.allocate(TransferLayout.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        transfer.putLong(TransferLayout.ID, timestamp)
                .putLong(TransferLayout.DEBIT_ACCOUNT_ID, from)
                .putLong(TransferLayout.CREDIT_ACCOUNT_ID, to)
                .putLong(TransferLayout.AMOUNT, amount)
                .putInt(TransferLayout.LEDGER, 1)
                .putShort(TransferLayout.CODE, (short) 1)
                .putShort(TransferLayout.FLAGS, (short) flags)
                .putInt(TransferLayout.TIMEOUT, flags == TransferLayout.FLAG_PENDING ? 1 : 0);
        ledger.createTransfers(transfer, timestamp, results.clear());
        return ledger.balancesSince(before);
    }

    @Test
    void aBalanceThatIsAnotherShowsWithTheNextEventOfItsAccount() throws IOException {
        try (Ledger one = book("one", 5);
                Ledger same = book("same", 5);
                Ledger other = book("other", 6)) {
            long apart = pay(one, 3, 4, 7, 0, 3_000);
            assertThat(pay(same, 3, 4, 7, 0, 3_000)).isEqualTo(apart);
            assertThat(pay(other, 3, 4, 7, 0, 3_000)).as("of other accounts").isEqualTo(apart);

            long paid = pay(one, 2, 3, 1, 0, 4_000);
            assertThat(pay(same, 2, 3, 1, 0, 4_000)).isEqualTo(paid);
            assertThat(pay(other, 2, 3, 1, 0, 4_000)).isNotEqualTo(paid);
        }
    }

    @Test
    void whatExpiresShowsToo() throws IOException {
        try (Ledger one = book("one", 5);
                Ledger other = book("other", 6)) {
            for (Ledger each : new Ledger[] {one, other}) {
                pay(each, 3, 4, 9, 0, 2_500);
                pay(each, 3, 4, 7, TransferLayout.FLAG_PENDING, 3_000);
                each.publish();
            }
            Point before = one.moment();
            assertThat(one.balancesSince(before)).as("nothing").isZero();
            assertThat(one.expire(5_000_000_000L)).isEqualTo(1);
            long expired = one.balancesSince(before);
            assertThat(expired).isNotZero();
            assertThat(other.expire(5_000_000_000L)).isEqualTo(1);
            assertThat(other.balancesSince(before)).isEqualTo(expired);
        }
    }
}
