package io.thalweg.server.http.logs;

import io.thalweg.directory.Log;
import io.thalweg.log.EventBatch;
import io.thalweg.log.EventReader;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.Position;
import io.thalweg.model.StreamId;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.auth.Authenticator;
import io.thalweg.server.form.ByteSink;
import io.thalweg.server.form.EventJson;
import io.thalweg.server.form.MediaTypes;
import io.thalweg.server.form.Numbers;
import io.thalweg.server.http.Call;
import io.thalweg.server.http.HeaderWords;
import io.thalweg.server.http.Route;
import io.thalweg.server.http.Shape;
import io.thalweg.server.http.TokenWatch;
import io.thalweg.server.memory.Places;
import io.thalweg.server.routing.Shards;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Following a log as server-sent events, until its reader goes, its token dies, or it does. */
final class TailRoutes {
    /** Tails at the same time, all tenants together. */
    private static final int TAILS_MAX = 32_768;

    private static final Duration GLANCE = Duration.ofSeconds(1);
    private static final int GLANCES_PER_HEARTBEAT = 15;
    private static final byte[] HEARTBEAT = ": still here\n\n".getBytes(StandardCharsets.US_ASCII);

    private final Shards shards;
    private final Authenticator authenticator;
    private final BooleanSupplier stopping;
    private final EventReading reading;
    private final Places tails = new Places(TAILS_MAX);

    TailRoutes(Shards shards, Authenticator authenticator, BooleanSupplier stopping, EventReading reading) {
        this.shards = shards;
        this.authenticator = authenticator;
        this.stopping = stopping;
        this.reading = reading;
    }

    List<Route> routes() {
        return List.of(Route.get("/logs/{log_id}/tail")
                .named("tail_log", "events", "Follow a log as server-sent events; ids are sequences.")
                .query("from", Shape.sequence(), "First sequence; only new events if missing.")
                .query("after", Shape.text(), "Behind this position, as a reply's Thalweg-Position gave it.")
                .query(
                        "partition",
                        Shape.integer(0, Integer.MAX_VALUE),
                        "Only this one; all, with positions as ids, if missing.")
                .query("encoding", Shape.oneOf("auto", "base64").orElse("auto"), "base64: every payload as base64.")
                .header("Last-Event-ID", Shape.text(), "Go on behind this event; wins over from and after.")
                .sends(HeaderWords.POSITION, Shape.text(), "Behind which it begins.")
                .answers(200, "Events without an end.", MediaTypes.SSE, "Event")
                .refuses(400, "A parameter is not what is expected.")
                .refuses(410, "The sequence is no longer kept.")
                .refuses(503, "Too many tails on this node.")
                .to(this::tail));
    }

    private void tail(Call call) throws Exception {
        Integer chosen = Placing.chosen(call, call.log());
        int weight = chosen == null ? call.log().partitions() : 1;
        Call.Writer writer;
        if (chosen == null) {
            writer = tailOfAll(call);
        } else {
            StreamId stream = call.log().stream(chosen);
            EventReader events = shards.events(stream);
            boolean base64 = EventReading.base64(call);
            long next = start(call, events, stream);
            requireKept(call, events, stream, next);
            boolean all = Placing.asked(call, call.log()) == null;
            call.with(HeaderWords.POSITION, Positions.token(call.log(), Position.of(stream, next - 1)));
            writer = out -> {
                try {
                    follow(call, events, stream, next, all, base64, out);
                } catch (ThalwegException e) {
                    end(String.valueOf(e.getMessage()), out);
                }
            };
        }
        if (!tails.take(call.tenantId(), weight)) {
            throw new ThalwegException(ErrorCode.OVERLOADED, tails.none("tails of as many partitions as it can"));
        }
        call.with("Cache-Control", "no-store");
        try {
            call.stream(MediaTypes.SSE, out -> {
                out.write("retry: 1000\n\n".getBytes(StandardCharsets.US_ASCII));
                writer.write(out);
            });
        } finally {
            tails.give(call.tenantId(), weight);
        }
    }

