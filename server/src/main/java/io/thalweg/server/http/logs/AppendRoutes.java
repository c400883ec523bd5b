package io.thalweg.server.http.logs;

import io.thalweg.directory.Log;
import io.thalweg.directory.Tenant;
import io.thalweg.directory.placement.OwnerSearch;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.Limits;
import io.thalweg.model.MalformedException;
import io.thalweg.model.Position;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.event.Header;
import io.thalweg.model.request.AppendAllBody;
import io.thalweg.model.request.AppendBody;
import io.thalweg.model.request.AppendResult;
import io.thalweg.server.form.ByteSink;
import io.thalweg.server.form.Delimited;
import io.thalweg.server.form.EventJson;
import io.thalweg.server.form.EventSink;
import io.thalweg.server.form.Frames;
import io.thalweg.server.form.MediaTypes;
import io.thalweg.server.form.Numbers;
import io.thalweg.server.form.Utf8;
import io.thalweg.server.http.Access;
import io.thalweg.server.http.Call;
import io.thalweg.server.http.HeaderWords;
import io.thalweg.server.http.Route;
import io.thalweg.server.http.Shape;
import io.thalweg.server.javaviews.FullAcks;
import io.thalweg.server.memory.NodeMemory;
import io.thalweg.server.routing.Shards;
import io.thalweg.shard.Shard;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongConsumer;
import org.eclipse.jetty.http.HttpField;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Appending: one event, or a batch that is appended whole or not at all. This is the hot path: a body becomes an append's records
 * in one pass, and the reply is written by hand.
 */
final class AppendRoutes {
    private static final String TAG = "events";
    private static final int MAX_KEY_CHARACTERS = 255;

    /** Room for what a record adds to its payload, so that the records of a batch rarely have to be moved. */
    private static final int RECORD_EXTRA_BYTES = 64;

    /** What the records of one request may take, so that it fits in an entry of the consensus. */
    private static final int RECORDS_BYTES_MAX = Shard.REQUEST_BYTES_MAX - (4 << 10);

    /** What a status of 504 means for an append. */
    static final String UNKNOWN =
            "outcome_unknown: it may or may not have been appended, or may still be; a repetition with the same key or"
                    + " number is safe.";

    /** Events that nobody waits for until they are ordered, of all tenants together: of a tenant half. */
    private static final long UNACKNOWLEDGED_BYTES = 64 << 20;

    /** What such an event takes beside its payload. */
    private static final int UNACKNOWLEDGED_EXTRA_BYTES = 4 << 10;

    private static final Logger LOG = LoggerFactory.getLogger(AppendRoutes.class);
    private static final byte[] NOTHING = "null".getBytes(StandardCharsets.US_ASCII);
    private static final long TIMEOUT_MS = 30_000;
    private static final long TIMEOUT_MS_MAX = 120_000;

    private final Shards shards;
    private final EventMeters meters;
    private final FullAcks full;
    private final NewerLogs newer;
    private final NodeMemory unacknowledged = new NodeMemory(UNACKNOWLEDGED_BYTES);

    AppendRoutes(Shards shards, EventMeters meters, FullAcks full, NewerLogs newer) {
        this.full = full;
        this.newer = newer;
        this.shards = shards;
        this.meters = meters;
    }

