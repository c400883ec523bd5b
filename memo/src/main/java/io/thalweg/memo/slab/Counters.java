package io.thalweg.memo.slab;

/** What a slab counts; see {@link SlabStatus.Traffic}. */
final class Counters {
    long messagesSent;
    long bytesSent;
    long memosSent;
    long memoBytesSent;
    long memosReceived;
    long redundant;
    long refused;
    long repairBytes;
    long evicted;
    long dropped;

    SlabStatus.Traffic traffic() {
        return new SlabStatus.Traffic(
                messagesSent,
                bytesSent,
                memosSent,
                memoBytesSent,
                memosReceived,
                redundant,
                refused,
                repairBytes,
                evicted,
                dropped);
    }
}
