package io.thalweg.client;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An event to append.
 *
 * @param key what it is about, null for nothing; it goes to the partition that owns the key's slot
 * @param contentType of the payload, null for bytes
 * @param headers name and value, at most 255
 * @param payload shared, not to be changed until it is appended
 * @param partition where it goes whatever its key says; -1 for where its key does
 */
public record NewEvent(
        byte @Nullable [] key,
        @Nullable String contentType,
        List<Map.Entry<String, String>> headers,
        byte[] payload,
        int partition) {
    private static final int ANY = -1;

    public NewEvent {
        headers = List.copyOf(headers);
        if (partition < ANY) {
            throw new IllegalArgumentException("partition is " + partition + ", expected -1 for any, or more");
        }
    }

    /** An event about nothing. */
    public static NewEvent of(byte[] payload) {
        return new NewEvent(null, null, List.of(), payload, ANY);
    }

    /** An event about a key. */
    public static NewEvent of(String key, byte[] payload) {
        return new NewEvent(key.getBytes(StandardCharsets.UTF_8), null, List.of(), payload, ANY);
    }

    /** The same event for a partition, whatever its key says. */
    public NewEvent in(int chosen) {
        return new NewEvent(key, contentType, headers, payload, chosen);
    }

    int bytes() {
        int bytes = payload.length + 64 + (key == null ? 0 : key.length);
        for (Map.Entry<String, String> header : headers) {
            bytes += 2 * (header.getKey().length() + header.getValue().length()) + 4;
        }
        return bytes;
    }
}
