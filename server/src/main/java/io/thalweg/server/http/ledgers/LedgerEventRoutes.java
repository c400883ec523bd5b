package io.thalweg.server.http.ledgers;

import io.thalweg.ledger.layout.ChangeEventLayout;
import io.thalweg.ledger.query.LedgerQueries;
import io.thalweg.ledger.query.Point;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.auth.Authenticator;
import io.thalweg.server.duties.UsageMeter;
import io.thalweg.server.form.ByteSink;
import io.thalweg.server.form.LedgerJson;
import io.thalweg.server.form.MediaTypes;
import io.thalweg.server.form.Numbers;
import io.thalweg.server.form.Rows;
import io.thalweg.server.http.Call;
import io.thalweg.server.http.HeaderWords;
import io.thalweg.server.http.Route;
import io.thalweg.server.http.Shape;
import io.thalweg.server.memory.Places;
import io.thalweg.server.routing.Administration;
import io.thalweg.server.routing.Ledgers;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A ledger as a log of change events: every transfer and every expiry, numbered from 1 in the order in which they were committed.
 * That order only grows at its end, whatever timestamps imports carry.
 */
final class LedgerEventRoutes {
    private static final int LIMIT = 100;
    private static final int LIMIT_MAX = 2730;

    /** Tails at the same time, all tenants together. */
    private static final int TAILS_MAX = 2_048;

    /** How long a tail that has seen everything waits before it looks again. */
    private static final Duration GLANCE = Duration.ofMillis(50);

    /** About what an event takes as JSON, in the array that it is built in and in its copy. */
    private static final int JSON_BYTES = 2 * 1536;

    private static final int GLANCES_PER_HEARTBEAT = 300;
    private static final int GLANCES_PER_CHECK = 20;
    private static final byte[] HEARTBEAT = ": still here\n\n".getBytes(StandardCharsets.US_ASCII);

    private final Administration administration;
    private final Ledgers ledgers;
    private final UsageMeter meter;
    private final Authenticator authenticator;
    private final BooleanSupplier stopping;
    private final Places tails = new Places(TAILS_MAX);

    LedgerEventRoutes(
            Administration administration,
            Ledgers ledgers,
            UsageMeter meter,
            Authenticator authenticator,
            BooleanSupplier stopping) {
        this.administration = administration;
        this.ledgers = ledgers;
        this.meter = meter;
        this.authenticator = authenticator;
        this.stopping = stopping;
    }

    List<Route> routes() {
        return List.of(
                Route.get("/ledgers/{ledger_id}/events")
                        .named(
                                "read_ledger_events",
                                LedgerParameters.TAG,
                                "Read transfers and expiries in order of commit, with both accounts after each.")
                        .query("from", Shape.sequence(), "First sequence.")
                        .query("limit", Shape.integer(1, LIMIT_MAX).orElse(LIMIT), "Most events.")
                        .header("Accept", Shape.text(), "Chooses the form; JSON if missing.")
                        .sends(HeaderWords.NEXT, Shape.sequence(), "Where to go on.")
                        .answers(200, "Events; next says where to go on.", "LedgerEventPage")
                        .answers(200, "Events; next says where to go on.", MediaTypes.NDJSON, "LedgerEvent")
                        .refuses(400, "A parameter is not what is expected.")
                        .to(this::read),
                Route.get("/ledgers/{ledger_id}/tail")
                        .named(
                                "tail_ledger",
                                LedgerParameters.TAG,
                                "Follow a ledger as server-sent events; ids are sequences.")
                        .query("from", Shape.sequence(), "First sequence; only new events if missing.")
                        .header(
                                "Last-Event-ID",
                                Shape.integer(0, Long.MAX_VALUE - 1),
                                "Go on behind this sequence; wins over from.")
                        .answers(200, "Events without an end.", MediaTypes.SSE, "LedgerEvent")
                        .refuses(400, "A parameter is not what is expected.")
                        .refuses(503, "Too many tails on this node.")
                        .to(this::tail));
    }

    private LedgerQueries queries(Call call) {
        return ledgers.queries(call.tenantId(), call.ledger());
    }

    private static long head(Point point) {
        return point.transfers() + point.expiries();
    }

