package io.thalweg.view.follow;

import io.thalweg.model.event.EventId;
import io.thalweg.view.ViewState;

/**
 * What a follower is doing. {@link LifeCycle#become} is the one way from one phase to another:
 *
 * <pre>
 * Starting ─▶ Following ◀─▶ Parked
 *     │        ▲  │  ▲        │
 *     │        │  ▼  └ Paused ┘     a pause holds what it found
 *     └─────▶ Failed                and so does a failure, which retries by itself or waits for somebody
 *                           any ─▶ Ended
 * </pre>
 *
 * Whether there is an instance of the code at the moment is another matter: it is lost and replaced in any phase.
 */
sealed interface Phase {
    long NEVER = Long.MAX_VALUE;

    /** As clients see it. */
    ViewState shown();

    /** What it is doing when nothing holds it up any more. */
    default Phase freed() {
        return this;
    }

    /** Loads code and state for the first time. */
    record Starting() implements Phase {
        @Override
        public ViewState shown() {
            return ViewState.STARTING;
        }
    }

    /**
     * Processes events.
     *
     * @param caughtUp whether it came to the end once
     */
    record Following(boolean caughtUp) implements Phase {
        @Override
        public ViewState shown() {
            return caughtUp ? ViewState.LIVE : ViewState.REPLAYING;
        }
    }

    /** Stands before an event that it cannot process. */
    record Parked(EventId at, String why, Following before) implements Phase {
        @Override
        public ViewState shown() {
            return ViewState.PARKED;
        }

        @Override
        public Phase freed() {
            return before;
        }
    }

    /** Stands still because it is told to; {@code held} is following or parked. */
    record Paused(Phase held) implements Phase {
        @Override
        public ViewState shown() {
            return ViewState.PAUSED;
        }

        @Override
        public Phase freed() {
            return held.freed();
        }
    }

    /** Cannot run. */
    record Failed(String why, long retryAtMs, Phase before) implements Phase {
        @Override
        public ViewState shown() {
            return ViewState.FAILED;
        }

        @Override
        public Phase freed() {
            return before.freed();
        }
    }

    /** Does nothing any more. */
    record Ended() implements Phase {
        @Override
        public ViewState shown() {
            return ViewState.PAUSED;
        }
    }
}
