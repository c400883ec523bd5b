package io.thalweg.ports.clock;

import java.time.Duration;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * A machine's clock whose jumps are spread over time, so that an operator's or a time server's mistake does not expire a day's
 * idempotency keys and pending transfers at once, and time neither stands still nor runs back after the mistake is mended.
 *
 * <p>What it shows goes on with the steady clock and is brought nearer to the wall clock by what a bucket allows, which holds at most a
 * second and is filled by a tenth of the time that passes. So a step of less than a second is taken at once; of a larger one the
 * first second is, and then an hour lasts 54 to 66 minutes until the two meet. Meanwhile it warns, once a minute.
 *
 * <p>The steady clock does not outlive the process and stands while the machine sleeps: the first time shown is the wall clock's, so
 * a restart takes a jump over in one step. Thread-safe.
 */
public final class SlewingClock implements Clock {
    static final long STEP_NS_MAX = Duration.ofSeconds(1).toNanos();
    static final int SLEW_DIVISOR = 10;
    private static final long WARN_ABOVE_NS = 2 * STEP_NS_MAX;
    private static final long WARN_EVERY_NS = Duration.ofMinutes(1).toNanos();

    private final Clock machine;
    private final Consumer<String> warnings;

    // Guarded by this:
    private long shownNs;
    private long steadyNs;
    private long bucketNs = STEP_NS_MAX;
    private long warnedNs;

    /** @param warnings told in words that the machine's clock has jumped; from whichever thread reads the time */
    public SlewingClock(Clock machine, Consumer<String> warnings) {
        this.machine = machine;
        this.warnings = warnings;
        shownNs = machine.wallNs();
        steadyNs = machine.monotonicNs();
        warnedNs = steadyNs - WARN_EVERY_NS;
    }

    @Override
    public synchronized long wallNs() {
        long now = machine.monotonicNs();
        long passedNs = Math.max(0, now - steadyNs);
        steadyNs = now;
        shownNs += passedNs;
        bucketNs = Math.min(STEP_NS_MAX, bucketNs + passedNs / SLEW_DIVISOR);
        long aheadNs = machine.wallNs() - shownNs;
        long stepNs = Math.clamp(aheadNs, -bucketNs, bucketNs);
        shownNs += stepNs;
        bucketNs -= Math.abs(stepNs);
        warn(aheadNs - stepNs);
        return shownNs;
    }

    private void warn(long aheadNs) {
        if (Math.abs(aheadNs) > WARN_ABOVE_NS && steadyNs - warnedNs >= WARN_EVERY_NS) {
            warnedNs = steadyNs;
            warnings.accept(String.format(
                    Locale.ROOT,
                    "the machine's clock has jumped: it is %.1f s %s; the node's time goes a tenth %s until they meet,"
                            + " or a restart takes the machine's",
                    Math.abs(aheadNs) / 1e9,
                    aheadNs > 0 ? "ahead" : "behind",
                    aheadNs > 0 ? "faster" : "slower"));
        }
    }

    @Override
    public long monotonicNs() {
        return machine.monotonicNs();
    }
}
