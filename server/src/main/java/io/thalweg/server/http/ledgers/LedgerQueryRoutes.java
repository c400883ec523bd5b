package io.thalweg.server.http.ledgers;

import io.thalweg.ledger.layout.AccountLayout;
import io.thalweg.ledger.layout.TransferLayout;
import io.thalweg.ledger.query.AccountSearch;
import io.thalweg.ledger.query.Direction;
import io.thalweg.ledger.query.Point;
import io.thalweg.ledger.query.QueryFilter;
import io.thalweg.ledger.query.SumsQuery;
import io.thalweg.ledger.query.TransferQuery;
import io.thalweg.ledger.query.TransferSum;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.duties.UsageMeter;
import io.thalweg.server.form.ByteSink;
import io.thalweg.server.form.LedgerJson;
import io.thalweg.server.form.Rows;
import io.thalweg.server.form.Times;
import io.thalweg.server.form.Wide;
import io.thalweg.server.http.Call;
import io.thalweg.server.http.Route;
import io.thalweg.server.http.Shape;
import io.thalweg.server.routing.Ledgers;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Finding accounts and transfers by what they say, and adding transfers up. Each query sees all that was acknowledged before it. */
final class LedgerQueryRoutes {
    /** How often accounts that were created meanwhile are looked at by the caller's thread; then it is by the one that applies. */
    private static final int ROUNDS = 4;

    /** About what a sum takes: as it is collected, as it is added up, as JSON and as a copy of that. */
    private static final long SUM_BYTES = 640;

    private final Ledgers ledgers;
    private final AccountReads reads;
    private final UsageMeter meter;

    LedgerQueryRoutes(Ledgers ledgers, AccountReads reads, UsageMeter meter) {
        this.ledgers = ledgers;
        this.reads = reads;
        this.meter = meter;
    }

    List<Route> routes() {
        return List.of(
                LedgerParameters.rows(
                                LedgerParameters.filters(LedgerParameters.query(
                                        "/accounts",
                                        "query_accounts",
                                        "Find accounts; all that is asked for must hold.")),
                                "Accounts")
                        .to(this::accounts),
                LedgerParameters.rows(
                                LedgerParameters.pending(LedgerParameters.filters(LedgerParameters.query(
                                        "/transfers",
                                        "query_transfers",
                                        "Find transfers; all that is asked for must hold."))),
                                "Transfers")
                        .to(call -> transfers(call, LedgerParameters.transferQuery(call))),
                LedgerParameters.rows(
                                LedgerParameters.pending(LedgerParameters.ofAccount(LedgerParameters.query(
                                        "/accounts/{account_id}/transfers",
                                        "get_account_transfers",
                                        "Find transfers of an account."))),
                                "Transfers")
                        .to(call -> {
                            reads.account(call);
                            BigInteger id = LedgerParameters.accountId(call);
                            transfers(
                                    call,
                                    LedgerParameters.transferQuery(call)
                                            .account(Wide.low(id), Wide.high(id), LedgerParameters.sides(call)));
                        }),
                LedgerParameters.query(
                                "/sums", "sum_transfers", "Add transfers up by ledger number, code, kind and time.")
                        .query(
                                "bucket",
                                Shape.oneOf("minute", "hour", "day").orElse("day"),
                                "minute, hour or day (of UTC).")
                        .query("ledger", Shape.integer(0, 0xFFFF_FFFFL), "Only with this ledger number.")
                        .query("code", Shape.integer(0, 0xFFFF), "Only with this code.")
                        .query("from", Shape.time(), "Not before: nanoseconds since 1970, or RFC 3339.")
                        .query("to", Shape.time(), "Not after: nanoseconds since 1970, or RFC 3339.")
                        .answers(200, "What there is to add up.", "Sums")
                        .to(this::sums));
    }

    private void accounts(Call call) throws InterruptedException {
        int limit = LedgerParameters.limit(call);
        RowReply.reserve(call, limit);
        Direction direction = LedgerParameters.direction(call);
        BigInteger userData = LedgerParameters.wide(call, "user_data_128", 128);
        QueryFilter filter = new QueryFilter(
                Wide.low(userData),
                Wide.high(userData),
                LedgerParameters.wide(call, "user_data_64", 64).longValue(),
                LedgerParameters.wide(call, "user_data_32", 32).intValue(),
                LedgerParameters.wide(call, "ledger", 32).intValue(),
                LedgerParameters.code(call),
                LedgerParameters.time(call, "timestamp_min"),
                LedgerParameters.timeMax(call),
                limit,
                direction);
        ByteBuffer rows = found(call, new AccountSearch(filter, limit), limit);
        RowReply.send(
                meter,
                call,
                "accounts",
                rows,
                AccountLayout.BYTES,
                LedgerJson::account,
                RowReply.next(rows, AccountLayout.BYTES, AccountLayout.TIMESTAMP, limit, direction));
    }

