package io.thalweg.view.java.query;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;

/** The port to the other views of a tenant. Thread-safe. */
@FunctionalInterface
public interface Others {
    /** There are no others. */
    Others NONE = view -> {
        throw new ThalwegException(ErrorCode.NOT_FOUND, "there is no view " + view + " here");
    };

    /**
     * What is committed of another view now; to be closed.
     *
     * @throws ThalwegException {@code NOT_FOUND} when there is none of the name, {@code UNAVAILABLE} when what it keeps is not at hand
     */
    OtherView open(String view);
}