    /** A tail over all partitions; where to begin is checked before it does. */
    private Call.Writer tailOfAll(Call call) {
        if (call.query().has("from")) {
            throw Placing.invalid("'from' is a sequence of a partition: choose one (?partition=), or give 'after'");
        }
        Log log = call.log();
        boolean base64 = EventReading.base64(call);
        String last = call.header(HeaderWords.LAST_EVENT_ID);
        String after = call.query().text("after");
        Position begin;
        if (last != null && !last.isBlank()) {
            begin = Positions.parse("the header Last-Event-ID", last.strip(), log);
        } else if (after != null) {
            begin = Positions.parse("parameter 'after'", after, log);
        } else {
            TreeMap<StreamId, Long> heads = new TreeMap<>();
            log.streams()
                    .forEach(stream -> heads.put(stream, shards.events(stream).head(stream)));
            begin = Position.of(heads);
        }
        MergedEvents merged = new MergedEvents(shards, log, begin);
        merged.look();
        call.with(HeaderWords.POSITION, Positions.token(log, begin));
        return out -> followAll(call, log, merged, base64, out);
    }

    private void followAll(Call call, Log begun, MergedEvents first, boolean base64, OutputStream out)
            throws IOException, InterruptedException {
        Log log = begun;
        MergedEvents merged = first;
        TokenWatch token = token(call);
        while (followUntilSplit(call, token, log, merged, base64, out)) {
            log = reading.newest(call, log);
            merged = new MergedEvents(shards, log, merged.position());
        }
    }

    private boolean wasSplit(Call call, Log known) {
        return reading.newest(call, known).partitions() > known.partitions();
    }

    /** Follows the partitions that a log has; false when the tail has ended, true when there are more. */
    private boolean followUntilSplit(
            Call call, TokenWatch token, Log log, MergedEvents merged, boolean base64, OutputStream out)
            throws IOException, InterruptedException {
        try (GrowthWatch watch = new GrowthWatch(shards, log)) {
            int quiet = 0;
            while (!wasSplit(call, log)) {
                int count = step(call, log, merged, base64, out);
                quiet = count > 0 ? 0 : quiet + 1;
                if (quiet > 0 && quiet % GLANCES_PER_HEARTBEAT == 0) {
                    out.write(HEARTBEAT);
                }
                if (quiet > 0) {
                    watch.await(GLANCE);
                }
                String ended = ended(call, token);
                if (ended != null) {
                    end(ended, out);
                    return false;
                }
            }
            return true;
        } catch (ThalwegException e) {
            end(String.valueOf(e.getMessage()), out);
            return false;
        }
    }

    /** Writes events of all partitions that are there; returns how many. */
    private int step(Call call, Log log, MergedEvents merged, boolean base64, OutputStream out) {
        int memory = EventReading.STEP_MEMORY + log.partitions() * MergedEvents.STEP_BYTES;
        if (!call.memory().tryTake(memory)) {
            return 0;
        }
        try {
            merged.look();
            int count = 0;
            ByteSink sink = new ByteSink(8 << 10, out);
            while (count < EventReading.STEP_EVENTS && merged.next()) {
                sink.ascii("id: ")
                        .ascii(Positions.token(log, merged.position()))
                        .ascii("\ndata: ");
                EventJson.write(merged.event(), merged.partition(), base64, sink);
                sink.ascii("\n\n");
                count++;
            }
            sink.flush();
            reading.count(call, count, sink.written());
            return count;
        } finally {
            call.memory().give(memory);
        }
    }

    private static void end(String reason, OutputStream out) throws IOException {
        ByteSink sink = new ByteSink(128);
        sink.ascii("event: end\ndata: {\"reason\":").quoted(reason).ascii("}\n\n");
        sink.writeTo(out);
    }

    private static long start(Call call, EventReader events, StreamId stream) {
        long from = call.query().number("from", events.head(stream) + 1, 1, Long.MAX_VALUE);
        String last = call.header(HeaderWords.LAST_EVENT_ID);
        if (last != null && isComingBack(call)) {
            return Numbers.parse("the header Last-Event-ID", last.strip(), 0, Long.MAX_VALUE - 1) + 1;
        }
        return call.query().has("after") ? EventReading.from(call, call.log(), events, stream) : from;
    }