    /** Accounts are searched for here, and copied by the thread that applies, when all that there are by then were looked at. */
    private ByteBuffer found(Call call, AccountSearch search, int limit) throws InterruptedException {
        for (int round = 1; ; round++) {
            search.advance(reads.queries(call), reads.queries(call).now());
            boolean last = round == ROUNDS;
            Optional<ByteBuffer> rows = ledgers.read(
                    call.tenantId(),
                    call.ledger(),
                    ledger -> {
                        Point now = ledger.queries().now();
                        if (!last && !search.isAt(now)) {
                            return Optional.empty();
                        }
                        search.advance(ledger.queries(), now);
                        ByteBuffer out = Rows.buffer(limit, AccountLayout.BYTES);
                        search.copy(ledger.queries(), out);
                        return Optional.of(out.flip());
                    },
                    LedgerParameters.timeout(call));
            if (rows.isPresent()) {
                return rows.get();
            }
        }
    }

    private void transfers(Call call, TransferQuery query) throws InterruptedException {
        int limit = LedgerParameters.limit(call);
        RowReply.reserve(call, limit);
        Point now = reads.now(call);
        ByteBuffer rows = Rows.buffer(limit, TransferLayout.BYTES);
        try {
            reads.queries(call).transfers(now, query, rows);
        } catch (IllegalArgumentException e) {
            throw new ThalwegException(ErrorCode.INVALID_REQUEST, String.valueOf(e.getMessage()), e);
        }
        rows.flip();
        RowReply.send(
                meter,
                call,
                "transfers",
                rows,
                TransferLayout.BYTES,
                LedgerJson::transfer,
                RowReply.next(
                        rows, TransferLayout.BYTES, TransferLayout.TIMESTAMP, limit, LedgerParameters.direction(call)));
    }

    private void sums(Call call) throws InterruptedException {
        long from = LedgerParameters.time(call, "from");
        long to = LedgerParameters.time(call, "to");
        if (to != 0 && from > to) {
            throw invalid("from is after to");
        }
        Bucket bucket = LedgerParameters.choice(call, "bucket", Bucket.values());
        SumsQuery query = new SumsQuery(
                LedgerParameters.wide(call, "ledger", 32).intValue(),
                LedgerParameters.code(call),
                from,
                to,
                (bucket == null ? Bucket.DAY : bucket).minutes);
        List<TransferSum> sums;
        Point now = reads.now(call);
        try {
            sums = reads.queries(call).sums(now, query, more -> call.memory().take(more * SUM_BYTES));
        } catch (IllegalArgumentException e) {
            throw new ThalwegException(ErrorCode.INVALID_REQUEST, String.valueOf(e.getMessage()), e);
        }
        ByteSink out = new ByteSink(128 * sums.size() + 64);
        out.ascii("{\"sums\":[");
        for (int i = 0; i < sums.size(); i++) {
            TransferSum sum = sums.get(i);
            out.ascii(i == 0 ? "" : ",");
            out.ascii("{\"start\":\"").ascii(Times.text(sum.start()));
            out.ascii("\",\"ledger\":").number(Integer.toUnsignedLong(sum.ledger()));
            out.ascii(",\"code\":").number(sum.code());
            out.ascii(",\"kind\":\"").ascii(sum.kind().name().toLowerCase(Locale.ROOT));
            out.ascii("\",\"count\":").number(sum.count());
            out.ascii(",\"amount\":\"").ascii(sum.amount().toString()).ascii("\"}");
        }
        RowReply.json(meter, call, out.ascii("]}"));
    }

    /** How long the times are that are added up apart. */
    private enum Bucket {
        MINUTE(1),
        HOUR(60),
        DAY(24 * 60);

        private final long minutes;

        Bucket(long minutes) {
            this.minutes = minutes;
        }
    }

    private static ThalwegException invalid(String message) {
        return new ThalwegException(ErrorCode.INVALID_REQUEST, message);
    }
}