    List<Route> routes() {
        return List.of(
                Route.post("/logs/{log_id}/append")
                        .by(Access.APPEND)
                        .named("append_log", TAG, "Append one event; answered when it is on disk.")
                        .header(
                                "Idempotency-Key",
                                Shape.text(),
                                "A repetition with the same key answers as the first did.")
                        .header(
                                "Expected-Sequence",
                                Shape.integer(0, Long.MAX_VALUE),
                                "The newest sequence must be this; 0 for an empty log.")
                        .header("Thalweg-Key", Shape.text(), "What the event is about; its slot's partition gets it.")
                        .query(
                                "partition",
                                Shape.integer(0, Integer.MAX_VALUE),
                                "The partition, whatever the key says; any without either.")
                        .header("Thalweg-Producer", Shape.text(), "NAME/EPOCH of who numbers its appends.")
                        .header(
                                "Thalweg-Number",
                                Shape.integer(0, Long.MAX_VALUE),
                                "Number of this append; a repetition answers as the first did.")
                        .header(
                                "Thalweg-Header-*",
                                Shape.text(),
                                "Headers that travel with the event, named by the rest.")
                        .query(
                                "ack",
                                Shape.oneOf("none", "append", "full").orElse("append"),
                                "full waits until views in Java have processed the event: those that the log names, or"
                                        + " all that follow it.")
                        .query(
                                "timeout",
                                Shape.integer(0, TIMEOUT_MS_MAX).orElse(TIMEOUT_MS),
                                "With ack=full, the longest wait in milliseconds.")
                        .body(Limits.MAX_EVENT_BYTES)
                        .takes(MediaTypes.BINARY, null)
                        .sends(HeaderWords.DUPLICATE, Shape.flag(), "true when this was recognised as a repetition.")
                        .sends(HeaderWords.POSITION, Shape.text(), "Reflects what was appended.")
                        .answers(200, "Appended.", "Appended")
                        .answers(202, "Taken; whether it is stored nobody says (ack=none).", "Taken")
                        .refuses(504, UNKNOWN + " With ack=full also: stored, but not processed in time.")
                        .refuses(
                                409,
                                "The sequence is another, the key was used otherwise, or the producer has gone on.")
                        .refuses(503, "The node is overloaded or cannot write; nothing was appended.")
                        .to(this::append),
                Route.post("/logs/{log_id}/append_batch")
                        .by(Access.APPEND)
                        .named("append_batch", TAG, "Append many events, all or none.")
                        .query(
                                "delimiter",
                                Shape.text(),
                                "What stands between the payloads, percent-encoded; without it, Content-Type says the"
                                        + " form.")
                        .header(
                                "Idempotency-Key",
                                Shape.text(),
                                "Required with a delimiter. A repetition with the same key answers as the first did.")
                        .header(
                                "Expected-Sequence",
                                Shape.integer(0, Long.MAX_VALUE),
                                "The newest sequence must be this; 0 for an empty log.")
                        .header("Thalweg-Key", Shape.text(), "What the events are about that say nothing of their own.")
                        .query(
                                "partition",
                                Shape.integer(0, Integer.MAX_VALUE),
                                "The partition of all, whatever their keys say.")
                        .header("Thalweg-Producer", Shape.text(), "NAME/EPOCH of who numbers its appends.")
                        .header(
                                "Thalweg-Number",
                                Shape.integer(0, Long.MAX_VALUE),
                                "Number of this append; a repetition answers as the first did.")
                        .header("Thalweg-Header-*", Shape.text(), "Headers for the events that have none of their own.")
                        .body(Limits.MAX_BATCH_BYTES)
                        .takes(MediaTypes.BINARY, null)
                        .takes(MediaTypes.JSON, "Payloads")
                        .takes(MediaTypes.NDJSON, null)
                        .takes(MediaTypes.EVENTS_JSON, "NewEvents")
                        .takes(MediaTypes.EVENTS_NDJSON, null)
                        .takes(MediaTypes.FRAMES, null)
                        .sends(HeaderWords.DUPLICATE, Shape.flag(), "true when this was recognised as a repetition.")
                        .sends(HeaderWords.POSITION, Shape.text(), "Reflects what was appended.")
                        .answers(200, "Appended.", "AppendedBatch")
                        .refuses(409, "As for one event; or the events' partitions are in several shards.")
                        .refuses(415, "Content-Type is no form of a batch.")
                        .refuses(503, "The node is overloaded or cannot write; nothing was appended.")
                        .refuses(504, UNKNOWN)
                        .to(this::appendBatch));
    }

