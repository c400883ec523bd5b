package io.thalweg.model.request;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import java.nio.ByteBuffer;

/** What apply answers to one request: a result whose form the operation defines, or a refusal. */
public sealed interface Reply {

    /** The operation took effect (or did so before, and this is the same answer again). */
    record Done(ByteBuffer result) implements Reply {}

    /** Nothing changed. */
    record Refused(ErrorCode code, String message) implements Reply {
        public ThalwegException toException() {
            return new ThalwegException(code, message);
        }
    }

    /** The result, or the refusal as an exception. */
    default ByteBuffer orThrow() {
        return switch (this) {
            case Done done -> done.result().duplicate().order(java.nio.ByteOrder.LITTLE_ENDIAN);
            case Refused refused -> throw refused.toException();
        };
    }
}
