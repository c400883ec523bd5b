package io.thalweg.server.form;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The media types of the API, and what can be told from the name of one. */
public final class MediaTypes {
    public static final String JSON = "application/json";
    public static final String NDJSON = "application/x-ndjson";
    public static final String BINARY = "application/octet-stream";
    public static final String TEXT = "text/plain; charset=utf-8";
    public static final String HTML = "text/html; charset=utf-8";
    public static final String SSE = "text/event-stream";

    /** Events with their metadata: an array of event objects. */
    public static final String EVENTS_JSON = "application/vnd.thalweg.events+json";

    /** Events with their metadata: one event object per line. */
    public static final String EVENTS_NDJSON = "application/vnd.thalweg.events+ndjson";

    /** Events with their metadata in binary frames, see {@link Frames}. */
    public static final String FRAMES = "application/vnd.thalweg.frames";

    /** Accounts, transfers, results and the like as the ledger's protocol has them, one after another. */
    public static final String RECORDS = "application/vnd.thalweg.ledger";

    private static final String FORM = "application/x-www-form-urlencoded";

    private MediaTypes() {}

    /** The name without parameters, in lower case. */
    public static String essence(@Nullable String contentType) {
        if (contentType == null) {
            return "";
        }
        int semicolon = contentType.indexOf(';');
        return (semicolon < 0 ? contentType : contentType.substring(0, semicolon))
                .strip()
                .toLowerCase(Locale.ROOT);
    }

    public static boolean isJson(@Nullable String contentType) {
        if (contentType == null) {
            return false;
        }
        String essence = essence(contentType);
        return essence.equals(JSON) || essence.endsWith("+json");
    }

    /**
     * What an event's payload is, by the header of the request that brought it: nothing is recorded when the header says no
     * more than "bytes", or is the form type that curl adds on its own.
     */
    public static @Nullable String ofPayload(@Nullable String requestContentType) {
        String essence = essence(requestContentType);
        return switch (essence) {
            case "", BINARY, FORM -> null;
            case NDJSON, "application/ndjson", "application/jsonl" -> JSON;
            default -> requestContentType;
        };
    }

    /** What curl sends unless told otherwise. */
    public static boolean isForm(String essence) {
        return essence.equals(FORM);
    }

    public static boolean isNdJson(String essence) {
        return essence.equals(NDJSON) || essence.equals("application/ndjson") || essence.equals("application/jsonl");
    }
}
