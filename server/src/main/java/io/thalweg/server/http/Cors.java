package io.thalweg.server.http;

import java.util.List;
import org.eclipse.jetty.http.HttpFields;
import org.jspecify.annotations.Nullable;

/**
 * What pages of other origins may do with this API: nothing, unless the configuration names them. Callers show a bearer, which a page
 * adds by itself, so cookies and other credentials of a browser are never asked for.
 *
 * @param origins such as {@code https://app.example.com}; {@code *} for all
 */
record Cors(List<String> origins) {
    private static final String ANY = "*";

    /** Adds what lets the page of an allowed origin read the reply. */
    void mark(HttpFields headers, Reply reply) {
        if (origins.isEmpty()) {
            return;
        }
        reply.header("Vary", "Origin");
        String origin = allowed(headers.get("Origin"));
        if (origin != null) {
            reply.header("Access-Control-Allow-Origin", origin);
            reply.header("Access-Control-Expose-Headers", "*");
        }
    }

    private @Nullable String allowed(@Nullable String origin) {
        if (origin == null) {
            return null;
        }
        return origins.contains(ANY) ? ANY : origins.contains(origin) ? origin : null;
    }

    /**
     * Answers {@code OPTIONS}: what the path takes, and to a browser that asks before it sends, whether it may.
     *
     * @param methods that the path has, with commas
     */
    void answerOptions(HttpFields headers, String methods, Reply reply) {
        reply.header("Allow", methods);
        String wanted = headers.get("Access-Control-Request-Headers");
        if (headers.contains("Access-Control-Request-Method") && allowed(headers.get("Origin")) != null) {
            reply.header("Access-Control-Allow-Methods", methods);
            if (wanted != null) {
                reply.header("Access-Control-Allow-Headers", wanted);
            }
            reply.header("Access-Control-Max-Age", "600");
        }
        reply.sendNothing(204);
    }
}
