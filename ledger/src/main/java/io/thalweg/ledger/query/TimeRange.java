package io.thalweg.ledger.query;

import io.thalweg.ledger.store.Records;

/**
 * The bounds of a query's timestamps, in ns, both inclusive.
 *
 * @param min 0 for open, else the least timestamp
 * @param max 0 for open, else the greatest timestamp
 */
record TimeRange(long min, long max) {
    static final TimeRange ALL = new TimeRange(0, 0);

    /** Whether both bounds are timestamps or open, and some timestamp can lie between them. */
    static boolean valid(long min, long max) {
        return min >= 0 && max >= 0 && (max == 0 || min <= max);
    }

    /** The first slot of the range. */
    long from(Records records, long bound) {
        return min == 0 ? 0 : records.lowerBound(min, bound);
    }

    /** The slot after the last of the range. */
    long to(Records records, long bound) {
        return max == 0 || max == Long.MAX_VALUE ? bound : records.lowerBound(max + 1, bound);
    }
}
