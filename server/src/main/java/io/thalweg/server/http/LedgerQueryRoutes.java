package io.thalweg.server.http;

import io.thalweg.ledger.Ledger;
import io.thalweg.ledger.layout.AccountBalanceLayout;
import io.thalweg.ledger.layout.AccountLayout;
import io.thalweg.ledger.layout.TransferLayout;
import io.thalweg.ledger.query.AccountFilter;
import io.thalweg.ledger.query.Direction;
import io.thalweg.ledger.query.LedgerQueries;
import io.thalweg.ledger.query.PendingState;
import io.thalweg.ledger.query.Point;
import io.thalweg.ledger.query.QueryFilter;
import io.thalweg.ledger.query.Sides;
import io.thalweg.ledger.query.SumsQuery;
import io.thalweg.ledger.query.TransferQuery;
import io.thalweg.ledger.query.TransferSum;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Queries of a ledger. Each sees everything that was acknowledged before it: it first takes a point on the thread that applies,
 * and then reads as of that point on its own.
 */
final class LedgerQueryRoutes {
    private static final int LIMIT = 100;
    private static final int LIMIT_MAX = 8190;
    private static final BigInteger MAX_128 = BigInteger.ONE.shiftLeft(128).subtract(BigInteger.ONE);

    private final Services services;

    LedgerQueryRoutes(Services services) {
        this.services = services;
    }

    List<Route> routes() {
        return List.of(
                rows(
                                filters(query(
                                        "/accounts",
                                        "query_accounts",
                                        "Find accounts; all that is asked for must hold.")),
                                "Accounts")
                        .to(this::accounts),
                rows(
                                pending(filters(query(
                                        "/transfers",
                                        "query_transfers",
                                        "Find transfers; all that is asked for must hold."))),
                                "Transfers")
                        .to(call -> transfers(call, transferQuery(call))),
                at(query("/accounts/{account_id}", "get_account", "Look at an account, now or as it was."))
                        .answers(200, "The account.", "Account")
                        .to(this::account),
                rows(
                                pending(ofAccount(query(
                                        "/accounts/{account_id}/transfers",
                                        "get_account_transfers",
                                        "Find transfers of an account."))),
                                "Transfers")
                        .to(call -> {
                            requireAccount(call);
                            BigInteger id = accountId(call);
                            transfers(call, transferQuery(call).account(Wide.low(id), Wide.high(id), sides(call)));
                        }),
                rows(
                                ofAccount(query(
                                        "/accounts/{account_id}/balances",
                                        "get_account_balances",
                                        "Balances of an account after each of its transfers, if it has the flag"
                                                + " history.")),
                                "Balances")
                        .to(this::balances),
                at(query(
                                "/accounts/{account_id}/statement",
                                "get_account_statement",
                                "An account and its pending transfers, read at one moment."))
                        .answers(200, "Both as of the same moment.", "Statement")
                        .to(this::statement),
                query("/sums", "sum_transfers", "Add transfers up by ledger number, code, kind and time.")
                        .query("bucket", "string", "minute, hour or day (of UTC); day if missing.")
                        .query("ledger", "integer", "Only with this ledger number.")
                        .query("code", "integer", "Only with this code.")
                        .query("from", "string", "Not before: nanoseconds since 1970, or RFC 3339.")
                        .query("to", "string", "Not after: nanoseconds since 1970, or RFC 3339.")
                        .answers(200, "What there is to add up.", "Sums")
                        .to(this::sums));
    }

    private static Route.Builder query(String path, String id, String summary) {
        return BookingRoutes.withTimeout(
                        Route.get("/ledgers/{ledger_id}" + path).named(id, LedgerRoutes.TAG, summary))
                .refuses(400, "A parameter is not what is expected.")
                .refuses(503, "The node has no leader.")
                .refuses(504, "No answer in time.");
    }

    private static Route.Builder at(Route.Builder route) {
        return route.query(
                "at", "string", "As of this time, in nanoseconds since 1970 or as RFC 3339; now if missing.");
    }

    private static Route.Builder rows(Route.Builder route, String schema) {
        String text = "What was found; next asks for more, as timestamp_min, or as timestamp_max when reversed.";
        return route.query("user_data_128", "string", "Only with this value, not 0.")
                .query("user_data_64", "string", "Only with this value, not 0.")
                .query("user_data_32", "integer", "Only with this value, not 0.")
                .query("code", "integer", "Only with this code.")
                .query("timestamp_min", "string", "Not before: nanoseconds since 1970, or RFC 3339.")
                .query("timestamp_max", "string", "Not after: nanoseconds since 1970, or RFC 3339.")
                .query("reversed", "boolean", "Newest first.")
                .query("limit", "integer", "Most rows, 100 if missing, at most 8190.")
                .header("Accept", "string", "Chooses the form; JSON if missing.")
                .answers(200, text, schema)
                .answers(200, text, MediaTypes.NDJSON, null)
                .answers(200, text, MediaTypes.RECORDS, null);
    }

