package io.thalweg.view.follow;

import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * What a follower remembers of its failures, so that it neither gives up too early nor tries for ever, and never shows less than it
 * did. Used by the follower's worker alone.
 */
final class Recovery {
    private static final long RETRY_MS_FIRST = 500;
    private static final long RETRY_MS_MAX = 60_000;

    private final int tries;
    private long failing; // sequence at which the code failed last, or 0
    private String failure = ""; // how
    private int attempts; // failures at it, without progress
    private int saveFailures;
    private long shown; // where the state was before it was lost
    private long retryDelayMs = RETRY_MS_FIRST;

    /** @param tries failures without progress that are too many */
    Recovery(int tries) {
        this.tries = tries;
    }

    /** The instance is lost; queries wait until a new one has come to where this one was. */
    void lost(long position) {
        shown = Math.max(shown, position);
    }

    /** Where the state has to come before it may be shown. */
    long target() {
        return shown;
    }

    boolean isBehind(long position) {
        return position < shown;
    }

    /** It will not come any further than this, so this may be shown. */
    void settleFor(long position) {
        shown = Math.min(shown, position);
    }

    /** The code trapped at an event. */
    String trapped(long sequence, Throwable cause) {
        attempts = failing != 0 && sequence <= failing ? attempts + 1 : 1;
        failing = sequence;
        failure = "code failed at sequence " + sequence + ": " + text(cause);
        return failure + " (failure " + attempts + " of " + tries + ")";
    }

    /** The code refused an event, and trying again would not help. */
    void refused(long sequence, String why) {
        failing = sequence;
        failure = why;
    }

    /** The sequence before which the state is made safe, because the code failed there; 0 for none. */
    long failing() {
        return failing;
    }

    String failure() {
        return failure;
    }

    /** How it failed, while it is not yet past it. */
    @Nullable
    String trouble() {
        return failing == 0 || attempts == 0 ? null : failure;
    }

    boolean isExhausted() {
        return attempts >= tries;
    }

    /** True when this took the state past the event that failed. */
    boolean passed(long position) {
        if (failing == 0 || position < failing) {
            return false;
        }
        failing = 0;
        attempts = 0;
        return true;
    }

    /** The code could not give its state; true when that happened too often. */
    boolean couldNotSave() {
        return ++saveFailures >= tries;
    }

    void couldSave() {
        saveFailures = 0;
    }

    /** How long to wait after a fault of the machine: longer each time. */
    long retryDelayMs() {
        long delay = retryDelayMs;
        retryDelayMs = Math.min(RETRY_MS_MAX, 2 * retryDelayMs);
        return delay;
    }

    /** The machine works. */
    void machineWorks() {
        retryDelayMs = RETRY_MS_FIRST;
    }

    /** An operator wants it to be tried again. */
    void forgive() {
        attempts = 0;
        saveFailures = 0;
        retryDelayMs = RETRY_MS_FIRST;
    }

    static String text(Throwable e) {
        Throwable cause = e;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause.getMessage() == null ? cause.toString() : cause.getMessage();
    }
}