    private void append(Call call) throws InterruptedException {
        Log log = call.log();
        String idempotencyKey = idempotencyKey(call);
        AppendAllBody.Producer producer = Placing.producer(call);
        byte[] payload = call.body(Limits.MAX_EVENT_BYTES);
        Defaults defaults = Defaults.of(call);
        String type = MediaTypes.ofPayload(call.contentType());
        Integer asked = Placing.asked(call, log);
        requireOnePartition(call, log, asked);
        boolean repeated = idempotencyKey != null || producer != null;
        Appending appending = () -> OwnerSearch.run(log, newer, repeated, (known, asOf) -> {
            Target target = asked != null
                    ? new Target(known, asked, AppendBody.ANY_PARTITIONS)
                    : target(known, asOf, defaults.key, idempotencyKey, producer);
            if (producer == null) {
                AppendBody.Builder builder = builder(call, target, payload.length, idempotencyKey);
                builder.add(type, defaults.key, defaults.headers, payload, 0, payload.length);
                AppendResult result = submit(call, target, builder, idempotencyKey != null);
                return new Appended(target, result.firstSequence(), result.duplicate());
            }
            ManyAppends appends = numbered(call, producer, idempotencyKey);
            appends.add(
                    known,
                    target.asOf,
                    target.partition,
                    type,
                    defaults.key,
                    defaults.headers,
                    payload,
                    0,
                    payload.length);
            expect(call, sequence -> appends.expect(known, target.partition, sequence));
            ManyAppends.Done done = appends.append();
            return new Appended(target, done.events().getFirst().sequence(), done.duplicate());
        });
        switch (ack(call)) {
            case NONE -> {
                expect(call, _ -> {});
                NodeMemory.Share share = unacknowledged.share(call.tenantId());
                share.take(payload.length + UNACKNOWLEDGED_EXTRA_BYTES);
                Thread.startVirtualThread(() -> forget(appending, share));
                call.reply(202, MediaTypes.JSON, "{\"success\":true}".getBytes(StandardCharsets.US_ASCII));
            }
            case APPEND -> answer(call, appending.run(), null);
            case FULL -> {
                Duration timeout = call.left();
                try (FullAcks.Waiting waiting = full.begin(call.tenant(), log)) {
                    Appended done = appending.run();
                    answer(
                            call,
                            done,
                            waiting.answers(
                                    done.target.log, done.target.partition, done.sequence, done.duplicate, timeout));
                }
            }
        }
    }

    /** How much an append waits for. */
    private enum Ack {
        NONE,
        APPEND,
        FULL
    }

    /**
     * Where events go.
     *
     * @param asOf how many partitions the log had when this one was chosen by keys; 0 when it was not
     */
    private record Target(Log log, int partition, int asOf) {}

    private record Appended(Target target, long sequence, boolean duplicate) {}

    @FunctionalInterface
    private interface Appending {
        Appended run() throws InterruptedException;
    }

    private static Ack ack(Call call) {
        String text = call.query().text("ack");
        return switch (text) {
            case null -> Ack.APPEND;
            case "none" -> Ack.NONE;
            case "append" -> Ack.APPEND;
            case "full" -> Ack.FULL;
            default ->
                throw invalid("parameter 'ack' is '" + Numbers.shorten(text) + "', expected none, append or full");
        };
    }

