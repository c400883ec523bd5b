package io.thalweg.index.path;

/** A path that does not fit what it is used on; the text names the element, what was found there, and what would fit. */
public final class PathException extends IllegalArgumentException {
    public PathException(String message) {
        super(message);
    }

    PathException(String message, Throwable cause) {
        super(message, cause);
    }
}
