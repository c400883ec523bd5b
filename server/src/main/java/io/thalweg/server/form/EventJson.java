package io.thalweg.server.form;

import io.thalweg.log.EventBatch;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.event.Header;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Events as JSON objects, the same for reading, tailing and appending:
 *
 * <pre>
 * {"sequence": 7, "time": "2026-11-20T08:00:00.000000001Z",
 *  "content_type": "application/json", "key": "user-3", "headers": {"trace": "9f"},
 *  "encoding": "json", "payload": {"delay": 12}}
 * </pre>
 *
 * {@code encoding} says how {@code payload} stands there: {@code json}, the value itself, for payloads whose content type is
 * JSON; {@code text} for other UTF-8; {@code base64} for everything else. A key that is no text is called
 * {@code key_base64}. What is not set is left out. When appending, {@code sequence} and {@code time} are ignored, and without
 * {@code encoding} a string is text and any other value is JSON.
 *
 * <p>A payload stands as JSON only when it is strictly that: UTF-8 without a byte order mark, one value, at most {@link
 * Json#EMBEDDED_DEPTH_MAX} levels deep, with numbers that readers take. Everything else keeps its content type and its bytes, and
 * travels as text or base64. {@code headers} are an object, or a list of pairs where a name is there twice; both are taken.
 */
public final class EventJson {
    private EventJson() {}

    /** Splits an array whose elements are payloads. */
    public static void parseArray(byte[] body, int length, EventSink sink) {
        parse(Json.payloadParser(body, length), true, parser -> payload(parser, body, sink));
    }

    /** Splits a sequence of values, one per line, each of them a payload. */
    public static void parseLines(byte[] body, int length, EventSink sink) {
        parse(Json.payloadParser(body, length), false, parser -> payload(parser, body, sink));
    }

    /** Splits an array of event objects. */
    public static void parseEventArray(byte[] body, int length, EventSink sink) {
        parse(Json.parser(body, length), true, parser -> event(parser, body, (_, _) -> false, sink));
    }

    /** Splits a sequence of event objects, one per line. */
    public static void parseEventLines(byte[] body, int length, EventSink sink) {
        parseEventLines(body, length, (_, _) -> false, sink);
    }

    /** Takes fields that stand beside an event's own. */
    interface Extra {
        /** Reads the value that the parser is at; false for a name that it does not know. */
        boolean take(JsonParser parser, String name);
    }

    /** The same, with other fields beside those of events. */
    static void parseEventLines(byte[] body, int length, Extra extra, EventSink sink) {
        parse(Json.parser(body, length), false, parser -> event(parser, body, extra, sink));
    }

    /** Hands each value to {@code each}; whatever is wrong with one is refused with the number of its event. */
    private static void parse(JsonParser opened, boolean array, Consumer<JsonParser> each) {
        int count = 0;
        try (JsonParser parser = opened) {
            if (array) {
                startArray(parser);
            }
            JsonToken end = array ? JsonToken.END_ARRAY : null;
            while (parser.nextToken() != end) {
                count++;
                each.accept(parser);
            }
            if (array) {
                nothingMore(parser);
            }
        } catch (JacksonException e) {
            throw Json.malformed("event " + count + " of ", e);
        } catch (ThalwegException e) {
            throw new ThalwegException(e.code(), "event " + count + ": " + e.getMessage(), e);
        }
    }

    private static void startArray(JsonParser parser) {
        if (parser.nextToken() != JsonToken.START_ARRAY) {
            throw invalid("the body is not a JSON array");
        }
    }

    private static void nothingMore(JsonParser parser) {
        if (parser.nextToken() != null) {
            throw invalid("something follows the JSON array");
        }
    }

    private static void payload(JsonParser parser, byte[] body, EventSink sink) {
        int start = offset(parser.currentTokenLocation().getByteOffset());
        int end = skipValue(parser);
        while (body[end - 1] <= ' ') {
            end--; // a number between values is read to behind the white space that ends it
        }
        sink.event(MediaTypes.JSON, null, List.of(), body, start, end - start);
    }

    /** Steps to the end of the value that the parser is at; returns the offset behind it. */
    private static int skipValue(JsonParser parser) {
        if (parser.currentToken().isStructStart()) {
            parser.skipChildren();
        } else {
            parser.finishToken();
        }
        return offset(parser.currentLocation().getByteOffset());
    }

    private static int offset(long offset) {
        if (offset < 0) {
            throw invalid("the body is not UTF-8");
        }
        return (int) offset;
    }

    private static void event(JsonParser parser, byte[] body, Extra extra, EventSink sink) {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw invalid("an event is not a JSON object");
        }
        String contentType = null;
        byte[] key = null;
        List<Header> headers = List.of();
        String encoding = null;
        String text = null;
        int start = -1;
        int end = -1;
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            JsonToken value = parser.nextToken();
            switch (name) {
                case "content_type" -> {
                    contentType = textOrNull(parser, name);
                    checked(contentType == null ? "" : contentType, name);
                }
                case "encoding" -> encoding = textOrNull(parser, name);
                case "key" -> {
                    String string = textOrNull(parser, name);
                    key = string == null ? key : Utf8.encode(string, "an event's key");
                }
                case "key_base64" -> {
                    String string = textOrNull(parser, name);
                    key = string == null ? key : base64(string, name);
                }
                case "headers" -> headers = headers(parser);
                case "payload" -> {
                    start = offset(parser.currentTokenLocation().getByteOffset());
                    text = value == JsonToken.VALUE_STRING ? parser.getString() : null;
                    end = skipValue(parser);
                }
                // what a read gives beyond what an append takes
                case "sequence", "time" -> skipValue(parser);
                default -> {
                    if (!extra.take(parser, name)) {
                        throw invalid("an event has the unknown field '" + Numbers.shorten(name) + "'");
                    }
                }
            }
        }
        if (start < 0) {
            throw invalid("an event has no payload");
        }
        String form = encoding != null ? encoding : text == null ? "json" : "text";
        switch (form) {
            case "json" ->
                sink.event(contentType == null ? MediaTypes.JSON : contentType, key, headers, body, start, end - start);
            case "text" -> whole(sink, contentType, key, headers, Utf8.encode(needText(text), "an event's payload"));
            case "base64" -> whole(sink, contentType, key, headers, base64(needText(text), "payload"));
            default ->
                throw invalid("an event's encoding is '" + Numbers.shorten(form) + "', expected json, text or base64");
        }
    }

    private static void whole(
            EventSink sink, @Nullable String contentType, byte @Nullable [] key, List<Header> headers, byte[] payload) {
        sink.event(contentType, key, headers, payload, 0, payload.length);
    }

    private static String needText(@Nullable String text) {
        if (text == null) {
            throw invalid("an event's payload is not a string, as its encoding says");
        }
        return text;
    }

    private static @Nullable String textOrNull(JsonParser parser, String name) {
        return switch (parser.currentToken()) {
            case VALUE_NULL -> null;
            case VALUE_STRING -> parser.getString();
            default -> throw invalid("an event's " + name + " is not a string");
        };
    }

    private static List<Header> headers(JsonParser parser) {
        if (parser.currentToken() == JsonToken.VALUE_NULL) {
            return List.of();
        }
        if (parser.currentToken() == JsonToken.START_ARRAY) {
            return headerPairs(parser);
        }
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw invalid("an event's headers are neither a JSON object nor a list of pairs");
        }
        List<Header> headers = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            parser.nextToken();
            String value = textOrNull(parser, "header '" + Numbers.shorten(name) + "'");
            headers.add(header(name, value));
        }
        return headers;
    }

    private static Header header(String name, @Nullable String value) {
        return new Header(
                checked(name, "header's name"),
                value == null ? "" : checked(value, "header '" + Numbers.shorten(name) + "'"));
    }

    /** Pairs of a name and a value, which may repeat a name as an object may not. */
    private static List<Header> headerPairs(JsonParser parser) {
        List<Header> headers = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (parser.currentToken() != JsonToken.START_ARRAY || parser.nextToken() != JsonToken.VALUE_STRING) {
                throw invalid("an event's headers are a list of something else than pairs of strings");
            }
            String name = parser.getString();
            parser.nextToken();
            headers.add(header(name, textOrNull(parser, "header '" + Numbers.shorten(name) + "'")));
            if (parser.nextToken() != JsonToken.END_ARRAY) {
                throw invalid("an event's headers are a list of something else than pairs of strings");
            }
        }
        return headers;
    }

    private static String checked(String text, String what) {
        Utf8.encode(text, "an event's " + what);
        return text;
    }

    private static byte[] base64(String text, String what) {
        try {
            return Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw new ThalwegException(ErrorCode.INVALID_REQUEST, "an event's " + what + " is not base64", e);
        }
    }

    private static ThalwegException invalid(String message) {
        return new ThalwegException(ErrorCode.INVALID_REQUEST, message);
    }

    /**
     * Writes the event under the batch's cursor on one line.
     *
     * @param base64 gives every payload as base64, whatever it is
     */
    public static void write(EventBatch event, boolean base64, ByteSink out) {
        write(event, -1, base64, out);
    }

    /** The same with the event's partition, or without for -1. */
    public static void write(EventBatch event, int partition, boolean base64, ByteSink out) {
        out.u8('{');
        if (partition >= 0) {
            out.ascii("\"partition\":").number(partition).u8(',');
        }
        out.ascii("\"sequence\":").number(event.sequence());
        out.ascii(",\"time\":\"").ascii(Times.text(event.timestampNs())).u8('"');
        String contentType = event.contentType();
        if (contentType != null) {
            out.ascii(",\"content_type\":").quoted(contentType);
        }
        ByteBuffer key = event.key();
        if (key != null) {
            String text = Utf8.decodeOrNull(key);
            if (text != null) {
                out.ascii(",\"key\":").quoted(text);
            } else {
                out.ascii(",\"key_base64\":");
                base64(key, out);
            }
        }
        headers(event, out);
        payload(event, contentType, base64, out);
        out.u8('}');
    }

    private static void headers(EventBatch event, ByteSink out) {
        if (event.headerCount() == 0) {
            return;
        }
        boolean pairs = repeatsAName(event);
        out.ascii(pairs ? ",\"headers\":[" : ",\"headers\":{");
        for (int i = 0; i < event.headerCount(); i++) {
            out.ascii(i == 0 ? "" : ",").ascii(pairs ? "[" : "");
            out.quoted(event.headerName(i)).u8(pairs ? ',' : ':').quoted(event.headerValue(i));
            out.ascii(pairs ? "]" : "");
        }
        out.u8(pairs ? ']' : '}');
    }

    private static boolean repeatsAName(EventBatch event) {
        Set<String> names = new HashSet<>();
        for (int i = 0; i < event.headerCount(); i++) {
            if (!names.add(event.headerName(i))) {
                return true;
            }
        }
        return false;
    }

    private static void payload(EventBatch event, @Nullable String contentType, boolean base64, ByteSink out) {
        ByteBuffer payload = event.payload();
        if (!base64 && MediaTypes.isJson(contentType)) {
            byte[] bytes = new byte[payload.remaining()];
            payload.get(payload.position(), bytes);
            if (isOneJsonValue(bytes)) {
                out.ascii(",\"encoding\":\"json\",\"payload\":").raw(onOneLine(bytes));
                return;
            }
        }
        if (!base64 && Utf8.isText(payload)) {
            out.ascii(",\"encoding\":\"text\",\"payload\":").quoted(payload);
        } else {
            out.ascii(",\"encoding\":\"base64\",\"payload\":");
            base64(payload, out);
        }
    }

    private static void base64(ByteBuffer bytes, ByteSink out) {
        out.u8('"').raw(Base64.getEncoder().encode(bytes.duplicate())).u8('"');
    }

    private static boolean isOneJsonValue(byte[] bytes) {
        // A byte order mark, UTF-16 or bytes that are no text would break the page that they are put into.
        boolean marked =
                bytes.length > 2 && bytes[0] == (byte) 0xef && bytes[1] == (byte) 0xbb && bytes[2] == (byte) 0xbf;
        if (marked || (bytes.length > 1 && (bytes[0] == 0 || bytes[1] == 0)) || !Utf8.isText(ByteBuffer.wrap(bytes))) {
            return false;
        }
        try (JsonParser parser = Json.embeddedParser(bytes)) {
            if (parser.nextToken() == null) {
                return false;
            }
            skipValue(parser);
            return parser.nextToken() == null;
        } catch (JacksonException | ThalwegException e) {
            return false;
        }
    }

    /** Line ends are white space in JSON: strings never hold them as they are. */
    private static byte[] onOneLine(byte[] json) {
        for (int i = 0; i < json.length; i++) {
            if (json[i] == '\n' || json[i] == '\r') {
                json[i] = ' ';
            }
        }
        return json;
    }
}
