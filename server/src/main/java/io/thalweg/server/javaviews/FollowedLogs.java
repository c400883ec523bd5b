package io.thalweg.server.javaviews;

import io.thalweg.directory.Log;
import io.thalweg.model.Position;
import io.thalweg.model.StreamId;
import io.thalweg.server.routing.Shards;
import io.thalweg.view.java.run.Wiring;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.IntFunction;

/** The logs that a view follows, as they were when it began here, which of their streams go to which of its partitions, and how far they are. Thread-safe. */
final class FollowedLogs {
    private final List<Log> logs;
    private final int partitions;
    private final Shards shards;

    /** @param partitions of the view */
    FollowedLogs(List<Log> logs, int partitions, Shards shards) {
        this.logs = List.copyOf(logs);
        this.partitions = partitions;
        this.shards = shards;
    }

    List<Log> logs() {
        return logs;
    }

    /** Those that a partition follows. */
    List<StreamId> streams(int partition) {
        return logs.stream()
                .flatMap(log -> log.streams().stream().filter(stream -> log.root(stream.partition()) == partition))
                .toList();
    }

    /** What the view calls a stream. */
    String name(StreamId stream) {
        return logs.stream()
                .filter(log -> log.id().equals(stream.log()))
                .map(log -> Wiring.log(log.name(), stream.partition()))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("the view does not follow " + stream));
    }

    /**
     * How far all of them are taken.
     *
     * @param taken what a partition took last of each stream, by the view's names
     */
    Position position(IntFunction<Map<String, Long>> taken) {
        Map<StreamId, Long> all = new TreeMap<>();
        for (int i = 0; i < partitions; i++) {
            List<StreamId> streams = streams(i);
            Map<String, Long> its = streams.isEmpty() ? Map.of() : taken.apply(i);
            streams.forEach(stream -> all.put(stream, its.getOrDefault(name(stream), 0L)));
        }
        return all.size() == 1
                ? Position.of(
                        all.keySet().iterator().next(), all.values().iterator().next())
                : Position.of(all);
    }

    /** The newest of all. */
    Position heads() {
        Map<StreamId, Long> heads = new TreeMap<>();
        logs.forEach(log -> log.streams()
                .forEach(stream -> heads.put(stream, shards.events(stream).head(stream))));
        return Position.of(heads);
    }

    /** Whether this node has them up to a position. */
    boolean has(Position position) {
        return logs.stream()
                .flatMap(log -> log.streams().stream())
                .allMatch(stream -> position.of(stream) <= shards.events(stream).head(stream));
    }

    /** Where they lie. */
    Set<Integer> shards() {
        Set<Integer> numbers = new TreeSet<>();
        for (Log log : logs) {
            for (int partition = 0; partition < log.partitions(); partition++) {
                numbers.add(log.shard(partition));
            }
        }
        return numbers;
    }
}
