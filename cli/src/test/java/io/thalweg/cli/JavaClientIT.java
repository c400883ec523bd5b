package io.thalweg.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tigerbeetle.AccountBalanceBatch;
import com.tigerbeetle.AccountBatch;
import com.tigerbeetle.AccountFilter;
import com.tigerbeetle.AccountFlags;
import com.tigerbeetle.Client;
import com.tigerbeetle.CreateAccountResult;
import com.tigerbeetle.CreateAccountResultBatch;
import com.tigerbeetle.CreateTransferResult;
import com.tigerbeetle.CreateTransferResultBatch;
import com.tigerbeetle.IdBatch;
import com.tigerbeetle.QueryFilter;
import com.tigerbeetle.TransferBatch;
import com.tigerbeetle.TransferFlags;
import com.tigerbeetle.UInt128;
import io.thalweg.bench.node.ReadyProcess;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Every call of TigerBeetle's Java client, as it is on Maven Central, against {@code ./thalweg dev}. */
@Timeout(180)
class JavaClientIT {
    private static final int LEDGER = 700;
    private static final int CODE = 10;
    private static final long UNKNOWN = 999;

    @TempDir
    private Path directory = Path.of("");

    private ReadyProcess node;
    private Client client;

    @BeforeEach
    void start() throws Exception {
        node = DevProcess.start(directory);
        client = connect();
    }

    private Client connect() {
        return new Client(
                UInt128.asBytes(0), new String[] {node.ready().get("ledger").asString()});
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        node.close();
    }

    /** Accounts 1 and 2, the first with history. */
    private void createTwo() throws Exception {
        AccountBatch accounts = new AccountBatch(2);
        for (long id = 1; id <= 2; id++) {
            accounts.add();
            accounts.setId(id);
            accounts.setLedger(LEDGER);
            accounts.setCode(CODE);
            accounts.setUserData64(id * 100);
            accounts.setFlags(id == 1 ? AccountFlags.HISTORY : AccountFlags.NONE);
        }
        assertThat(client.createAccounts(accounts).getLength()).as("failures").isZero();
    }

    private static TransferBatch transfer(long id, long amount, int flags) {
        TransferBatch transfers = new TransferBatch(1);
        transfers.add();
        transfers.setId(id);
        transfers.setDebitAccountId(1);
        transfers.setCreditAccountId(2);
        transfers.setAmount(amount);
        transfers.setLedger(LEDGER);
        transfers.setCode(CODE);
        transfers.setUserData32((int) id);
        transfers.setFlags(flags);
        return transfers;
    }

    private BigInteger debitsPosted(long account) throws Exception {
        AccountBatch found = client.lookupAccounts(new IdBatch(UInt128.asBytes(account)));
        assertThat(found.next()).isTrue();
        return found.getDebitsPosted();
    }

