package io.thalweg.bench.ledger;

import io.thalweg.bench.load.Measured;
import org.HdrHistogram.Histogram;

/**
 * What one run saw.
 *
 * @param transfers booked and acknowledged
 * @param elapsedNs from the first request to the last answer
 * @param lastTenthNs of that, for the last tenth of the transfers
 * @param requests latency of each request
 * @param reads latency of each read beside them, or behind them; empty without
 */
public record LedgerResult(long transfers, long elapsedNs, long lastTenthNs, Histogram requests, Histogram reads) {
    public double perSecond() {
        return transfers * 1e9 / elapsedNs;
    }

    public double lastTenthPerSecond() {
        return transfers / 10.0 * 1e9 / lastTenthNs;
    }

    String encode() {
        return transfers + " " + elapsedNs + " " + lastTenthNs + " " + Measured.encode(requests) + " "
                + Measured.encode(reads);
    }

    /** What {@link #encode} made, from a word on. */
    public static LedgerResult decode(String[] words, int at) {
        return new LedgerResult(
                Long.parseLong(words[at]),
                Long.parseLong(words[at + 1]),
                Long.parseLong(words[at + 2]),
                Measured.histogram(words[at + 3]),
                Measured.histogram(words[at + 4]));
    }
}
