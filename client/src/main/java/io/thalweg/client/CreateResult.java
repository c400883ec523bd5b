package io.thalweg.client;

/**
 * What became of one account or transfer.
 *
 * @param status {@code created}, {@code exists}, or why not, such as {@code exceeds_credits}
 * @param timestamp when it was created, now or before; for a failure, when it was looked at
 */
public record CreateResult(String status, long timestamp) {
    /** Whether it is there: created by this very request or, with the same content, before. */
    public boolean isThere() {
        return status.equals("created") || status.equals("exists");
    }
}
