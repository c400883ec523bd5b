package io.thalweg.view;

import java.util.Locale;

/** What a version of a view is doing. */
public enum ViewState {
    /** Loading code or the newest snapshot. */
    STARTING,
    /** Working through events that were there before it started. */
    REPLAYING,
    /** Has caught up at least once and follows. */
    LIVE,
    /** Stands before an event that it cannot process; waits for an operator. */
    PARKED,
    /** Stands still because it is told to. */
    PAUSED,
    /** Cannot run; the reason says whether it tries again by itself. */
    FAILED;

    /** The state as clients see it, e.g. {@code live}. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
