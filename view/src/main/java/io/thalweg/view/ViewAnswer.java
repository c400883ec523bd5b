package io.thalweg.view;

/** A view's answer to a query. */
public sealed interface ViewAnswer {

    /** A result, and the media type that the view gives it. */
    record Result(String contentType, byte[] body) implements ViewAnswer {}

    /** The view refuses the question; the text is its own. */
    record Refused(String message) implements ViewAnswer {}

    /** What a world without typed results answers with. */
    static Result untyped(byte[] body) {
        return new Result("application/octet-stream", body);
    }
}