    @Test
    void createsAndLooksUpAndReportsFailuresByIndex() throws Exception {
        assertThat(client.getClusterID()).isEqualTo(UInt128.asBytes(0));
        createTwo();
        AccountBatch again = new AccountBatch(2);
        again.add();
        again.setId(3);
        again.setLedger(LEDGER);
        again.setCode(CODE);
        again.add();
        again.setId(1);
        again.setLedger(LEDGER);
        again.setCode(CODE);
        again.setUserData64(100);
        CreateAccountResultBatch failures = client.createAccountsAsync(again).get();
        assertThat(failures.getLength()).isEqualTo(1);
        assertThat(failures.next()).isTrue();
        assertThat(failures.getIndex()).isEqualTo(1);
        assertThat(failures.getResult()).isEqualTo(CreateAccountResult.ExistsWithDifferentFlags);

        assertThat(client.createTransfers(transfer(5, 42, TransferFlags.NONE)).getLength())
                .isZero();
        TransferBatch wrong = transfer(6, 1, TransferFlags.NONE);
        wrong.setDebitAccountId(UNKNOWN);
        CreateTransferResultBatch failed = client.createTransfersAsync(wrong).get();
        assertThat(failed.next()).isTrue();
        assertThat(failed.getIndex()).isZero();
        assertThat(failed.getResult()).isEqualTo(CreateTransferResult.DebitAccountNotFound);

        AccountBatch accounts = client.lookupAccountsAsync(
                        new IdBatch(UInt128.asBytes(2), UInt128.asBytes(UNKNOWN), UInt128.asBytes(1)))
                .get();
        assertThat(accounts.getLength()).isEqualTo(2);
        assertThat(accounts.next()).isTrue();
        assertThat(accounts.getId(UInt128.LeastSignificant)).isEqualTo(2);
        assertThat(accounts.getCreditsPosted()).isEqualTo(BigInteger.valueOf(42));
        assertThat(accounts.next()).isTrue();
        assertThat(accounts.getDebitsPosted()).isEqualTo(BigInteger.valueOf(42));
        assertThat(accounts.getTimestamp()).isPositive();

        for (TransferBatch transfers : List.of(
                client.lookupTransfers(new IdBatch(UInt128.asBytes(5))),
                client.lookupTransfersAsync(new IdBatch(UInt128.asBytes(5))).get())) {
            assertThat(transfers.next()).isTrue();
            assertThat(transfers.getAmount()).isEqualTo(BigInteger.valueOf(42));
            assertThat(transfers.getUserData32()).isEqualTo(5);
            assertThat(transfers.next()).isFalse();
        }
    }

    @Test
    void holdsAndPostsAndLinks() throws Exception {
        createTwo();
        assertThat(client.createTransfers(transfer(1, 100, TransferFlags.PENDING))
                        .getLength())
                .isZero();
        assertThat(debitsPosted(1)).isZero();
        TransferBatch post = transfer(2, 60, TransferFlags.POST_PENDING_TRANSFER);
        post.setPendingId(1);
        assertThat(client.createTransfers(post).getLength()).isZero();
        assertThat(debitsPosted(1)).isEqualTo(BigInteger.valueOf(60));

        TransferBatch chain = new TransferBatch(2);
        for (int i = 0; i < 2; i++) {
            chain.add();
            chain.setId(10 + i);
            chain.setDebitAccountId(1);
            chain.setCreditAccountId(i == 0 ? 2 : UNKNOWN);
            chain.setAmount(TransferBatch.AMOUNT_MAX.shiftRight(1));
            chain.setLedger(LEDGER);
            chain.setCode(CODE);
            chain.setFlags(i == 0 ? TransferFlags.LINKED : TransferFlags.NONE);
        }
        CreateTransferResultBatch broken = client.createTransfers(chain);
        assertThat(broken.next()).isTrue();
        assertThat(broken.getResult()).isEqualTo(CreateTransferResult.LinkedEventFailed);
        assertThat(broken.next()).isTrue();
        assertThat(broken.getResult()).isEqualTo(CreateTransferResult.CreditAccountNotFound);
        assertThat(debitsPosted(1)).isEqualTo(BigInteger.valueOf(60));
    }

    @Test
    void findsTransfersAndBalancesOfAnAccountInBothDirections() throws Exception {
        createTwo();
        for (long id = 1; id <= 5; id++) {
            assertThat(client.createTransfers(transfer(id, id, TransferFlags.NONE))
                            .getLength())
                    .isZero();
        }
        AccountFilter filter = new AccountFilter();
        filter.setAccountId(1);
        filter.setDebits(true);
        filter.setCredits(true);
        filter.setReversed(true);
        filter.setLimit(3);
        assertThat(ids(client.getAccountTransfers(filter))).containsExactly(5L, 4L, 3L);
        AccountBalanceBatch balances = client.getAccountBalances(filter);
        assertThat(balances.getLength()).isEqualTo(3);
        assertThat(balances.next()).isTrue();
        assertThat(balances.getDebitsPosted()).isEqualTo(BigInteger.valueOf(15));
        filter.setReversed(false);
        filter.setCredits(false);
        filter.setLimit(8190);
        filter.setUserData32(2);
        assertThat(ids(client.getAccountTransfersAsync(filter).get())).containsExactly(2L);
        assertThat(client.getAccountBalancesAsync(filter).get().getLength()).isEqualTo(1);
        filter.setDebits(false);
        assertThat(client.getAccountTransfers(filter).getLength())
                .as("an invalid filter finds nothing")
                .isZero();
    }

