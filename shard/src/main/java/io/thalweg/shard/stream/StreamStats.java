package io.thalweg.shard.stream;

import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;

/**
 * A stream as of some applied entry.
 *
 * @param createdNs when it was created, in nanoseconds since 1970
 * @param first oldest sequence that is kept; {@code head + 1} when none is
 * @param head newest sequence, 0 when there never was an event
 * @param keptBytes bytes of the kept events' records as stored
 * @param appendedBytes bytes of all records ever appended
 * @param firstAppendNs time of the first event ever appended, 0 without one
 * @param lastAppendNs time of the newest event, 0 without one
 */
public record StreamStats(
        StreamId stream,
        TenantId tenant,
        long createdNs,
        long first,
        long head,
        long keptBytes,
        long appendedBytes,
        long firstAppendNs,
        long lastAppendNs) {

    /** This and another stream of the same log together: bytes are sums, all else reaches from the least to the most. */
    public StreamStats with(StreamStats other) {
        long begun = firstAppendNs == 0 || other.firstAppendNs == 0
                ? Math.max(firstAppendNs, other.firstAppendNs)
                : Math.min(firstAppendNs, other.firstAppendNs);
        return new StreamStats(
                stream,
                tenant,
                Math.min(createdNs, other.createdNs),
                Math.min(first, other.first),
                Math.max(head, other.head),
                keptBytes + other.keptBytes,
                appendedBytes + other.appendedBytes,
                begun,
                Math.max(lastAppendNs, other.lastAppendNs));
    }
}
