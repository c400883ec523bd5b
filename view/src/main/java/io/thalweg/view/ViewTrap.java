package io.thalweg.view;

/** The code stopped in the middle: a trap, a limit, an interrupt. The instance is dead; the text says what happened. */
public final class ViewTrap extends RuntimeException {
    public ViewTrap(String message) {
        super(message);
    }

    public ViewTrap(String message, Throwable cause) {
        super(message, cause);
    }
}
