package io.thalweg.server.http.logs;

import io.thalweg.directory.Log;
import io.thalweg.log.EventBatch;
import io.thalweg.log.EventReader;
import io.thalweg.model.Position;
import io.thalweg.model.StreamId;
import io.thalweg.server.routing.Shards;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The events of all partitions of a log behind a position, merged by their time: what stands in one partition keeps its order, and what
 * stands in several comes about as it was appended. Reads a little of each partition at a time. One thread.
 */
final class MergedEvents {
    /** What is read of one partition at a time. */
    static final int STEP_BYTES = 32 << 10;

    private static final int STEP_EVENTS = 200;

    private final Shards shards;
    private final TreeMap<StreamId, Long> position;
    private final PriorityQueue<Source> sources =
            new PriorityQueue<>((a, b) -> Long.compare(a.batch.timestampNs(), b.batch.timestampNs()));
    private @Nullable Source current;

    /** A partition that stands on an event. */
    private final class Source {
        final StreamId stream;
        final EventReader reader;
        EventBatch batch;

        Source(StreamId stream, EventReader reader, EventBatch batch) {
            this.stream = stream;
            this.reader = reader;
            this.batch = batch;
        }

        boolean next() {
            if (batch.next()) {
                return true;
            }
            batch = read(stream, reader);
            return batch.next();
        }
    }

    /** @param after what was read before; a partition of which nothing was begins at the oldest that is kept */
    MergedEvents(Shards shards, Log log, Position after) {
        this.shards = shards;
        this.position = new TreeMap<>();
        for (StreamId stream : log.streams()) {
            long at = after.of(stream);
            position.put(stream, at > 0 ? at : shards.events(stream).first(stream) - 1);
        }
    }

    private EventBatch read(StreamId stream, EventReader reader) {
        return reader.read(stream, position.getOrDefault(stream, 0L) + 1, STEP_EVENTS, STEP_BYTES);
    }

    /** Looks for events in partitions that had none at the last look; to be called before the first event and when there are no more. */
    void look() {
        // Partitions that have slots of others first: when one of their events is there, all are that stand before it
        // in the others.
        List<StreamId> looked = new ArrayList<>(position.descendingKeySet());
        sources.forEach(source -> looked.remove(source.stream));
        if (current != null) {
            // It goes on with the next step, and would bring its events twice.
            looked.remove(current.stream);
        }
        for (StreamId stream : looked) {
            EventReader reader = shards.events(stream);
            if (reader.head(stream) > position.getOrDefault(stream, 0L)) {
                Source source = new Source(stream, reader, read(stream, reader));
                if (source.batch.next()) {
                    sources.add(source);
                }
            } else {
                // Refuses a position that is not kept any more.
                var _ = read(stream, reader);
            }
        }
    }

    /** Steps to the next event; false when there is none at the moment. */
    boolean next() {
        Source before = current;
        if (before != null && before.next()) {
            sources.add(before);
        }
        current = sources.poll();
        if (current == null) {
            return false;
        }
        position.put(current.stream, current.batch.sequence());
        return true;
    }

    private Source current() {
        Source source = current;
        if (source == null) {
            throw new IllegalStateException("stands on no event");
        }
        return source;
    }

    /** The event that was stepped to. */
    EventBatch event() {
        return current().batch;
    }

    /** Its partition. */
    int partition() {
        return current().stream.partition();
    }

    /** What was read, this event included. */
    Position position() {
        return Position.of(position);
    }
}
