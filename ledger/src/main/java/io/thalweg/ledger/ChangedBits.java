package io.thalweg.ledger;

import java.util.Arrays;

/** A growing set of small numbers: which cells changed. */
final class ChangedBits {
    private long[] words = new long[16];

    void set(int number) {
        int word = number >>> 6;
        if (word >= words.length) {
            words = Arrays.copyOf(words, Math.max(word + 1, 2 * words.length));
        }
        words[word] |= 1L << number;
    }

    void clear() {
        Arrays.fill(words, 0);
    }

    /** The first member from {@code from} on and below {@code limit}, or -1. */
    int next(int from, int limit) {
        for (int word = from >>> 6; word < words.length; word++) {
            long left = word == from >>> 6 ? words[word] & (-1L << from) : words[word];
            if (left != 0) {
                int number = (word << 6) + Long.numberOfTrailingZeros(left);
                return number < limit ? number : -1;
            }
        }
        return -1;
    }
}
