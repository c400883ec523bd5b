package io.thalweg.client;

import java.io.Serial;

/** The ledger refused, or was never asked: nothing was booked. The text says why. */
public final class LedgerException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    LedgerException(String message) {
        super(message);
    }
}
