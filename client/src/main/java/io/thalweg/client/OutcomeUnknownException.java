package io.thalweg.client;

import java.io.Serial;

/**
 * A request was sent, and nobody says what became of it: it may have taken effect, may do so later, or may never. Of accounts and transfers, send the same
 * with the same ids again, or look the ids up, to find out. Of events, read the log: an event that is appended again may be there twice.
 */
public final class OutcomeUnknownException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    OutcomeUnknownException(String message) {
        super(message);
    }
}