    /** Whoever asks for no acknowledgement hears of no failure. */
    private static void forget(Appending appending, NodeMemory.Share share) {
        try (share) {
            appending.run();
        } catch (ThalwegException | MalformedException e) {
            LOG.debug("an append that nobody waits for failed", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** @param answers of views; null where nobody asked for them */
    private static void answer(Call call, Appended done, @Nullable Map<String, byte @Nullable []> answers) {
        Log log = done.target.log;
        ByteSink reply = new ByteSink(64);
        one(log, done.target.partition, done.sequence, answers, reply);
        reply(call, log, Position.of(log.stream(done.target.partition), done.sequence), done.duplicate, reply);
    }

    private static void one(
            Log log, int partition, long sequence, @Nullable Map<String, byte @Nullable []> answers, ByteSink reply) {
        reply.ascii("{\"sequence\":").number(sequence);
        if (answers != null) {
            reply.ascii(",\"answers\":{");
            String comma = "";
            for (Map.Entry<String, byte @Nullable []> answer : answers.entrySet()) {
                reply.ascii(comma).quoted(answer.getKey()).u8(':');
                byte[] json = answer.getValue();
                reply.raw(json == null ? NOTHING : json);
                comma = ",";
            }
            reply.u8('}');
        }
        if (log.partitions() > 1) {
            reply.ascii(",\"partition\":").number(partition);
        }
        reply.ascii(",\"success\":true}");
    }

    /** Where events go that have one key, or none. */
    private static Target target(
            Log log,
            int asOf,
            byte @Nullable [] key,
            @Nullable String idempotencyKey,
            AppendAllBody.@Nullable Producer producer) {
        if (key != null) {
            return new Target(log, Placing.owner(log, asOf, key), asOf);
        }
        String repeat = producer == null ? idempotencyKey : producer.name();
        return new Target(log, Placing.any(log, asOf, repeat), repeat == null ? AppendBody.ANY_PARTITIONS : asOf);
    }

    private ManyAppends numbered(
            Call call, AppendAllBody.@Nullable Producer producer, @Nullable String idempotencyKey) {
        if (idempotencyKey != null) {
            throw invalid(
                    producer == null
                            ? "events of one request that go to several partitions take no Idempotency-Key: number them"
                                    + " as a producer (Thalweg-Producer, Thalweg-Number)"
                            : "a producer's append has its number and takes no Idempotency-Key");
        }
        return new ManyAppends(shards, call.tenant(), meters, producer);
    }

    private void appendBatch(Call call) throws InterruptedException {
        String idempotencyKey = idempotencyKey(call);
        AppendAllBody.Producer producer = Placing.producer(call);
        byte[] delimiter = call.query().bytes("delimiter");
        String essence = MediaTypes.essence(call.contentType());
        if (delimiter != null && idempotencyKey == null && producer == null) {
            throw invalid("a batch with a delimiter needs the header Idempotency-Key, or the number of a producer");
        }
        if (delimiter == null && !isBatchForm(essence)) {
            throw new ThalwegException(
                    delimiterMissing(essence) ? ErrorCode.INVALID_REQUEST : ErrorCode.UNSUPPORTED_MEDIA_TYPE,
                    "a batch needs the parameter delimiter, or one of the content types " + MediaTypes.JSON + ", "
                            + MediaTypes.NDJSON + ", " + MediaTypes.EVENTS_JSON + ", " + MediaTypes.EVENTS_NDJSON + ", "
                            + MediaTypes.FRAMES);
        }
        byte[] body = call.body(Limits.MAX_BATCH_BYTES);
        if (body.length == 0) {
            throw invalid("the body is empty");
        }
        Log log = call.log();
        Integer asked = Placing.asked(call, log);
        requireOnePartition(call, log, asked);
        Runnable reply = OwnerSearch.run(log, newer, idempotencyKey != null || producer != null, (known, asOf) -> {
            Target target = null;
            if (asked != null) {
                target = new Target(known, asked, AppendBody.ANY_PARTITIONS);
            } else if (delimiter != null || !carriesKeys(essence)) {
                // One key for all of them, or none: they stay together.
                target = target(known, asOf, Defaults.of(call).key, idempotencyKey, producer);
            } else if (asOf == 1) {
                target = new Target(known, 0, asOf);
            }
            return producer == null && target != null
                    ? appendToOne(call, target, idempotencyKey, delimiter, essence, body)
                    : appendToMany(call, known, asOf, target, producer, idempotencyKey, delimiter, essence, body);
        });
        reply.run();
    }

    private Runnable appendToOne(
            Call call,
            Target target,
            @Nullable String idempotencyKey,
            byte @Nullable [] delimiter,
            String essence,
            byte[] body)
            throws InterruptedException {
        AppendBody.Builder builder = builder(call, target, body.length, idempotencyKey);
        parse(call, delimiter, essence, body, builder::add);
        if (builder.count() == 0) {
            throw invalid("the batch has no events");
        }
        AppendResult result = submit(call, target, builder, idempotencyKey != null);
        ByteSink reply = new ByteSink(32 + result.count() * 12);
        reply.ascii("{\"sequences\":[");
        for (int i = 0; i < result.count(); i++) {
            if (i > 0) {
                reply.u8(',');
            }
            reply.number(result.firstSequence() + i);
        }
        reply.u8(']');
        if (target.log.partitions() > 1) {
            reply.ascii(",\"partition\":").number(target.partition);
        }
        Position position = Position.of(target.log.stream(target.partition), result.lastSequence());
        return () -> reply(call, target.log, position, result.duplicate(), reply.ascii(",\"success\":true}"));
    }

    private Runnable appendToMany(
            Call call,
            Log log,
            int asOf,
            @Nullable Target target,
            AppendAllBody.@Nullable Producer producer,
            @Nullable String idempotencyKey,
            byte @Nullable [] delimiter,
            String essence,
            byte[] body)
            throws InterruptedException {
        ManyAppends appends = numbered(call, producer, idempotencyKey);
        Target keyless = target != null ? target : target(log, asOf, null, null, producer);
        parse(call, delimiter, essence, body, (contentType, key, headers, bytes, offset, length) -> {
            Target its = target != null || key == null ? keyless : target(log, asOf, key, null, null);
            appends.add(log, its.asOf, its.partition, contentType, key, headers, bytes, offset, length);
        });
        if (appends.size() == 0) {
            throw invalid("the batch has no events");
        }
        expect(call, sequence -> {
            if (target == null) {
                throw invalid("Expected-Sequence is for a partition: choose one (?partition=)");
            }
            appends.expect(log, target.partition, sequence);
        });
        ManyAppends.Done done = appends.append();
        ByteSink reply = new ByteSink(64 + appends.size() * 16);
        reply.ascii("{\"sequences\":[");
        for (int i = 0; i < done.events().size(); i++) {
            reply.ascii(i == 0 ? "" : ",").number(done.events().get(i).sequence());
        }
        reply.u8(']');
        if (log.partitions() > 1) {
            reply.ascii(",\"partitions\":[");
            for (int i = 0; i < done.events().size(); i++) {
                reply.ascii(i == 0 ? "" : ",")
                        .number(done.events().get(i).stream().partition());
            }
            reply.u8(']');
        }
        return () -> reply(call, log, done.position(), done.duplicate(), reply.ascii(",\"success\":true}"));
    }

    private static void parse(Call call, byte @Nullable [] delimiter, String essence, byte[] body, EventSink to) {
        Defaults defaults = Defaults.of(call);
        EventSink sink = (contentType, key, headers, bytes, offset, length) -> to.event(
                contentType,
                key == null ? defaults.key : key,
                headers.isEmpty() ? defaults.headers : headers,
                bytes,
                offset,
                length);
        if (delimiter != null) {
            Delimited.parse(body, body.length, delimiter, MediaTypes.ofPayload(call.contentType()), sink);
        } else {
            parse(essence, body, sink);
        }
    }

    /** Whether events in this form may have keys of their own. */
    private static boolean carriesKeys(String essence) {
        return switch (essence) {
            case MediaTypes.EVENTS_JSON, MediaTypes.EVENTS_NDJSON, MediaTypes.FRAMES -> true;
            default -> false;
        };
    }

    private static boolean isBatchForm(String essence) {
        return MediaTypes.isNdJson(essence)
                || switch (essence) {
                    case MediaTypes.JSON, MediaTypes.EVENTS_JSON, MediaTypes.EVENTS_NDJSON, MediaTypes.FRAMES -> true;
                    default -> false;
                };
    }

    /** Whether the client rather forgot the delimiter than meant another form. */
    private static boolean delimiterMissing(String essence) {
        return MediaTypes.ofPayload(essence) == null || essence.startsWith("text/");
    }

    private static void parse(String essence, byte[] body, EventSink sink) {
        switch (essence) {
            case MediaTypes.JSON -> EventJson.parseArray(body, body.length, sink);
            case MediaTypes.EVENTS_JSON -> EventJson.parseEventArray(body, body.length, sink);
            case MediaTypes.EVENTS_NDJSON -> EventJson.parseEventLines(body, body.length, sink);
            case MediaTypes.FRAMES -> Frames.parse(body, body.length, sink);
            default -> EventJson.parseLines(body, body.length, sink);
        }
    }

    /** What the request's headers say of its events. */
    private record Defaults(byte @Nullable [] key, List<Header> headers) {
        private static final Defaults NONE = new Defaults(null, List.of());

        static Defaults of(Call call) {
            String named = call.text(HeaderWords.KEY);
            byte[] key = named == null ? null : named.getBytes(StandardCharsets.UTF_8);
            List<Header> headers = List.of();
            for (HttpField field : call.headers()) {
                String name = field.getName().toLowerCase(Locale.ROOT);
                if (name.startsWith(HeaderWords.EVENT_HEADER_PREFIX)) {
                    String value = field.getValue() == null ? "" : field.getValue();
                    headers = headers.isEmpty() ? new ArrayList<>() : headers;
                    headers.add(new Header(
                            name.substring(HeaderWords.EVENT_HEADER_PREFIX.length()),
                            Utf8.ofHeader(value, "the header " + name)));
                }
            }
            return key == null && headers.isEmpty() ? NONE : new Defaults(key, headers);
        }
    }

    /** A head is that of a partition, and not of one that chance chooses. */
    private static void requireOnePartition(Call call, Log log, @Nullable Integer asked) {
        if (asked == null
                && log.partitions() > 1
                && call.header(HeaderWords.EXPECTED_SEQUENCE) != null
                && call.text(HeaderWords.KEY) == null) {
            throw invalid("Expected-Sequence is for a partition: choose one (?partition=), or give a Thalweg-Key");
        }
    }

    private static void expect(Call call, LongConsumer then) {
        String expected = call.text(HeaderWords.EXPECTED_SEQUENCE);
        if (expected != null) {
            then.accept(Numbers.parse("the header Expected-Sequence", expected.strip(), 0, Long.MAX_VALUE));
        }
    }

    private static AppendBody.Builder builder(Call call, Target target, int bytes, @Nullable String idempotencyKey) {
        // A record's head is a few bytes longer than what a client sends around an event. Without room for that, each
        // batch would be copied into a buffer of twice its size.
        AppendBody.Builder builder = AppendBody.builder(
                        target.log.stream(target.partition), bytes + bytes / 16 + RECORD_EXTRA_BYTES)
                .asOf(target.asOf);
        expect(call, builder::expect);
        if (idempotencyKey != null) {
            builder.idempotencyKey(idempotencyKey);
        }
        return builder;
    }

    private static @Nullable String idempotencyKey(Call call) {
        String key = call.text(HeaderWords.IDEMPOTENCY_KEY);
        if (key != null && (key.isEmpty() || key.length() > MAX_KEY_CHARACTERS)) {
            throw invalid("the header Idempotency-Key has " + key.length() + " characters, expected 1 to "
                    + MAX_KEY_CHARACTERS);
        }
        return key;
    }

    /** @param repeats whether it is recognised when it comes again, and so answered also where there is no room for more */
    private AppendResult submit(Call call, Target target, AppendBody.Builder builder, boolean repeats) {
        int bytes = builder.recordBytes();
        if (bytes > RECORDS_BYTES_MAX) {
            throw new ThalwegException(
                    ErrorCode.TOO_LARGE,
                    "the events take " + bytes + " bytes with their metadata; at most " + RECORDS_BYTES_MAX
                            + " fit in one request");
        }
        Tenant tenant = call.tenant();
        boolean full = !shards.hasRoom(tenant, bytes);
        if (full && !repeats) {
            throw Shards.noRoom(tenant);
        }
        if (full) {
            builder.expect(AppendBody.REPEATED_ONLY);
        }
        AppendResult result;
        try {
            result = shards.append(target.log, target.partition, tenant.id(), builder);
        } catch (ThalwegException e) {
            throw full && e.code() == ErrorCode.SEQUENCE_MISMATCH ? Shards.noRoom(tenant) : e;
        }
        if (!result.duplicate()) {
            meters.appended(result.count(), bytes);
        }
        return result;
    }

    private static void reply(Call call, Log log, Position position, boolean duplicate, ByteSink reply) {
        if (duplicate) {
            call.with(HeaderWords.DUPLICATE, "true");
        }
        call.with(HeaderWords.POSITION, Positions.token(log, position));
        call.reply(200, MediaTypes.JSON, reply.toByteArray());
    }

    private static ThalwegException invalid(String message) {
        return new ThalwegException(ErrorCode.INVALID_REQUEST, message);
    }
}
