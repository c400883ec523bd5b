package io.thalweg.client;

import java.io.Serial;

/** A log or a view refused, or was never asked: nothing is stored. */
public final class LogException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    private final String code;

    LogException(String code, String message) {
        super(message + (code.isEmpty() ? "" : " (" + code + ")"));
        this.code = code;
    }

    /** The error's word, such as {@code sequence_mismatch}; empty when no server said one. */
    public String code() {
        return code;
    }
}