    private static boolean isComingBack(Call call) {
        String last = call.header(HeaderWords.LAST_EVENT_ID);
        return last != null && !last.isBlank();
    }

    /** @param all whether the tail is of the whole log, and goes on in the partitions that it gets */
    private void follow(
            Call call, EventReader events, StreamId stream, long from, boolean all, boolean base64, OutputStream out)
            throws IOException, InterruptedException {
        long next = from;
        int quiet = 0;
        TokenWatch token = token(call);
        while (true) {
            if (all && wasSplit(call, call.log())) {
                Log log = reading.newest(call, call.log());
                followAll(call, log, new MergedEvents(shards, log, Position.of(stream, next - 1)), base64, out);
                return;
            }
            long before = next;
            if (events.head(stream) >= next) {
                next = step(call, events, stream, next, base64, out);
            }
            quiet = next > before ? 0 : quiet + 1;
            if (quiet > 0 && quiet % GLANCES_PER_HEARTBEAT == 0) {
                out.write(HEARTBEAT);
            }
            events.await(stream, next, GLANCE);
            String ended = ended(call, token, events, stream, next);
            if (ended != null) {
                end(ended, out);
                return;
            }
        }
    }

    /**
     * Writes events that are there, holding memory only until their reader has them; returns where to go on. Where thousands follow, one waits for the memory of
     * others, and has not come further then.
     */
    private long step(Call call, EventReader events, StreamId stream, long from, boolean base64, OutputStream out) {
        if (!call.memory().tryTake(EventReading.STEP_MEMORY)) {
            return from;
        }
        long held = EventReading.STEP_MEMORY;
        try {
            EventBatch batch = events.read(stream, from, EventReading.STEP_EVENTS, EventReading.STEP_BYTES);
            // A reader that takes nothing for a while holds what there is for it, not what there might have been.
            long more = held - Math.min(held, batch.heldBytes());
            call.memory().give(more);
            held -= more;
            ByteSink sink = new ByteSink(8 << 10, out);
            long next = from;
            while (batch.next()) {
                sink.ascii("id: ").number(batch.sequence()).ascii("\ndata: ");
                EventJson.write(batch, base64, sink);
                sink.ascii("\n\n");
                next = batch.sequence() + 1;
            }
            sink.flush();
            reading.count(call, batch.count(), sink.written());
            return next;
        } finally {
            call.memory().give(held);
        }
    }

    /**
     * Refuses a place to begin at that is not kept any more, or a number that no event has reached yet. A position that another node gave may be ahead of
     * this one, which waits.
     */
    private static void requireKept(Call call, EventReader events, StreamId stream, long from) {
        long head = events.head(stream);
        if (from > head + 1 && (call.query().has("after") || isComingBack(call))) {
            return;
        }
        if (from > head + 1) {
            throw new ThalwegException(
                    ErrorCode.INVALID_REQUEST,
                    "the tail would begin at " + from + ", but the newest sequence is " + head);
        }
        events.read(stream, from, 1, 1);
    }

    /** Why a tail may not go on, or null: its token may have died, its log may be gone, the node may stop. */
    private @Nullable String ended(Call call, TokenWatch token, EventReader events, StreamId stream, long next) {
        String ended = ended(call, token);
        if (ended != null) {
            return ended;
        }
        return events.first(stream) > next ? "events from " + next + " on are no longer kept" : null;
    }

    private TokenWatch token(Call call) {
        return new TokenWatch(
                authenticator,
                authority -> authority.mayRead(call.log()),
                "this token does not reach the log any more");
    }

    private @Nullable String ended(Call call, TokenWatch token) {
        if (stopping.getAsBoolean()) {
            return "the node is stopping";
        }
        String ended = token.ended(call);
        if (ended != null) {
            return ended;
        }
        if (reading.administration()
                .directory()
                .log(call.tenantId(), call.log().id())
                .isEmpty()) {
            return "the log was deleted";
        }
        return null;
    }
}
