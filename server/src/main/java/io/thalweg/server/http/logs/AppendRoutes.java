package io.thalweg.server.http.logs;

import io.thalweg.directory.Tenant;
import io.thalweg.model.AppendBody;
import io.thalweg.model.AppendResult;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.Header;
import io.thalweg.model.Limits;
import io.thalweg.model.StreamId;
import io.thalweg.model.ThalwegException;
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
import io.thalweg.server.routing.Shards;
import io.thalweg.shard.Shard;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.eclipse.jetty.http.HttpField;
import org.jspecify.annotations.Nullable;

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

    private final Shards shards;
    private final EventMeters meters;

    AppendRoutes(Shards shards, EventMeters meters) {
        this.shards = shards;
        this.meters = meters;
    }

    List<Route> routes() {
        return List.of(
                Route.post("/logs/{log_id}/append")
                        .by(Access.APPEND)
                        .named("append_log", TAG, "Append one event; answered when it is on disk.")
                        .header("Idempotency-Key", "string", "A repetition with the same key answers as the first did.")
                        .header("Expected-Sequence", "integer", "The newest sequence must be this; 0 for an empty log.")
                        .header("Thalweg-Key", "string", "What the event is about.")
                        .header("Thalweg-Header-*", "string", "Headers that travel with the event, named by the rest.")
                        .takes(MediaTypes.BINARY, null)
                        .answers(200, "Appended.", "Appended")
                        .refuses(409, "The sequence is another, or the key was used with another payload.")
                        .refuses(503, "The node is overloaded or cannot write.")
                        .to(this::append),
                Route.post("/logs/{log_id}/append_batch")
                        .by(Access.APPEND)
                        .named("append_batch", TAG, "Append many events, all or none.")
                        .query(
                                "delimiter",
                                "string",
                                "What stands between the payloads, percent-encoded; without it, Content-Type says the"
                                        + " form.")
                        .header(
                                "Idempotency-Key",
                                "string",
                                "Required with a delimiter. A repetition with the same key answers as the first did.")
                        .header("Expected-Sequence", "integer", "The newest sequence must be this; 0 for an empty log.")
                        .header("Thalweg-Key", "string", "What the events are about that say nothing of their own.")
                        .header("Thalweg-Header-*", "string", "Headers for the events that have none of their own.")
                        .takes(MediaTypes.BINARY, null)
                        .takes(MediaTypes.JSON, "Payloads")
                        .takes(MediaTypes.NDJSON, null)
                        .takes(MediaTypes.EVENTS_JSON, "NewEvents")
                        .takes(MediaTypes.EVENTS_NDJSON, null)
                        .takes(MediaTypes.FRAMES, null)
                        .answers(200, "Appended.", "AppendedBatch")
                        .refuses(409, "The sequence is another, or the key was used with another payload.")
                        .refuses(415, "Content-Type is no form of a batch.")
                        .refuses(503, "The node is overloaded or cannot write.")
                        .to(this::appendBatch));
    }

    private void append(Call call) throws InterruptedException {
        String idempotencyKey = idempotencyKey(call);
        byte[] payload = call.body(Limits.MAX_EVENT_BYTES);
        AppendBody.Builder builder = builder(call, payload.length, idempotencyKey);
        Defaults defaults = Defaults.of(call);
        builder.add(
                MediaTypes.ofPayload(call.contentType()), defaults.key, defaults.headers, payload, 0, payload.length);
        AppendResult result = submit(call, builder);
        ByteSink reply = new ByteSink(48);
        reply.ascii("{\"sequence\":").number(result.firstSequence()).ascii(",\"success\":true}");
        reply(call, result, reply);
    }

    private void appendBatch(Call call) throws InterruptedException {
        String idempotencyKey = idempotencyKey(call);
        byte[] delimiter = call.query().bytes("delimiter");
        String essence = MediaTypes.essence(call.contentType());
        if (delimiter != null && idempotencyKey == null) {
            throw invalid("a batch with a delimiter needs the header Idempotency-Key");
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
        AppendBody.Builder builder = builder(call, body.length, idempotencyKey);
        Defaults defaults = Defaults.of(call);
        EventSink sink = (contentType, key, headers, bytes, offset, length) -> builder.add(
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
        if (builder.count() == 0) {
            throw invalid("the batch has no events");
        }
        AppendResult result = submit(call, builder);
        ByteSink reply = new ByteSink(32 + result.count() * 12);
        reply.ascii("{\"sequences\":[");
        for (int i = 0; i < result.count(); i++) {
            if (i > 0) {
                reply.u8(',');
            }
            reply.number(result.firstSequence() + i);
        }
        reply(call, result, reply.ascii("],\"success\":true}"));
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

    private static AppendBody.Builder builder(Call call, int bytes, @Nullable String idempotencyKey) {
        // A record's head is a few bytes longer than what a client sends around an event. Without room for that, each
        // batch would be copied into a buffer of twice its size.
        AppendBody.Builder builder =
                AppendBody.builder(StreamId.of(call.log().id()), bytes + bytes / 16 + RECORD_EXTRA_BYTES);
        String expected = call.text(HeaderWords.EXPECTED_SEQUENCE);
        if (expected != null) {
            builder.expect(Numbers.parse("the header Expected-Sequence", expected.strip(), 0, Long.MAX_VALUE));
        }
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

    private AppendResult submit(Call call, AppendBody.Builder builder) throws InterruptedException {
        int bytes = builder.recordBytes();
        if (bytes > RECORDS_BYTES_MAX) {
            throw new ThalwegException(
                    ErrorCode.TOO_LARGE,
                    "the events take " + bytes + " bytes with their metadata; at most " + RECORDS_BYTES_MAX
                            + " fit in one request");
        }
        Tenant tenant = call.tenant();
        shards.requireRoom(tenant, bytes);
        AppendResult result = shards.append(call.log(), tenant.id(), builder);
        if (!result.duplicate()) {
            meters.appended(result.count(), bytes);
        }
        return result;
    }

    private static void reply(Call call, AppendResult result, ByteSink reply) {
        if (result.duplicate()) {
            call.with(HeaderWords.DUPLICATE, "true");
        }
        call.reply(200, MediaTypes.JSON, reply.toByteArray());
    }

    private static ThalwegException invalid(String message) {
        return new ThalwegException(ErrorCode.INVALID_REQUEST, message);
    }
}
