package io.thalweg.server.http;

/** Nobody is there any more to be answered, or what was being answered cannot be completed: the stream or connection ends. */
final class BrokenOff extends RuntimeException {
    BrokenOff(String message) {
        super(message, null, false, false);
    }

    BrokenOff(String message, Throwable cause) {
        super(message, cause, false, false);
    }
}
