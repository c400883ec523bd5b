package io.thalweg.view.follow;

/** Events a second over the last ten seconds, for people. Fed and read by different threads, each of them one at a time. */
final class RateMeter {
    private static final int SLOTS = 11;
    private static final long SPACING_NS = 1_000_000_000;

    private final long[] counts = new long[SLOTS];
    private final long[] times = new long[SLOTS];
    private int samples;
    private volatile double perSecond;

    /** Takes a sample of a count that only rises, if the last one is a second old. */
    void sample(long count, long nowNs) {
        if (samples > 0 && nowNs - times[(samples - 1) % SLOTS] < SPACING_NS) {
            return;
        }
        counts[samples % SLOTS] = count;
        times[samples % SLOTS] = nowNs;
        samples++;
        int oldest = samples > SLOTS ? samples % SLOTS : 0;
        long elapsed = nowNs - times[oldest];
        perSecond = elapsed > 0 ? (count - counts[oldest]) * 1e9 / elapsed : 0;
    }

    double perSecond() {
        return perSecond;
    }
}