    private static Route.Builder filters(Route.Builder route) {
        return route.query("ledger", "integer", "Only with this ledger number.");
    }

    private static Route.Builder ofAccount(Route.Builder route) {
        return route.query("side", "string", "debits, credits, or both if missing.");
    }

    private static Route.Builder pending(Route.Builder route) {
        return route.query("amount_min", "string", "Only with at least this amount.")
                .query("amount_max", "string", "Only with at most this amount.")
                .query(
                        "pending_status",
                        "string",
                        "Only two-phase transfers that are pending, or were posted, voided or expired.");
    }

    private void accounts(Call call) throws InterruptedException {
        int limit = limit(call);
        Direction direction = direction(call);
        BigInteger userData = wide(call, "user_data_128", 128);
        QueryFilter filter = new QueryFilter(
                Wide.low(userData),
                Wide.high(userData),
                wide(call, "user_data_64", 64).longValue(),
                wide(call, "user_data_32", 32).intValue(),
                wide(call, "ledger", 32).intValue(),
                code(call),
                time(call, "timestamp_min"),
                timeMax(call),
                limit,
                direction);
        ByteBuffer rows = services.ledgers()
                .read(
                        call.tenantId(),
                        call.ledger(),
                        ledger -> {
                            ByteBuffer out = RowReply.buffer(limit, AccountLayout.BYTES);
                            ledger.queries().queryAccounts(filter, out);
                            return out.flip();
                        },
                        BookingRoutes.timeout(call));
        RowReply.send(
                services,
                call,
                "accounts",
                rows,
                AccountLayout.BYTES,
                LedgerJson::account,
                next(rows, AccountLayout.BYTES, AccountLayout.TIMESTAMP, limit, direction));
    }

    private void transfers(Call call, TransferQuery query) throws InterruptedException {
        int limit = limit(call);
        Point now = now(call);
        ByteBuffer rows = RowReply.buffer(limit, TransferLayout.BYTES);
        queries(call).transfers(now, query, rows);
        rows.flip();
        RowReply.send(
                services,
                call,
                "transfers",
                rows,
                TransferLayout.BYTES,
                LedgerJson::transfer,
                next(rows, TransferLayout.BYTES, TransferLayout.TIMESTAMP, limit, direction(call)));
    }

    private static TransferQuery transferQuery(Call call) {
        BigInteger userData = wide(call, "user_data_128", 128);
        TransferQuery query = new TransferQuery()
                .userData128(Wide.low(userData), Wide.high(userData))
                .userData64(wide(call, "user_data_64", 64).longValue())
                .userData32(wide(call, "user_data_32", 32).intValue())
                .ledger(wide(call, "ledger", 32).intValue())
                .code(code(call))
                .timestamps(time(call, "timestamp_min"), timeMax(call))
                .limit(limit(call))
                .direction(direction(call));
        if (call.query().has("amount_min") || call.query().has("amount_max")) {
            BigInteger min = wide(call, "amount_min", 128);
            BigInteger max = call.query().has("amount_max") ? wide(call, "amount_max", 128) : MAX_128;
            if (min.compareTo(max) > 0) {
                throw invalid("amount_min is above amount_max");
            }
            query.amounts(Wide.low(min), Wide.high(min), Wide.low(max), Wide.high(max));
        }
        PendingState state = choice(call, "pending_status", PendingState.values());
        return state == null ? query : query.state(state);
    }

    private void balances(Call call) throws InterruptedException {
        ByteBuffer account = requireAccount(call);
        if ((account.getShort(AccountLayout.FLAGS) & AccountLayout.FLAG_HISTORY) == 0) {
            throw invalid("the account has no flag history: ask for its balance at a time with at=, or for its"
                    + " transfers");
        }
        BigInteger id = accountId(call);
        BigInteger userData = wide(call, "user_data_128", 128);
        int limit = limit(call);
        AccountFilter filter = new AccountFilter(
                Wide.low(id),
                Wide.high(id),
                sides(call),
                Wide.low(userData),
                Wide.high(userData),
                wide(call, "user_data_64", 64).longValue(),
                wide(call, "user_data_32", 32).intValue(),
                code(call),
                time(call, "timestamp_min"),
                timeMax(call),
                limit,
                direction(call));
        LedgerQueries queries = queries(call);
        ByteBuffer rows = RowReply.buffer(limit, AccountBalanceLayout.BYTES);
        queries.accountBalances(queries.now(), filter, rows);
        rows.flip();
        RowReply.send(
                services,
                call,
                "balances",
                rows,
                AccountBalanceLayout.BYTES,
                LedgerJson::balance,
                next(rows, AccountBalanceLayout.BYTES, AccountBalanceLayout.TIMESTAMP, limit, direction(call)));
    }

