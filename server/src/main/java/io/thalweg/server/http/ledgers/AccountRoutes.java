package io.thalweg.server.http.ledgers;

import io.thalweg.ledger.layout.AccountBalanceLayout;
import io.thalweg.ledger.layout.AccountLayout;
import io.thalweg.ledger.layout.TransferLayout;
import io.thalweg.ledger.query.AccountFilter;
import io.thalweg.ledger.query.Direction;
import io.thalweg.ledger.query.LedgerQueries;
import io.thalweg.ledger.query.Point;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.duties.UsageMeter;
import io.thalweg.server.form.ByteSink;
import io.thalweg.server.form.LedgerJson;
import io.thalweg.server.form.Rows;
import io.thalweg.server.form.Wide;
import io.thalweg.server.http.Call;
import io.thalweg.server.http.Route;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.List;

/** Looking at one account: its balances now or at a time, what is pending on it, its history. */
final class AccountRoutes {
    /** Pending transfers that an account has at most in most statements; where there are more, memory is taken for all. */
    private static final int USUAL_PENDING = 100;

    private final AccountReads reads;
    private final UsageMeter meter;

    AccountRoutes(AccountReads reads, UsageMeter meter) {
        this.reads = reads;
        this.meter = meter;
    }

    List<Route> routes() {
        return List.of(
                LedgerParameters.at(LedgerParameters.query(
                                "/accounts/{account_id}", "get_account", "Look at an account, now or as it was."))
                        .answers(200, "The account.", "Account")
                        .to(this::account),
                LedgerParameters.rows(
                                LedgerParameters.ofAccount(LedgerParameters.query(
                                        "/accounts/{account_id}/balances",
                                        "get_account_balances",
                                        "Balances of an account after each of its transfers, if it has the flag"
                                                + " history.")),
                                "Balances")
                        .to(this::balances),
                LedgerParameters.at(LedgerParameters.query(
                                "/accounts/{account_id}/statement",
                                "get_account_statement",
                                "An account and its pending transfers, read at one moment."))
                        .answers(200, "Both as of the same moment.", "Statement")
                        .to(this::statement));
    }

    private void account(Call call) throws InterruptedException {
        AccountReads.AccountAt account = reads.at(call);
        ByteSink out = new ByteSink(512);
        account.write(out);
        RowReply.json(meter, call, out);
    }

    private void statement(Call call) throws InterruptedException {
        AccountReads.AccountAt account = reads.at(call);
        BigInteger id = LedgerParameters.accountId(call);
        ByteBuffer pending = pending(call, account.point(), id, USUAL_PENDING);
        if (!pending.hasRemaining()) {
            pending = pending(call, account.point(), id, LedgerParameters.LIMIT_MAX);
        }
        boolean complete = pending.hasRemaining();
        pending.flip();
        ByteSink out = new ByteSink(1024 + 2 * pending.remaining());
        out.ascii("{\"account\":");
        account.write(out);
        out.ascii(",\"pending\":");
        RowReply.array(pending, TransferLayout.BYTES, LedgerJson::transfer, out);
        out.ascii(",\"complete\":").ascii(Boolean.toString(complete));
        out.ascii(",\"sequence\":")
                .number(account.point().transfers() + account.point().expiries());
        RowReply.json(meter, call, out.u8('}'));
    }

    /** Transfers that were pending at a point, for which memory is taken before. */
    private ByteBuffer pending(Call call, Point point, BigInteger id, int most) {
        RowReply.reserve(call, most);
        ByteBuffer pending = Rows.buffer(most, TransferLayout.BYTES);
        reads.queries(call).pending(point, Wide.low(id), Wide.high(id), Direction.ASCENDING, most, pending);
        return pending;
    }

    private void balances(Call call) throws InterruptedException {
        ByteBuffer account = reads.account(call);
        if ((account.getShort(AccountLayout.FLAGS) & AccountLayout.FLAG_HISTORY) == 0) {
            throw invalid("the account has no flag history: ask for its balance at a time with at=, or for its"
                    + " transfers");
        }
        BigInteger id = LedgerParameters.accountId(call);
        BigInteger userData = LedgerParameters.wide(call, "user_data_128", 128);
        int limit = LedgerParameters.limit(call);
        RowReply.reserve(call, limit);
        AccountFilter filter = new AccountFilter(
                Wide.low(id),
                Wide.high(id),
                LedgerParameters.sides(call),
                Wide.low(userData),
                Wide.high(userData),
                LedgerParameters.wide(call, "user_data_64", 64).longValue(),
                LedgerParameters.wide(call, "user_data_32", 32).intValue(),
                LedgerParameters.code(call),
                LedgerParameters.time(call, "timestamp_min"),
                LedgerParameters.timeMax(call),
                limit,
                LedgerParameters.direction(call));
        LedgerQueries queries = reads.queries(call);
        ByteBuffer rows = Rows.buffer(limit, AccountBalanceLayout.BYTES);
        queries.accountBalances(queries.now(), filter, rows);
        rows.flip();
        RowReply.send(
                meter,
                call,
                "balances",
                rows,
                AccountBalanceLayout.BYTES,
                LedgerJson::balance,
                RowReply.next(
                        rows,
                        AccountBalanceLayout.BYTES,
                        AccountBalanceLayout.TIMESTAMP,
                        limit,
                        LedgerParameters.direction(call)));
    }

    private static ThalwegException invalid(String message) {
        return new ThalwegException(ErrorCode.INVALID_REQUEST, message);
    }
}
