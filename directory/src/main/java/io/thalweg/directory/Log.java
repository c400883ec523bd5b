package io.thalweg.directory;

import io.thalweg.model.LogId;
import io.thalweg.model.StreamId;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A log as the directory knows it; its events are in its shards.
 *
 * @param name unique in the tenant and fixed; begins with {@code $} for the platform's own
 * @param shards which shard holds the stream of each partition; there is at least one
 * @param createdNs nanoseconds since 1970
 */
public record Log(LogId id, String name, List<Integer> shards, Retention retention, long createdNs) {
    public Log {
        shards = List.copyOf(shards);
    }

    /** A log all of whose partitions are in one shard. */
    public Log(LogId id, String name, int partitions, int shard, Retention retention, long createdNs) {
        this(id, name, Collections.nCopies(partitions, shard), retention, createdNs);
    }

    /** How many streams it has, from 1. */
    public int partitions() {
        return shards.size();
    }

    /** Which shard holds a partition's stream. */
    public int shard(int partition) {
        return shards.get(partition);
    }

    /** The stream of a partition. */
    public StreamId stream(int partition) {
        return new StreamId(id, partition);
    }

    /** Whether the platform keeps it for itself: clients can neither create, append to nor delete it. */
    public boolean reserved() {
        return name.startsWith(Names.RESERVED_PREFIX);
    }

    /** The streams of this log, one a partition. */
    public List<StreamId> streams() {
        return IntStream.range(0, partitions()).mapToObj(this::stream).toList();
    }

    /** The same log that keeps its events for another time. */
    public Log withRetention(Retention changed) {
        return new Log(id, name, shards, changed, createdNs);
    }
}
