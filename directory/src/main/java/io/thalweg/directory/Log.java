package io.thalweg.directory;

import io.thalweg.model.LogId;
import io.thalweg.model.StreamId;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A log as the directory knows it; its events are in its shard.
 *
 * @param name unique in the tenant and fixed; begins with {@code $} for the platform's own
 * @param partitions how many streams it has, from 1
 * @param shard which shard holds its streams
 * @param createdNs nanoseconds since 1970
 */
public record Log(LogId id, String name, int partitions, int shard, Retention retention, long createdNs) {

    /** Whether the platform keeps it for itself: clients can neither create, append to nor delete it. */
    public boolean reserved() {
        return name.startsWith(Names.RESERVED_PREFIX);
    }

    /** The streams of this log, one a partition. */
    public List<StreamId> streams() {
        return IntStream.range(0, partitions).mapToObj(p -> new StreamId(id, p)).toList();
    }

    Log withRetention(Retention changed) {
        return new Log(id, name, partitions, shard, changed, createdNs);
    }
}
