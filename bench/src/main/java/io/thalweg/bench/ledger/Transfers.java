package io.thalweg.bench.ledger;

/** One request's transfers in plain arrays, filled anew for each request. */
public final class Transfers {
    /** What the transfers of a request are. */
    public enum Phase {
        SINGLE,
        PENDING,
        POST
    }

    public final long[] idLow;
    public final long[] idHigh;
    public final long[] debit;
    public final long[] credit;
    public final long[] amount;

    /** For {@link Phase#POST}: the pending transfer's id. */
    public final long[] pendingLow;

    public final long[] pendingHigh;
    public Phase phase = Phase.SINGLE;

    Transfers(int count) {
        idLow = new long[count];
        idHigh = new long[count];
        debit = new long[count];
        credit = new long[count];
        amount = new long[count];
        pendingLow = new long[count];
        pendingHigh = new long[count];
    }

    public int count() {
        return idLow.length;
    }
}
