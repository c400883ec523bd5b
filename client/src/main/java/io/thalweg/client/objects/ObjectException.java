package io.thalweg.client.objects;

import java.io.Serial;

/** A slab refused. The text says why; a write that was refused for want of nines or of time stays all the same. */
public final class ObjectException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    private final int status;
    private final String code;

    ObjectException(int status, String code, String message) {
        super(message);
        this.status = status;
        this.code = code;
    }

    /** The HTTP status. */
    public int status() {
        return status;
    }

    /** The machine code, e.g. {@code context_missing} or {@code durability_not_reached}; empty when there is none. */
    public String code() {
        return code;
    }
}
