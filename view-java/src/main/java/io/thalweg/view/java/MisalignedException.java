package io.thalweg.view.java;

/** A handler reaches for a key that lies in another slot than its event's; the text names the key and the line of the handler. */
public final class MisalignedException extends RuntimeException {
    public MisalignedException(String message) {
        super(message);
    }
}
