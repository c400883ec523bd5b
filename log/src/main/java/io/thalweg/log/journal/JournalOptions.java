package io.thalweg.log.journal;

import java.security.SecureRandom;
import java.util.function.LongSupplier;

/**
 * How a journal is laid out.
 *
 * @param segmentBytes a segment that has reached this is closed and the next begun; at most {@link Journal#MAX_SEGMENT_BYTES}
 * @param recentBytes bodies kept in memory until they are applied; older ones are read back from disk
 * @param prefillBytes how far the file is filled with zeros ahead of small appends; 0 never does
 * @param prefillBelowBytes what is forced at once counts as small below this
 * @param aroundBytes from this size on, a body that nobody will read goes past the system's cache
 * @param salt a number for each new segment that clients cannot guess, so that no payload can pass for a frame
 */
public record JournalOptions(
        int segmentBytes,
        long recentBytes,
        int prefillBytes,
        int prefillBelowBytes,
        int aroundBytes,
        LongSupplier salt) {

    public JournalOptions {
        if (segmentBytes < 1 || segmentBytes > Journal.MAX_SEGMENT_BYTES) {
            throw new IllegalArgumentException(
                    "segment of " + segmentBytes + " bytes; expected 1 to " + Journal.MAX_SEGMENT_BYTES);
        }
    }

    /** Of a segment that production begins. */
    public static final int SEGMENT_BYTES = 64 << 20;

    /** What production uses. */
    public static JournalOptions standard() {
        SecureRandom random = new SecureRandom();
        return new JournalOptions(SEGMENT_BYTES, 64L << 20, 256 << 10, 8 << 10, 256 << 10, random::nextLong);
    }

    /** What simulations and tests use: small segments, and salts that a seed decides. */
    public static JournalOptions small(int segmentBytes, LongSupplier salt) {
        return new JournalOptions(segmentBytes, 64L << 10, 4 << 10, 1 << 10, 200, salt);
    }

    public JournalOptions withSegmentBytes(int bytes) {
        return new JournalOptions(bytes, recentBytes, prefillBytes, prefillBelowBytes, aroundBytes, salt);
    }

    public JournalOptions withPrefillBytes(int bytes) {
        return new JournalOptions(segmentBytes, recentBytes, bytes, prefillBelowBytes, aroundBytes, salt);
    }
}
