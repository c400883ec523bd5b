package io.thalweg.view;

/** How a query ended, if not in an exception. */
public sealed interface QueryOutcome {

    /** The sequence up to which the answer, or the view, reflects the stream. */
    long position();

    /** The view's answer. */
    record Answered(ViewAnswer answer, long position, int version) implements QueryOutcome {}

    /** The deadline passed before the view reached the sequence that the query asked for. */
    record Behind(long position, long wanted, int version) implements QueryOutcome {}
}