    private void read(Call call) {
        long from = call.query().number("from", 1, 1, Long.MAX_VALUE);
        int limit = (int) call.query().number("limit", LIMIT, 1, LIMIT_MAX);
        LedgerQueries queries = queries(call);
        call.memory().take((long) limit * (ChangeEventLayout.BYTES + JSON_BYTES));
        Point point = queries.now();
        ByteBuffer rows = Rows.buffer(limit, ChangeEventLayout.BYTES);
        int count = queries.tail(point, from, limit, rows);
        boolean lines = call.accepts(MediaTypes.JSON, MediaTypes.NDJSON).equals(MediaTypes.NDJSON);
        ByteSink out = new ByteSink(1024 * count + 64);
        out.ascii(lines ? "" : "{\"events\":[");
        for (int i = 0; i < count; i++) {
            if (!lines && i > 0) {
                out.u8(',');
            }
            LedgerJson.event(rows, i * ChangeEventLayout.BYTES, from + i, out);
            out.ascii(lines ? "\n" : "");
        }
        if (!lines) {
            out.ascii("],\"next\":")
                    .number(from + count)
                    .ascii(",\"head\":")
                    .number(head(point))
                    .u8('}');
        }
        call.with(HeaderWords.NEXT, Long.toString(from + count));
        meter.dataOut(call.tenantId(), out.length());
        call.reply(200, lines ? MediaTypes.NDJSON : MediaTypes.JSON, out.toByteArray());
    }

    private void tail(Call call) throws Exception {
        LedgerQueries queries = queries(call);
        long from = start(call, head(queries.now()));
        if (!tails.take(call.tenantId(), 1)) {
            throw new ThalwegException(ErrorCode.OVERLOADED, tails.none("tails of ledgers"));
        }
        call.with("Cache-Control", "no-store");
        try {
            call.stream(MediaTypes.SSE, out -> {
                out.write("retry: 1000\n\n".getBytes(StandardCharsets.US_ASCII));
                follow(call, queries, from, out);
            });
        } finally {
            tails.give(call.tenantId(), 1);
        }
    }

    private static long start(Call call, long head) {
        long from = call.query().number("from", head + 1, 1, Long.MAX_VALUE);
        String last = call.header(HeaderWords.LAST_EVENT_ID);
        if (last != null && !last.isBlank()) {
            return Numbers.parse("the header Last-Event-ID", last.strip(), 0, Long.MAX_VALUE - 1) + 1;
        }
        return from;
    }

    private void follow(Call call, LedgerQueries queries, long from, OutputStream out)
            throws IOException, InterruptedException {
        ByteBuffer rows = Rows.buffer(LIMIT, ChangeEventLayout.BYTES);
        ByteSink sink = new ByteSink(8 << 10);
        long next = from;
        for (int glances = 0; ; ) {
            int count = queries.tail(queries.now(), next, LIMIT, rows.clear());
            if (count > 0) {
                sink.clear();
                for (int i = 0; i < count; i++) {
                    sink.ascii("id: ").number(next + i).ascii("\ndata: ");
                    LedgerJson.event(rows, i * ChangeEventLayout.BYTES, next + i, sink);
                    sink.ascii("\n\n");
                }
                next += count;
                sink.writeTo(out);
                meter.dataOut(call.tenantId(), sink.length());
            } else {
                Thread.sleep(GLANCE);
            }
            if (++glances % GLANCES_PER_HEARTBEAT == 0) {
                out.write(HEARTBEAT);
            }
            String ended = glances % GLANCES_PER_CHECK == 0 || stopping.getAsBoolean() ? ended(call) : null;
            if (ended != null) {
                sink.clear();
                sink.ascii("event: end\ndata: {\"reason\":").quoted(ended).ascii("}\n\n");
                sink.writeTo(out);
                return;
            }
        }
    }

    /** Why a tail may not go on, or null: its token may have died, its ledger may be gone, the node may stop. */
    private @Nullable String ended(Call call) {
        if (stopping.getAsBoolean()) {
            return "the node is stopping";
        }
        try {
            boolean reaches = authenticator
                    .principal(call.header("Authorization"))
                    .authority()
                    .reaches(call.ledger().id());
            if (!reaches) {
                return "this token does not reach the ledger any more";
            }
        } catch (ThalwegException _) {
            return "the token has expired or was revoked";
        }
        boolean exists = administration
                .directory()
                .tenant(call.tenantId())
                .flatMap(tenant -> tenant.ledger(call.ledger().id()))
                .isPresent();
        return exists ? null : "the ledger was deleted";
    }
}
