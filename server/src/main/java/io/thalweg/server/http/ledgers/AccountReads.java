package io.thalweg.server.http.ledgers;

import io.thalweg.ledger.Ledger;
import io.thalweg.ledger.layout.AccountBalanceLayout;
import io.thalweg.ledger.layout.AccountLayout;
import io.thalweg.ledger.query.LedgerQueries;
import io.thalweg.ledger.query.Point;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.auth.Authenticator;
import io.thalweg.server.form.ByteSink;
import io.thalweg.server.form.LedgerJson;
import io.thalweg.server.form.Rows;
import io.thalweg.server.form.Wide;
import io.thalweg.server.http.Call;
import io.thalweg.server.routing.Ledgers;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Reads of a ledger at a point. Each sees everything that was acknowledged before it: it first takes a point on the thread that
 * applies, and then reads as of that point on its own.
 */
final class AccountReads {
    private final Ledgers ledgers;
    private final Authenticator authenticator;

    AccountReads(Ledgers ledgers, Authenticator authenticator) {
        this.ledgers = ledgers;
        this.authenticator = authenticator;
    }

    /**
     * An account at a point.
     *
     * @param extra what the account as of a past time has beside its fields
     */
    record AccountAt(
            ByteBuffer account, Point point, @Nullable String extra) {
        void write(ByteSink out) {
            LedgerJson.account(account, 0, extra, out);
        }
    }

    /** The account that the path names, now or at the time that {@code at} asks for. */
    AccountAt at(Call call) throws InterruptedException {
        long at = LedgerParameters.time(call, "at");
        if (at == 0) {
            BigInteger id = LedgerParameters.accountId(call);
            // Row and point are of one moment, and published when the read is answered.
            return ledgers.read(
                    call.tenantId(),
                    call.ledger(),
                    ledger -> new AccountAt(lookUp(ledger, id), ledger.moment(), null),
                    LedgerParameters.timeout(call));
        }
        // What is booked later gets a later time, so that the answer is the same for ever, but for transfers imported
        // into the past.
        if (at > authenticator.nowNs()) {
            throw invalid("at is in the future");
        }
        ByteBuffer account = account(call);
        Point point = queries(call).at(at);
        BigInteger id = LedgerParameters.accountId(call);
        long changed = balance(call, id, point, account);
        int flags = account.getShort(AccountLayout.FLAGS) & ~AccountLayout.FLAG_CLOSED;
        boolean closed = queries(call).closed(point, Wide.low(id), Wide.high(id));
        account.putShort(AccountLayout.FLAGS, (short) (closed ? flags | AccountLayout.FLAG_CLOSED : flags));
        return new AccountAt(account, point, ",\"at\":\"" + at + "\",\"changed_at\":\"" + changed + "\"");
    }

    /** Puts the balances at a point into an account's row; returns when they last changed. */
    private long balance(Call call, BigInteger id, Point point, ByteBuffer account) {
        ByteBuffer balance = Rows.buffer(1, AccountBalanceLayout.BYTES);
        if (!queries(call).balance(point, Wide.low(id), Wide.high(id), balance)) {
            throw new ThalwegException(ErrorCode.NOT_FOUND, "there was no such account at that time");
        }
        account.put(AccountLayout.DEBITS_PENDING, balance, AccountBalanceLayout.DEBITS_PENDING, 4 * 16);
        return balance.getLong(AccountBalanceLayout.TIMESTAMP);
    }

    /** The account's row as it is now; a query after it sees all that was acknowledged before. */
    ByteBuffer account(Call call) throws InterruptedException {
        BigInteger id = LedgerParameters.accountId(call);
        return ledgers.read(
                call.tenantId(), call.ledger(), ledger -> lookUp(ledger, id), LedgerParameters.timeout(call));
    }

    private static ByteBuffer lookUp(Ledger ledger, BigInteger id) {
        ByteBuffer ids = Rows.buffer(1, 16);
        Wide.put(id, ids, 0);
        ByteBuffer row = Rows.buffer(1, AccountLayout.BYTES);
        if (ledger.lookupAccounts(ids, row) == 0) {
            throw new ThalwegException(ErrorCode.NOT_FOUND, "there is no account " + id);
        }
        return row.flip();
    }

    Point now(Call call) throws InterruptedException {
        ledgers.read(call.tenantId(), call.ledger(), _ -> true, LedgerParameters.timeout(call));
        return queries(call).now();
    }

    LedgerQueries queries(Call call) {
        return ledgers.queries(call.tenantId(), call.ledger());
    }

    private static ThalwegException invalid(String message) {
        return new ThalwegException(ErrorCode.INVALID_REQUEST, message);
    }
}
