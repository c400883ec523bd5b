package io.thalweg.server.http.logs;

import io.thalweg.directory.Log;
import io.thalweg.log.EventBatch;
import io.thalweg.log.EventReader;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.Limits;
import io.thalweg.model.Position;
import io.thalweg.model.StreamId;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.form.ByteSink;
import io.thalweg.server.form.EventJson;
import io.thalweg.server.form.Frames;
import io.thalweg.server.form.MediaTypes;
import io.thalweg.server.http.Access;
import io.thalweg.server.http.Call;
import io.thalweg.server.http.HeaderWords;
import io.thalweg.server.http.Route;
import io.thalweg.server.http.Shape;
import io.thalweg.server.routing.Shards;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Reading what was appended, a range at once; {@link TailRoutes} go on. */
final class ReadRoutes {
    private static final String TAG = "events";
    private static final int DEFAULT_LIMIT = 100;

    /** Most events in one JSON page; the other forms stream and have no such bound. */
    private static final int PAGE_EVENTS_MAX = 10_000;

    /** A page ends early when its payloads are larger than this. */
    private static final int PAGE_BYTES_MAX = 2 << 20;

    private static final long TIMEOUT_MS = 10_000;
    private static final long TIMEOUT_MS_MAX = 30_000;

    private final Shards shards;
    private final EventReading reading;

    ReadRoutes(Shards shards, EventReading reading) {
        this.shards = shards;
        this.reading = reading;
    }

    List<Route> routes() {
        return List.of(
                Route.get("/logs/{log_id}/events")
                        .named("read_events", TAG, "Read events in order.")
                        .query("from", Shape.sequence(), "First sequence; the oldest kept one if missing.")
                        .query(
                                "after",
                                Shape.text(),
                                "Behind this position, as a reply's Thalweg-Position gave it; waits until this node has"
                                        + " it.")
                        .query(
                                "consistency",
                                Shape.oneOf("stale", "linearizable").orElse("stale"),
                                "linearizable: everything that was acknowledged before; stale: what this node has.")
                        .query(
                                "timeout",
                                Shape.integer(0, TIMEOUT_MS_MAX).orElse(TIMEOUT_MS),
                                "Longest wait in milliseconds.")
                        .query(
                                "partition",
                                Shape.integer(0, Integer.MAX_VALUE),
                                "Only this one; all, merged by their time, if missing.")
                        .sends(HeaderWords.POSITION, Shape.text(), "Where to go on (after).")
                        .query(
                                "limit",
                                Shape.integer(1, Long.MAX_VALUE).orElse(DEFAULT_LIMIT),
                                "Most events; JSON gives at most 10000.")
                        .query(
                                "encoding",
                                Shape.oneOf("auto", "base64").orElse("auto"),
                                "base64: every payload as base64 (JSON forms only).")
                        .header("Accept", Shape.text(), "Chooses the form; JSON if missing.")
                        .sends(HeaderWords.NEXT, Shape.sequence(), "Where to go on, in one partition.")
                        .sends(
                                HeaderWords.HEAD,
                                Shape.integer(0, Long.MAX_VALUE),
                                "The newest sequence of one partition.")
                        .answers(200, "Events; Thalweg-Next-Sequence says where to go on.", "EventPage")
                        .answers(200, "Events; Thalweg-Next-Sequence says where to go on.", MediaTypes.NDJSON, "Event")
                        .answers(200, "Events; Thalweg-Next-Sequence says where to go on.", MediaTypes.FRAMES, null)
                        .refuses(400, "A parameter is not what is expected.")
                        .refuses(410, "The sequence is no longer kept.")
                        .refuses(504, "This node has not come so far in time.")
                        .to(this::read),
                Route.get("/tenants/me/audit")
                        .by(Access.ADMIN)
                        .named("read_audit", "tenant", "Read what was administered, from the log $audit.")
                        .query("from", Shape.sequence(), "First sequence; the oldest kept one if missing.")
                        .query("limit", Shape.integer(1, PAGE_EVENTS_MAX).orElse(DEFAULT_LIMIT), "Most events.")
                        .sends(HeaderWords.NEXT, Shape.sequence(), "Where to go on.")
                        .sends(HeaderWords.POSITION, Shape.text(), "Up to where this is.")
                        .sends(HeaderWords.HEAD, Shape.integer(0, Long.MAX_VALUE), "The newest sequence.")
                        .answers(200, "Events; next says where to go on.", "EventPage")
                        .refuses(400, "A parameter is not what is expected.")
                        .refuses(410, "The sequence is no longer kept.")
                        .to(this::audit));
    }

