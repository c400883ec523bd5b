package io.thalweg.server.javaviews.watch;

import io.thalweg.server.javaviews.watch.StepWatch.Verdict;

/**
 * Tells whether code of users that runs on and on is to be asked to stop, or to be given up. What was asked gets as long again as what was not: a
 * process that slept, with all its code, wakes to code that nobody has asked yet. For one who looks again and again.
 */
final class Patience {
    private long askedOfNs;
    private long askedNs;

    /**
     * @param busySinceNs since when it runs; 0 when none does
     * @param nowNs the time by the same clock
     */
    Verdict look(long busySinceNs, long nowNs, long patienceNs) {
        if (busySinceNs == 0 || nowNs - busySinceNs <= patienceNs) {
            return Verdict.LET;
        }
        if (askedOfNs != busySinceNs) {
            askedOfNs = busySinceNs;
            askedNs = nowNs;
        }
        return nowNs - askedNs > patienceNs ? Verdict.GIVE_UP : Verdict.ASK;
    }
}
