package io.thalweg.view.java;

import java.time.Duration;
import java.time.Instant;

/** Where a view begins in a log; counts when the view has taken nothing of it yet. */
public sealed interface Start {
    /** With the oldest event that is kept; so it is unless said otherwise. */
    record Beginning() implements Start {}

    /** With the first event that is appended after the view was deployed. */
    record End() implements Start {}

    /**
     * With an event of each partition.
     *
     * @param first from 1
     */
    record Sequence(long first) implements Start {
        public Sequence {
            if (first < 1) {
                throw new DeclarationException("a view begins with sequence " + first + ", expected 1 or more");
            }
        }
    }

    /** With events that are so old or younger when the view begins. */
    record Ago(Duration age) implements Start {
        public Ago {
            if (age.isNegative()) {
                throw new DeclarationException(
                        "a view begins with events of " + age + " ago, expected no negative age");
            }
        }
    }

    /** With events of this time or later. */
    record At(Instant time) implements Start {}
}
