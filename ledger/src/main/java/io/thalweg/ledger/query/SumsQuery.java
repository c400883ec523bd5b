package io.thalweg.ledger.query;

/**
 * Which sums of transfers are asked for. Whole minutes cost nothing: a range that begins or ends within a minute makes the query
 * read that minute's transfers.
 *
 * @param ledger u32, 0 for all
 * @param code 0 for all
 * @param timestampMin inclusive, ns; 0 for open
 * @param timestampMax inclusive, ns; 0 for open
 * @param minutes the length of the times that are summed up apart, at least 1
 */
public record SumsQuery(int ledger, int code, long timestampMin, long timestampMax, long minutes) {
    public SumsQuery {
        if (code < 0 || code > 0xFFFF) {
            throw new IllegalArgumentException("code " + code + ", expected 0 to 65535");
        }
        if (!TimeRange.valid(timestampMin, timestampMax)) {
            throw new IllegalArgumentException("timestamps from " + timestampMin + " to " + timestampMax);
        }
        if (minutes < 1) {
            throw new IllegalArgumentException("times of " + minutes + " minutes, expected at least 1");
        }
    }
}
