package io.thalweg.bench.ledger;

import java.util.Arrays;

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
    public final long[] userData128Low;
    public final long[] userData128High;
    public final long[] userData64;
    public final int[] userData32;

    /** Not zero. */
    public final int[] code;

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
        userData128Low = new long[count];
        userData128High = new long[count];
        userData64 = new long[count];
        userData32 = new int[count];
        code = new int[count];
        Arrays.fill(code, 1);
        pendingLow = new long[count];
        pendingHigh = new long[count];
    }

    public int count() {
        return idLow.length;
    }
}
