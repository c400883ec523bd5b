package io.thalweg.server.http;

import org.jspecify.annotations.Nullable;

/** The methods of HTTP that routes have. {@code HEAD} is answered by the route of {@code GET}, {@code OPTIONS} by the door. */
public enum Method {
    GET,
    POST,
    PUT,
    PATCH,
    DELETE;

    /** The method as it stands in a request. */
    public String text() {
        return name();
    }

    /** The method, or null for one that no route has. */
    static @Nullable Method of(String text) {
        return switch (text) {
            case "GET", "HEAD" -> GET;
            case "POST" -> POST;
            case "PUT" -> PUT;
            case "PATCH" -> PATCH;
            case "DELETE" -> DELETE;
            default -> null;
        };
    }
}
