package io.thalweg.client;

import java.io.Serial;

/**
 * A request was sent, and its deadline passed without an answer: it may have taken effect, may do so later, or may never. Send
 * the same accounts or transfers with the same ids again, or look the ids up, to find out.
 */
public final class OutcomeUnknownException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    OutcomeUnknownException(String message) {
        super(message);
    }
}
