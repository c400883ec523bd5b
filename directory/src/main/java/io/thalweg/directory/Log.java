package io.thalweg.directory;

import io.thalweg.model.LogId;
import io.thalweg.model.Slots;
import io.thalweg.model.StreamId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A log as the directory knows it; its events are in its shards.
 *
 * @param name unique in the tenant and fixed; begins with {@code $} for the platform's own
 * @param shards which shard holds the stream of each partition; there is at least one
 * @param createdNs nanoseconds since 1970
 * @param splits what made its last partitions, one each
 * @param full names of the views that an append waits for which asks for {@code ack=full}; null for all that follow the log
 */
public record Log(
        LogId id,
        String name,
        List<Integer> shards,
        Retention retention,
        long createdNs,
        List<SlotSplit> splits,
        @Nullable List<String> full) {
    public Log {
        shards = List.copyOf(shards);
        splits = List.copyOf(splits);
        full = full == null ? null : List.copyOf(full);
    }

    /** A log that was never split. */
    public Log(LogId id, String name, List<Integer> shards, Retention retention, long createdNs) {
        this(id, name, shards, retention, createdNs, List.of(), null);
    }

    /** A log all of whose partitions are in one shard. */
    public Log(LogId id, String name, int partitions, int shard, Retention retention, long createdNs) {
        this(id, name, Collections.nCopies(partitions, shard), retention, createdNs);
    }

    /** How many streams it has, from 1. */
    public int partitions() {
        return shards.size();
    }

    /** How many partitions it had before any split. */
    public int firstPartitions() {
        return shards.size() - splits.size();
    }

    /** The partition that owns a slot. */
    public int owner(int slot) {
        return owner(slot, partitions());
    }

    /** The partition that owned a slot when there were {@code asOf} of them. */
    public int owner(int slot, int asOf) {
        int first = firstPartitions();
        int owner = Slots.partition(slot, first);
        for (int made = first; made < asOf; made++) {
            if (splits.get(made - first).moved(owner, slot)) {
                owner = made;
            }
        }
        return owner;
    }

    /** The partition whose slots a partition has its own from, over all splits: one that the log began with. */
    public int root(int partition) {
        int root = partition;
        while (root >= firstPartitions()) {
            root = splits.get(root - firstPartitions()).from();
        }
        return root;
    }

    /** The slots of a partition, ascending. */
    public List<Integer> slots(int partition) {
        return IntStream.range(0, Slots.COUNT)
                .filter(slot -> owner(slot) == partition)
                .boxed()
                .toList();
    }

    /** The same log with a partition more, which has slots of another one and lies beside it. */
    public Log with(SlotSplit split) {
        List<Integer> places = new ArrayList<>(shards);
        places.add(shard(split.from()));
        List<SlotSplit> all = new ArrayList<>(splits);
        all.add(split);
        return new Log(id, name, places, retention, createdNs, all, full);
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
        return new Log(id, name, shards, changed, createdNs, splits, full);
    }

    /** The same log with other views that {@code ack=full} waits for. */
    public Log withFull(@Nullable List<String> views) {
        return new Log(id, name, shards, retention, createdNs, splits, views);
    }
}
