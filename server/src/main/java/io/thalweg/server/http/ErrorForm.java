package io.thalweg.server.http;

/** What the body of a refusal looks like at a door: its readers may know another form than ours. */
@FunctionalInterface
public interface ErrorForm {
    /** Ours. */
    ErrorForm PLAIN = error -> error;

    /** What is written as JSON. */
    Object of(ErrorReply error);
}
