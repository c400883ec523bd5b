package io.thalweg.server.http.ledgers;

import io.thalweg.ledger.query.Direction;
import io.thalweg.ledger.query.PendingState;
import io.thalweg.ledger.query.Sides;
import io.thalweg.ledger.query.TransferQuery;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.form.MediaTypes;
import io.thalweg.server.form.Numbers;
import io.thalweg.server.form.Wide;
import io.thalweg.server.http.Call;
import io.thalweg.server.http.HeaderWords;
import io.thalweg.server.http.Route;
import io.thalweg.server.http.Shape;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What the parameters of the ledger's routes are called, what their document says of them, and what they mean. */
final class LedgerParameters {
    static final String TAG = "ledgers";
    static final int LIMIT_MAX = 8190;

    private static final int LIMIT = 100;
    private static final int TIMEOUT_MS = 30_000;
    private static final int TIMEOUT_MS_MAX = 120_000;
    private static final BigInteger MAX_128 = BigInteger.ONE.shiftLeft(128).subtract(BigInteger.ONE);

    private LedgerParameters() {}

    static Route.Builder query(String path, String id, String summary) {
        return withTimeout(Route.get("/ledgers/{ledger_id}" + path).named(id, TAG, summary))
                .refuses(400, "A parameter is not what is expected.")
                .refuses(503, "The node has no leader.")
                .refuses(504, "No answer in time.");
    }

    static Route.Builder at(Route.Builder route) {
        return route.query(
                "at", Shape.time(), "As of this time, in nanoseconds since 1970 or as RFC 3339; now if missing.");
    }

    static Route.Builder rows(Route.Builder route, String schema) {
        String text = "What was found; next asks for more, as timestamp_min, or as timestamp_max when reversed.";
        return route.query("user_data_128", Shape.wide(), "Only with this value, not 0.")
                .query("user_data_64", Shape.wide(), "Only with this value, not 0.")
                .query("user_data_32", Shape.integer(0, 0xFFFF_FFFFL), "Only with this value, not 0.")
                .query("code", Shape.integer(0, 0xFFFF), "Only with this code.")
                .query("timestamp_min", Shape.time(), "Not before: nanoseconds since 1970, or RFC 3339.")
                .query("timestamp_max", Shape.time(), "Not after: nanoseconds since 1970, or RFC 3339.")
                .query("reversed", Shape.flag(), "Newest first.")
                .query("limit", Shape.integer(1, LIMIT_MAX).orElse(LIMIT), "Most rows.")
                .header("Accept", Shape.text(), "Chooses the form; JSON if missing.")
                .sends(
                        HeaderWords.NEXT_TIMESTAMP,
                        Shape.integer(1, Long.MAX_VALUE),
                        "The timestamp to ask for the rows behind these.")
                .answers(200, text, schema)
                .answers(200, text, MediaTypes.NDJSON, null)
                .answers(200, text, MediaTypes.RECORDS, null);
    }

    static Route.Builder filters(Route.Builder route) {
        return route.query("ledger", Shape.integer(0, 0xFFFF_FFFFL), "Only with this ledger number.");
    }

    static Route.Builder ofAccount(Route.Builder route) {
        return route.query(
                "side",
                Shape.oneOf("debits", "credits", "both").orElse("both"),
                "debits, credits, or both if missing.");
    }

    static Route.Builder pending(Route.Builder route) {
        return route.query("amount_min", Shape.wide(), "Only with at least this amount.")
                .query("amount_max", Shape.wide(), "Only with at most this amount.")
                .query(
                        "pending_status",
                        Shape.oneOf("pending", "posted", "voided", "expired"),
                        "Only two-phase transfers that are pending, or were posted, voided or expired.");
    }

    static Route.Builder withTimeout(Route.Builder route) {
        return route.query(
                "timeout", Shape.integer(1, TIMEOUT_MS_MAX).orElse(TIMEOUT_MS), "Longest wait in milliseconds.");
    }

    static Duration timeout(Call call) {
        return call.left();
    }

    static TransferQuery transferQuery(Call call) {
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

    static int limit(Call call) {
        return (int) call.query().number("limit", LIMIT, 1, LIMIT_MAX);
    }

    static Direction direction(Call call) {
        return call.query().flag("reversed") ? Direction.DESCENDING : Direction.ASCENDING;
    }

    static int code(Call call) {
        return wide(call, "code", 16).intValue();
    }

    static Sides sides(Call call) {
        Sides side = choice(call, "side", Sides.values());
        return side == null ? Sides.BOTH : side;
    }

    static <E extends Enum<E>> @Nullable E choice(Call call, String name, E[] values) {
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
    static BigInteger wide(Call call, String name, int bits) {
        String text = call.query().text(name);
        return text == null ? BigInteger.ZERO : Wide.parse("parameter '" + name + "'", text, bits);
    }

    static long timeMax(Call call) {
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
