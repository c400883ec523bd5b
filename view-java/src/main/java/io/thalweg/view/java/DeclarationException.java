package io.thalweg.view.java;

/** A view declares what does not fit, or a handler uses what it did not declare; the text names it, and the line where it stands. */
public final class DeclarationException extends IllegalArgumentException {
    public DeclarationException(String message) {
        super(message);
    }
}
