package io.thalweg.server.form;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.event.Header;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Events that say where they go, one JSON object a line: those of {@link EventJson} with {@code "log"} and, unless the key or chance is to
 * decide, {@code "partition"}; {@code "expected_sequence"} makes the whole conditional on the partition's newest.
 */
public final class AddressedEvents {
    private AddressedEvents() {}

    /**
     * Where an event goes.
     *
     * @param log id or name
     * @param partition null when the key decides
     * @param expectedSequence what the partition's newest sequence is to be before the request, null for anything
     */
    public record Address(
            String log,
            @Nullable Integer partition,
            @Nullable Long expectedSequence) {}

    /** The fields beside an event's own. */
    private static final class Fields implements EventJson.Extra {
        private @Nullable String log;
        private @Nullable Integer partition;
        private @Nullable Long expected;

        @Override
        public boolean take(JsonParser parser, String name) {
            switch (name) {
                case "log" -> {
                    if (parser.currentToken() != JsonToken.VALUE_STRING) {
                        throw new ThalwegException(ErrorCode.INVALID_REQUEST, "an event's log is not text");
                    }
                    log = parser.getString();
                }
                case "partition" -> partition = (int) number(parser, name, Integer.MAX_VALUE);
                case "expected_sequence" -> expected = number(parser, name, Long.MAX_VALUE);
                default -> {
                    return false;
                }
            }
            return true;
        }

        private static long number(JsonParser parser, String name, long max) {
            return switch (parser.currentToken()) {
                case VALUE_STRING -> Numbers.parse("an event's " + name, parser.getString(), 0, max);
                case VALUE_NUMBER_INT -> Numbers.parse("an event's " + name, parser.getString(), 0, max);
                default ->
                    throw new ThalwegException(
                            ErrorCode.INVALID_REQUEST, "an event's " + name + " is not a whole number");
            };
        }

        Address take() {
            String named = log;
            if (named == null) {
                throw new ThalwegException(ErrorCode.INVALID_REQUEST, "an event names no log");
            }
            Address address = new Address(named, partition, expected);
            log = null;
            partition = null;
            expected = null;
            return address;
        }
    }

    /** Takes events and where they go; the array is shared and may be read during the call only. */
    @FunctionalInterface
    public interface Sink {
        void event(
                Address address,
                @Nullable String contentType,
                byte @Nullable [] key,
                List<Header> headers,
                byte[] bytes,
                int offset,
                int length);
    }

    /** Splits a body into events and where they go. */
    public static void parse(byte[] body, Sink sink) {
        Fields fields = new Fields();
        EventJson.parseEventLines(
                body,
                body.length,
                fields,
                (contentType, key, headers, bytes, offset, length) ->
                        sink.event(fields.take(), contentType, key, headers, bytes, offset, length));
    }
}
