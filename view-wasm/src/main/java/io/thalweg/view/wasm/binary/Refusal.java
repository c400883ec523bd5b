package io.thalweg.view.wasm.binary;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;

/** Makes the one exception with which the loader says no. */
public final class Refusal {
    private Refusal() {}

    public static ThalwegException because(String reason) {
        return new ThalwegException(ErrorCode.INVALID_COMPONENT, reason);
    }

    public static ThalwegException because(String reason, Throwable cause) {
        return new ThalwegException(ErrorCode.INVALID_COMPONENT, reason, cause);
    }
}
