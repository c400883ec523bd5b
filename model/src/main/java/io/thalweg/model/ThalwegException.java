package io.thalweg.model;

import org.jspecify.annotations.Nullable;

/** A refusal with a code that a program can act on and a text that tells a person what to do. */
public class ThalwegException extends RuntimeException {
    private final ErrorCode code;

    public ThalwegException(ErrorCode code, String message) {
        super(message);
        this.code = code;
    }

    public ThalwegException(ErrorCode code, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    public ErrorCode code() {
        return code;
    }
}
