package io.thalweg.server.javaviews;

import org.jspecify.annotations.Nullable;

/**
 * How fresh an answer of a view must be.
 *
 * @param after token of a position that it must reflect, hops included; null for whatever there is. A bare sequence is of the log that it was given
 *     for, so that it is waited for in every log as far as that has come
 * @param by who may answer
 */
public record Freshness(@Nullable String after, By by) {
    /** Who answers. */
    public enum By {
        /** The node that runs the view; where a position is named, any replica that has it. */
        RUNNING,
        /** Any replica of its indexes, as far as that is, also while nobody runs the view. */
        STALE,
        /** The node that runs it, with all that was acknowledged before the call. */
        LINEARIZABLE
    }
}
