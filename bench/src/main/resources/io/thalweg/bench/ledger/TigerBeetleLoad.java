import com.tigerbeetle.AccountBatch;
import com.tigerbeetle.AccountFilter;
import com.tigerbeetle.AccountFlags;
import com.tigerbeetle.Client;
import com.tigerbeetle.CreateTransferResultBatch;
import com.tigerbeetle.IdBatch;
import com.tigerbeetle.TransferBatch;
import com.tigerbeetle.TransferFlags;
import com.tigerbeetle.UInt128;
import io.thalweg.bench.ledger.LedgerDriver;
import io.thalweg.bench.ledger.LedgerLoad;
import io.thalweg.bench.ledger.Transfers;
import java.math.BigInteger;

/** Load through the official Java client of TigerBeetle, started as a single-file program beside its jar. The target is an address, or those of several nodes with commas. */
final class TigerBeetleLoad implements LedgerDriver {
    private static final int ACCOUNTS_AT_ONCE = 8189;

    /** One is under way, one is ready, one is being filled: their memory is used again. */
    private final TransferBatch[] batches = new TransferBatch[3];

    private final Client client;
    private long requests;

    private TigerBeetleLoad(String target) {
        client = new Client(UInt128.asBytes(BigInteger.ZERO), target.split(",", -1));
        // The client's first request waits 0.6 s for its registration, with any server; that is no request's latency.
        IdBatch nobody = new IdBatch(1);
        nobody.add(1, 1);
        client.lookupAccounts(nobody);
    }

    public static void main(String[] arguments) throws Exception {
        LedgerLoad.serve(TigerBeetleLoad::new);
    }

    @Override
    public void createAccounts(int count) {
        for (int from = 1; from <= count; from += ACCOUNTS_AT_ONCE) {
            int n = Math.min(ACCOUNTS_AT_ONCE, count - from + 1);
            AccountBatch batch = new AccountBatch(n);
            for (int i = 0; i < n; i++) {
                batch.add();
                batch.setId(from + i, 0);
                batch.setLedger(1);
                batch.setCode(1);
                batch.setFlags(AccountFlags.HISTORY);
            }
            client.createAccounts(batch);
        }
    }

    @Override
    public Request request(Transfers transfers) {
        int turn = (int) (requests++ % batches.length);
        TransferBatch batch = batches[turn];
        if (batch == null || batch.getLength() != transfers.count()) {
            batch = new TransferBatch(transfers.count());
            for (int i = 0; i < transfers.count(); i++) {
                batch.add();
            }
            batches[turn] = batch;
        }
        fill(batch, transfers);
        TransferBatch filled = batch;
        return () -> {
            CreateTransferResultBatch failures = client.createTransfers(filled);
            if (failures.next()) {
                throw new IllegalStateException("transfer " + failures.getIndex() + ": " + failures.getResult());
            }
        };
    }

    private static void fill(TransferBatch batch, Transfers transfers) {
        boolean post = transfers.phase == Transfers.Phase.POST;
        int flags = switch (transfers.phase) {
            case SINGLE -> TransferFlags.NONE;
            case PENDING -> TransferFlags.PENDING;
            case POST -> TransferFlags.POST_PENDING_TRANSFER;
        };
        batch.beforeFirst();
        for (int i = 0; i < transfers.count(); i++) {
            batch.next();
            batch.setId(transfers.idLow[i], transfers.idHigh[i]);
            batch.setFlags(flags);
            batch.setPendingId(post ? transfers.pendingLow[i] : 0, post ? transfers.pendingHigh[i] : 0);
            batch.setDebitAccountId(post ? 0 : transfers.debit[i], 0);
            batch.setCreditAccountId(post ? 0 : transfers.credit[i], 0);
            batch.setAmount(post ? -1 : transfers.amount[i], post ? -1 : 0);
            batch.setLedger(post ? 0 : 1);
            batch.setCode(post ? 0 : transfers.code[i]);
            batch.setUserData128(post ? 0 : transfers.userData128Low[i], post ? 0 : transfers.userData128High[i]);
            batch.setUserData64(post ? 0 : transfers.userData64[i]);
            batch.setUserData32(post ? 0 : transfers.userData32[i]);
        }
    }

    @Override
    public int newest(long account, int limit) {
        AccountFilter filter = new AccountFilter();
        filter.setAccountId(account, 0);
        filter.setDebits(true);
        filter.setCredits(true);
        filter.setReversed(true);
        filter.setLimit(limit);
        return client.getAccountTransfers(filter).getLength();
    }

    @Override
    public void close() {
        client.close();
    }
}