    private void read(Call call) throws Exception {
        long endNs = System.nanoTime() + call.left().toNanos();
        Log log = "linearizable".equals(call.query().text("consistency")) ? caughtUp(call, endNs) : call.log();
        Integer chosen = Placing.chosen(call, log);
        if (chosen == null) {
            awaitPosition(call, log, IntStream.range(0, log.partitions()).toArray(), endNs);
            pageOfAll(call, log);
            return;
        }
        StreamId stream = log.stream(chosen);
        String form = call.accepts(
                MediaTypes.JSON, MediaTypes.NDJSON, MediaTypes.EVENTS_NDJSON, MediaTypes.FRAMES, MediaTypes.BINARY);
        awaitPosition(call, log, new int[] {chosen}, endNs);
        EventReader events = shards.events(stream);
        long from = EventReading.from(call, log, events, stream);
        boolean base64 = EventReading.base64(call);
        if (form.equals(MediaTypes.JSON)) {
            int limit = (int) call.query().number("limit", DEFAULT_LIMIT, 1, PAGE_EVENTS_MAX);
            page(call, log, events, stream, from, limit, base64);
        } else {
            long limit = call.query().number("limit", DEFAULT_LIMIT, 1, Long.MAX_VALUE);
            boolean frames = form.equals(MediaTypes.FRAMES) || form.equals(MediaTypes.BINARY);
            stream(call, log, events, stream, from, limit, frames, base64);
        }
    }

    /** The log with all its partitions, of which this node has all that was acknowledged before the call. */
    private Log caughtUp(Call call, long endNs) throws InterruptedException {
        Log log = call.log();
        while (true) {
            Integer chosen = Placing.chosen(call, log);
            shards.catchUp(
                    chosen != null
                            ? List.of(log.shard(chosen))
                            : IntStream.range(0, log.partitions())
                                    .mapToObj(log::shard)
                                    .toList(),
                    left(endNs));
            // A split that this node had not heard of may have put partitions elsewhere.
            Log now = reading.newest(call, log);
            if (now.partitions() == log.partitions()) {
                return now;
            }
            log = now;
        }
    }

    private static Duration left(long endNs) {
        return Duration.ofNanos(Math.max(0, endNs - System.nanoTime()));
    }

    /** Waits until this node has what {@code after} says of some partitions. */
    private void awaitPosition(Call call, Log log, int[] partitions, long endNs) throws InterruptedException {
        String after = call.query().text("after");
        if (after == null) {
            return;
        }
        Position wanted = Positions.parse("parameter 'after'", after, log);
        for (int partition : partitions) {
            StreamId stream = log.stream(partition);
            EventReader events = shards.events(stream);
            if (events.head(stream) < wanted.of(stream) && !events.await(stream, wanted.of(stream), left(endNs))) {
                throw new ThalwegException(
                        ErrorCode.DEADLINE_EXCEEDED,
                        "this node has events up to " + events.head(stream) + ", and not yet " + wanted.of(stream));
            }
        }
    }

    /** Events of all partitions, as a page in any of the forms that can tell a partition. */
    private void pageOfAll(Call call, Log log) throws Exception {
        if (call.query().has("from")) {
            throw Placing.invalid("'from' is a sequence of a partition: choose one (?partition=), or give 'after'");
        }
        boolean lines = !call.accepts(MediaTypes.JSON, MediaTypes.NDJSON, MediaTypes.EVENTS_NDJSON)
                .equals(MediaTypes.JSON);
        boolean base64 = EventReading.base64(call);
        int limit = (int) call.query().number("limit", DEFAULT_LIMIT, 1, PAGE_EVENTS_MAX);
        call.memory().take(PAGE_BYTES_MAX + Limits.MAX_EVENT_BYTES + log.partitions() * MergedEvents.STEP_BYTES);
        String after = call.query().text("after");
        MergedEvents merged = new MergedEvents(
                shards, log, after == null ? Position.of(Map.of()) : Positions.parse("parameter 'after'", after, log));
        merged.look();
        ByteSink page = new ByteSink(8 << 10);
        page.ascii(lines ? "" : "{\"events\":[");
        int count = 0;
        for (; count < limit && page.length() < PAGE_BYTES_MAX && merged.next(); count++) {
            page.ascii(lines || count == 0 ? "" : ",");
            EventJson.write(merged.event(), merged.partition(), base64, page);
            page.ascii(lines ? "\n" : "");
        }
        String position = Positions.token(log, merged.position());
        page.ascii(lines ? "" : "],\"position\":\"" + position + "\"}");
        call.with(HeaderWords.POSITION, position);
        reading.count(call, count, page.length());
        call.reply(200, lines ? MediaTypes.NDJSON : MediaTypes.JSON, page.toByteArray());
    }

