package io.thalweg.server.feeds;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/** A set of numbers that are mostly dense and may have wide gaps: a bit each, in pages. Not thread-safe. */
final class ArrivalSet {
    private static final int PAGE_BITS = 16;

    private final Map<Long, BitSet> pages = new HashMap<>();

    void add(long number) {
        pages.computeIfAbsent(number >>> PAGE_BITS, _ -> new BitSet()).set(bit(number));
    }

    boolean contains(long number) {
        BitSet page = pages.get(number >>> PAGE_BITS);
        return page != null && page.get(bit(number));
    }

    private static int bit(long number) {
        return (int) (number & ((1 << PAGE_BITS) - 1));
    }
}
