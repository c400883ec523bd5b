package io.thalweg.server.http;

import io.thalweg.model.ErrorCode;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The one form in which every endpoint says no: {@code {"error": "<for people>", "code": "<for programs>"}}. */
public record ErrorReply(String error, @Nullable String code) {

    /** What clients of the rate limit get, as plain text. */
    public static final byte[] RATE_LIMITED = "Rate limit exceeded".getBytes(StandardCharsets.US_ASCII);

    public static ErrorReply of(ErrorCode code, @Nullable String message) {
        return new ErrorReply(message == null ? code.text() : message, code.text());
    }

    public static int status(ErrorCode code) {
        return switch (code.kind()) {
            case INVALID -> 400;
            case UNAUTHENTICATED -> 401;
            case FORBIDDEN -> 403;
            case NOT_FOUND -> 404;
            case CONFLICT -> 409;
            case GONE -> 410;
            case TOO_LARGE -> 413;
            case UNSUPPORTED_MEDIA_TYPE -> 415;
            case RATE_LIMITED -> 429;
            case INTERNAL -> 500;
            case BAD_GATEWAY -> 502;
            case UNAVAILABLE -> 503;
            case TIMEOUT -> 504;
        };
    }
}