    private void audit(Call call) throws Exception {
        StreamId stream = StreamId.of(call.tenant().reserved().audit());
        EventReader events = shards.events(stream);
        long from = call.query().number("from", events.first(stream), 1, Long.MAX_VALUE);
        int limit = (int) call.query().number("limit", DEFAULT_LIMIT, 1, PAGE_EVENTS_MAX);
        page(call, null, events, stream, from, limit, false);
    }

    /** A position as {@code after=} takes it: of a log with several partitions it names the one. */
    private static String position(@Nullable Log log, StreamId stream, long sequence) {
        return log == null ? Long.toString(sequence) : Positions.token(log, Position.of(stream, sequence));
    }

    /** A page is written as it is made: in memory are its payloads, and what of their JSON waits for the reader. */
    private void page(
            Call call, @Nullable Log log, EventReader events, StreamId stream, long from, int limit, boolean base64)
            throws Exception {
        call.memory().take(PAGE_BYTES_MAX + Limits.MAX_EVENT_BYTES);
        // Asked for before the events: of what a reader that has come to the end has not seen, nothing is told, which
        // another node, asked with the reader's position, might not have.
        long before = events.head(stream);
        EventBatch batch = events.read(stream, from, limit, PAGE_BYTES_MAX);
        long next = from + batch.count();
        long first = events.first(stream);
        long head = batch.count() == 0 ? before : Math.max(before, next - 1);
        call.with(HeaderWords.NEXT, Long.toString(next));
        call.with(HeaderWords.POSITION, position(log, stream, next - 1));
        call.with(HeaderWords.HEAD, Long.toString(head));
        call.stream(MediaTypes.JSON, target -> {
            ByteSink out = new ByteSink(1 << 12, target);
            out.ascii("{\"events\":[");
            for (int count = 0; batch.next(); count++) {
                if (count > 0) {
                    out.u8(',');
                }
                EventJson.write(batch, base64, out);
            }
            out.ascii("],\"next\":").number(next);
            out.ascii(",\"first\":").number(first);
            out.ascii(",\"head\":").number(head).u8('}');
            out.flush();
            reading.count(call, batch.count(), out.written());
        });
    }

    /** Streams up to {@code limit} events that are there now; the reply's headers already say where it will end. */
    private void stream(
            Call call,
            Log log,
            EventReader events,
            StreamId stream,
            long from,
            long limit,
            boolean frames,
            boolean base64)
            throws Exception {
        long head = events.head(stream);
        long end = from > head ? from : (limit > head - from ? head + 1 : from + limit);
        call.memory().take(EventReading.STEP_MEMORY);
        EventBatch batch = events.read(stream, from, step(end - from), EventReading.STEP_BYTES);
        call.with(HeaderWords.NEXT, Long.toString(end));
        call.with(HeaderWords.POSITION, position(log, stream, end - 1));
        call.with(HeaderWords.HEAD, Long.toString(head));
        String form = frames ? MediaTypes.FRAMES : MediaTypes.NDJSON;
        call.stream(form, out -> write(call, events, stream, from, end, batch, frames, base64, out));
    }

    private void write(
            Call call,
            EventReader events,
            StreamId stream,
            long from,
            long end,
            EventBatch first,
            boolean frames,
            boolean base64,
            OutputStream out)
            throws IOException {
        EventBatch batch = first;
        ByteSink sink = new ByteSink(64 << 10);
        long next = from;
        while (next < end) {
            sink.clear();
            int count = 0;
            while (next < end && batch.next()) {
                if (frames) {
                    Frames.write(batch, sink);
                } else {
                    EventJson.write(batch, base64, sink);
                    sink.u8('\n');
                }
                next = batch.sequence() + 1;
                count++;
            }
            if (count == 0) {
                throw new ThalwegException(ErrorCode.SEQUENCE_GONE, "the log was trimmed or deleted while it was read");
            }
            sink.writeTo(out);
            reading.count(call, count, sink.length());
            if (next < end) {
                batch = events.read(stream, next, step(end - next), EventReading.STEP_BYTES);
            }
        }
    }

    private static int step(long events) {
        return Math.clamp(events, 1, EventReading.STEP_EVENTS);
    }
}
