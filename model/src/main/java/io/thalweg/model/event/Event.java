package io.thalweg.model.event;

import io.thalweg.model.Limits;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a client appends: an opaque payload, and optionally what it is and whom it concerns. The arrays belong to the event
 * once it is built and must not be changed.
 *
 * @param contentType media type of the payload, at most 255 UTF-8 bytes
 * @param key what the event is about (a partition key later), at most 65,535 bytes
 * @param headers at most 64, in the client's order
 * @param payload at most {@link Limits#MAX_EVENT_BYTES}
 */
public record Event(@Nullable String contentType, byte @Nullable [] key, List<Header> headers, byte[] payload) {
    public Event {
        headers = List.copyOf(headers);
    }

    /** An event that is nothing but its payload. */
    public static Event of(byte[] payload) {
        return new Event(null, null, List.of(), payload);
    }
    /** An event that says what its payload is. */
    public static Event of(String contentType, byte[] payload) {
        return new Event(contentType, null, List.of(), payload);
    }

    /** The same event about something. */
    public Event withKey(byte[] about) {
        return new Event(contentType, about, headers, payload);
    }

    /** The same event with other headers. */
    public Event withHeaders(List<Header> others) {
        return new Event(contentType, key, others, payload);
    }
}
