package io.thalweg.view.java;

import java.time.Duration;

/**
 * How a call to the outside is made.
 *
 * @param timeout of one try, after which it is interrupted and counts as failed
 * @param attempts from 1; then the handler hears of the failure, and nobody knows whether it happened: what must not happen twice has no bound here
 * @param inReplays whether it is also made for events that are processed again after a rebuild; otherwise nothing comes of those
 */
public record CallOptions(Duration timeout, int attempts, boolean inReplays) {
    /** 30 seconds, five tries, none in replays. */
    public static final CallOptions DEFAULT = new CallOptions(Duration.ofSeconds(30), 5, false);

    public CallOptions {
        if (timeout.isNegative() || timeout.isZero() || attempts < 1) {
            throw new DeclarationException("a call may take " + timeout + " and " + attempts
                    + " tries, expected more than no time and at least one try");
        }
    }
}
