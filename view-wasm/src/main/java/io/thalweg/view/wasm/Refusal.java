package io.thalweg.view.wasm;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;

/** Makes the one exception with which the loader says no. */
final class Refusal {
    private Refusal() {}

    static ThalwegException because(String reason) {
        return new ThalwegException(ErrorCode.INVALID_COMPONENT, reason);
    }

    static ThalwegException because(String reason, Throwable cause) {
        return new ThalwegException(ErrorCode.INVALID_COMPONENT, reason, cause);
    }
}