    private void account(Call call) throws InterruptedException {
        View view = view(call);
        ByteSink out = new ByteSink(512);
        view.write(out);
        reply(call, out);
    }

    private void statement(Call call) throws InterruptedException {
        View view = view(call);
        BigInteger id = accountId(call);
        ByteBuffer pending = RowReply.buffer(LIMIT_MAX, TransferLayout.BYTES);
        queries(call).pending(view.point, Wide.low(id), Wide.high(id), Direction.ASCENDING, LIMIT_MAX, pending);
        boolean complete = pending.hasRemaining();
        pending.flip();
        ByteSink out = new ByteSink(1024 + 2 * pending.remaining());
        out.ascii("{\"account\":");
        view.write(out);
        out.ascii(",\"pending\":");
        RowReply.array(pending, TransferLayout.BYTES, LedgerJson::transfer, out);
        out.ascii(",\"complete\":").ascii(Boolean.toString(complete));
        out.ascii(",\"sequence\":").number(view.point.transfers() + view.point.expiries());
        reply(call, out.u8('}'));
    }

    private void sums(Call call) throws InterruptedException {
        long from = time(call, "from");
        long to = time(call, "to");
        if (to != 0 && from > to) {
            throw invalid("from is after to");
        }
        Bucket bucket = choice(call, "bucket", Bucket.values());
        SumsQuery query = new SumsQuery(
                wide(call, "ledger", 32).intValue(),
                code(call),
                from,
                to,
                (bucket == null ? Bucket.DAY : bucket).minutes);
        List<TransferSum> sums;
        Point now = now(call);
        try {
            sums = queries(call).sums(now, query);
        } catch (IllegalArgumentException e) {
            throw new ThalwegException(ErrorCode.INVALID_REQUEST, String.valueOf(e.getMessage()), e);
        }
        ByteSink out = new ByteSink(128 * sums.size() + 64);
        out.ascii("{\"sums\":[");
        for (int i = 0; i < sums.size(); i++) {
            TransferSum sum = sums.get(i);
            out.ascii(i == 0 ? "" : ",");
            out.ascii("{\"start\":\"").ascii(EventJson.time(sum.start()));
            out.ascii("\",\"ledger\":").number(Integer.toUnsignedLong(sum.ledger()));
            out.ascii(",\"code\":").number(sum.code());
            out.ascii(",\"kind\":\"").ascii(sum.kind().name().toLowerCase(Locale.ROOT));
            out.ascii("\",\"count\":").number(sum.count());
            out.ascii(",\"amount\":\"").ascii(sum.amount().toString()).ascii("\"}");
        }
        reply(call, out.ascii("]}"));
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

    private void reply(Call call, ByteSink out) {
        services.usage().dataOut(call.tenantId(), out.length());
        call.reply(200, MediaTypes.JSON, out.toByteArray());
    }

    /**
     * An account at a point.
     *
     * @param extra what the account as of a past time has beside its fields
     */
    private record View(
            ByteBuffer account, Point point, @Nullable String extra) {
        void write(ByteSink out) {
            LedgerJson.account(account, 0, extra, out);
        }
    }

    private View view(Call call) throws InterruptedException {
        long at = time(call, "at");
        if (at == 0) {
            ByteBuffer account = requireAccount(call);
            // Published by now; the row may be older than the point in its balances, and so takes those of the point.
            Point point = queries(call).now();
            balance(call, accountId(call), point, account);
            return new View(account, point, null);
        }
        // What is booked later gets a later time, so that the answer is the same for ever, but for transfers imported
        // into the past.
        if (at > services.authenticator().nowNs()) {
            throw invalid("at is in the future");
        }
        ByteBuffer account = requireAccount(call);
        Point point = queries(call).at(at);
        long changed = balance(call, accountId(call), point, account);
        int flags = account.getShort(AccountLayout.FLAGS) & ~AccountLayout.FLAG_CLOSED;
        account.putShort(AccountLayout.FLAGS, (short) flags);
        return new View(account, point, ",\"at\":\"" + at + "\",\"changed_at\":\"" + changed + "\"");
    }

    /** Puts the balances at a point into an account's row; returns when they last changed. */
    private long balance(Call call, BigInteger id, Point point, ByteBuffer account) {
        ByteBuffer balance = RowReply.buffer(1, AccountBalanceLayout.BYTES);
        if (!queries(call).balance(point, Wide.low(id), Wide.high(id), balance)) {
            throw new ThalwegException(ErrorCode.NOT_FOUND, "there was no such account at that time");
        }
        account.put(AccountLayout.DEBITS_PENDING, balance, AccountBalanceLayout.DEBITS_PENDING, 4 * 16);
        return balance.getLong(AccountBalanceLayout.TIMESTAMP);
    }

    /** The account's row as it is now; a query after it sees all that was acknowledged before. */
    private ByteBuffer requireAccount(Call call) throws InterruptedException {
        BigInteger id = accountId(call);
        return services.ledgers()
                .read(call.tenantId(), call.ledger(), ledger -> lookUp(ledger, id), BookingRoutes.timeout(call));
    }

    private static ByteBuffer lookUp(Ledger ledger, BigInteger id) {
        ByteBuffer ids = RowReply.buffer(1, 16);
        Wide.put(id, ids, 0);
        ByteBuffer row = RowReply.buffer(1, AccountLayout.BYTES);
        if (ledger.lookupAccounts(ids, row) == 0) {
            throw new ThalwegException(ErrorCode.NOT_FOUND, "there is no account " + id);
        }
        return row.flip();
    }

    private Point now(Call call) throws InterruptedException {
        services.ledgers().read(call.tenantId(), call.ledger(), _ -> true, BookingRoutes.timeout(call));
        return queries(call).now();
    }

    private LedgerQueries queries(Call call) {
        return services.ledgers().queries(call.tenantId(), call.ledger());
    }

    /** What asks for the rows behind these; null when there are none. */
    private static @Nullable String next(
            ByteBuffer rows, int rowBytes, int timestampOffset, int limit, Direction direction) {
        if (rows.remaining() < limit * rowBytes) {
            return null;
        }
        long last = rows.getLong(rows.limit() - rowBytes + timestampOffset);
        return direction == Direction.ASCENDING ? Long.toString(last + 1) : last == 1 ? null : Long.toString(last - 1);
    }

    private static int limit(Call call) {
        return (int) call.query().number("limit", LIMIT, 1, LIMIT_MAX);
    }

    private static Direction direction(Call call) {
        return call.query().flag("reversed") ? Direction.DESCENDING : Direction.ASCENDING;
    }

    private static int code(Call call) {
        return wide(call, "code", 16).intValue();
    }

    private static Sides sides(Call call) {
        Sides side = choice(call, "side", Sides.values());
        return side == null ? Sides.BOTH : side;
    }

    private static <E extends Enum<E>> @Nullable E choice(Call call, String name, E[] values) {
        String text = call.query().text(name);
        if (text == null) {
            return null;
        }
        for (E value : values) {
            if (value.name().toLowerCase(Locale.ROOT).equals(text)) {
                return value;
            }
        }
        throw invalid("parameter '" + name + "' is '" + Numbers.shorten(text) + "', expected one of "
                + Arrays.toString(values).toLowerCase(Locale.ROOT));
    }

    static BigInteger accountId(Call call) {
        BigInteger id = Wide.parse("the account's id", call.path("account_id"), 128);
        if (id.signum() == 0 || id.equals(MAX_128)) {
            throw new ThalwegException(ErrorCode.NOT_FOUND, "there is no account " + id);
        }
        return id;
    }

    /** A number of the query; zero when it is missing. */
    private static BigInteger wide(Call call, String name, int bits) {
        String text = call.query().text(name);
        return text == null ? BigInteger.ZERO : Wide.parse("parameter '" + name + "'", text, bits);
    }

    private static long timeMax(Call call) {
        long max = time(call, "timestamp_max");
        if (max != 0 && time(call, "timestamp_min") > max) {
            throw invalid("timestamp_min is after timestamp_max");
        }
        return max;
    }

    /** A time in nanoseconds since 1970, from digits or from RFC 3339; 0 when it is missing. */
    static long time(Call call, String name) {
        String text = call.query().text(name);
        if (text == null) {
            return 0;
        }
        if (!text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return Numbers.parse("parameter '" + name + "'", text, 1, Long.MAX_VALUE);
        }
        try {
            Instant instant = Instant.parse(text);
            long ns = Math.addExact(Math.multiplyExact(instant.getEpochSecond(), 1_000_000_000L), instant.getNano());
            if (ns >= 1) {
                return ns;
            }
        } catch (DateTimeException | ArithmeticException _) {
            // said below
        }
        throw invalid("parameter '" + name + "' is '" + Numbers.shorten(text)
                + "', expected nanoseconds since 1970 or a time such as 2026-11-20T10:00:00Z");
    }

    private static ThalwegException invalid(String message) {
        return new ThalwegException(ErrorCode.INVALID_REQUEST, message);
    }
}
