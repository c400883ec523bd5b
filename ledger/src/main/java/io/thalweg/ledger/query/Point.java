package io.thalweg.ledger.query;

/**
 * A state that a ledger had: everything booked up to some time, nothing after it. It stays valid for ever.
 *
 * @param transfers how many transfers there were
 * @param expiries how many pending transfers had expired
 * @param accounts how many accounts there were
 */
public record Point(long transfers, long expiries, long accounts) {
    public Point {
        if (transfers < 0 || expiries < 0 || accounts < 0) {
            throw new IllegalArgumentException(
                    "a point of " + transfers + " transfers, " + expiries + " expiries, " + accounts + " accounts");
        }
    }
}
