package io.thalweg.memo.peering;

import io.thalweg.memo.MemoId;

/**
 * What a slab knows of a tenant, in short: the sum of the first halves of all ids, and their number. Two slabs with equal digests
 * know the same memos; whoever could make two different sets with one sum could also make two memos with one id half as
 * long, and would only keep his own from being found. Immutable.
 */
public record Digest(long high, long low, long count) {
    public static final Digest EMPTY = new Digest(0, 0, 0);

    /** The digest with one memo more, which was not in it. */
    public Digest with(MemoId memo) {
        long sum = low + memo.b();
        long carry = Long.compareUnsigned(sum, low) < 0 ? 1 : 0;
        return new Digest(high + memo.a() + carry, sum, count + 1);
    }
}
