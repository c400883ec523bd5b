package io.thalweg.server.http;

/** A refusal that only HTTP knows, such as a form that cannot be given; all others are the words of the model. */
final class Refusal extends RuntimeException {
    private final int status;
    private final String code;

    Refusal(int status, String code, String message) {
        super(message, null, false, false);
        this.status = status;
        this.code = code;
    }

    int status() {
        return status;
    }

    ErrorReply reply() {
        return new ErrorReply(String.valueOf(getMessage()), code);
    }
}