    @Test
    void queriesAccountsAndTransfersByTheirFields() throws Exception {
        createTwo();
        for (long id = 1; id <= 5; id++) {
            assertThat(client.createTransfers(transfer(id, id, TransferFlags.NONE))
                            .getLength())
                    .isZero();
        }
        QueryFilter filter = new QueryFilter();
        filter.setLedger(LEDGER);
        filter.setCode(CODE);
        filter.setLimit(100);
        filter.setReversed(true);
        assertThat(ids(client.queryTransfers(filter))).containsExactly(5L, 4L, 3L, 2L, 1L);
        assertThat(client.queryAccounts(filter).getLength()).isEqualTo(2);
        filter.setUserData64(200);
        AccountBatch found = client.queryAccountsAsync(filter).get();
        assertThat(found.getLength()).isEqualTo(1);
        assertThat(found.next()).isTrue();
        assertThat(found.getId(UInt128.LeastSignificant)).isEqualTo(2);
        filter.setUserData64(0);
        filter.setUserData32(4);
        assertThat(ids(client.queryTransfersAsync(filter).get())).containsExactly(4L);
    }

    @Test
    void aFullBatchFitsAndCallersAtTheSameTimeGetTheirOwnResults() throws Exception {
        createTwo();
        TransferBatch full = new TransferBatch(8190);
        for (int i = 0; i < 8190; i++) {
            full.add();
            full.setId(1000 + i);
            full.setDebitAccountId(1);
            full.setCreditAccountId(2);
            full.setAmount(1);
            full.setLedger(LEDGER);
            full.setCode(CODE);
        }
        assertThat(client.createTransfers(full).getLength()).isZero();
        assertThat(debitsPosted(1)).isEqualTo(BigInteger.valueOf(8190));
        assertThat(client.createTransfers(full).getLength()).as("all exist").isEqualTo(8190);

        List<CompletableFuture<CreateTransferResultBatch>> calls = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            // Every third is one that exists with another amount.
            calls.add(client.createTransfersAsync(
                    transfer(i % 3 == 0 ? 1000 : 20_000 + i, i % 3 == 0 ? 2 : 1, TransferFlags.NONE)));
        }
        for (int i = 0; i < calls.size(); i++) {
            CreateTransferResultBatch result = calls.get(i).get();
            assertThat(result.getLength()).as("call %d", i).isEqualTo(i % 3 == 0 ? 1 : 0);
        }
    }

    @Test
    void whatWasBookedIsThereAfterAKillAndTheSameClientGoesOn() throws Exception {
        createTwo();
        assertThat(client.createTransfers(transfer(1, 7, TransferFlags.NONE)).getLength())
                .isZero();
        node.kill();
        node = DevProcess.start(
                directory,
                List.of(
                        DevProcess.REPOSITORY.resolve("thalweg").toString(),
                        "dev",
                        "--ledger",
                        node.ready().get("ledger").asString()));
        assertThat(client.createTransfers(transfer(2, 5, TransferFlags.NONE)).getLength())
                .isZero();
        assertThat(debitsPosted(1)).isEqualTo(BigInteger.valueOf(12));
        try (Client other = connect()) {
            CreateTransferResultBatch again = other.createTransfers(transfer(1, 7, TransferFlags.NONE));
            assertThat(again.next()).isTrue();
            assertThat(again.getResult()).isEqualTo(CreateTransferResult.Exists);
        }
    }

    @Test
    void aClosedClientSaysSo() throws Exception {
        createTwo();
        client.close();
        assertThatThrownBy(() -> client.lookupAccounts(new IdBatch(UInt128.asBytes(1))))
                .isInstanceOf(IllegalStateException.class);
    }

    private static List<Long> ids(TransferBatch transfers) {
        List<Long> ids = new ArrayList<>();
        while (transfers.next()) {
            ids.add(transfers.getId(UInt128.LeastSignificant));
        }
        return ids;
    }
}
