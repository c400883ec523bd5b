package io.thalweg.view;

import io.thalweg.model.StreamId;

/**
 * Events that a view's state does not reflect because they were no longer kept when it came to them, or it was told to begin behind
 * them.
 *
 * @param from the first of them
 * @param to the last, not less than {@code from}
 */
public record Gap(StreamId stream, long from, long to) {
    /** Gaps that are told apart; further ones widen the last. */
    public static final int MAX = 64;

    public Gap {
        if (from < 1 || to < from) {
            throw new IllegalArgumentException("gap of " + stream + " from " + from + " to " + to + " is none");
        }
    }

    /** As people see it, e.g. {@code 1-82}. */
    public String text() {
        return from == to ? Long.toString(from) : from + "-" + to;
    }
}
