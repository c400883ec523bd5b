package io.thalweg.shard.stream;

/** What a tenant has in a shard's streams beside the streams themselves, and how much of it. Apply thread, but for what is published. */
final class TenantStreams {
    final IdempotencyWindow keys;

    /** A new one when the last stream is gone: nothing is left that a repeat could be appended to. */
    Producers producers = new Producers();

    int streams;
    long keptBytes;

    /** {@link #keptBytes} as of the newest published entry. Any thread. */
    volatile long publishedBytes;

    TenantStreams(long windowNs) {
        keys = new IdempotencyWindow(windowNs);
    }
}
