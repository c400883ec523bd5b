package io.thalweg.model;

/** Bytes from disk or network that are not what their format says; the text names what was found and what was expected. */
public final class MalformedException extends RuntimeException {
    public MalformedException(String message) {
        super(message);
    }
}
