package io.thalweg.view.java;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The port of a view to the streams of its shard: those that it follows, and those that it writes. Streams are named; sequences begin at
 * 1. Implementations are thread-safe.
 */
public interface Streams {

    /** An event of a stream. */
    record Event(long sequence, @Nullable String key, byte[] payload) {}

    /** An event for a stream. */
    record Append(String stream, @Nullable String key, byte[] payload) {}

    /** At most {@code max} durable events of a stream with sequences above {@code after}. */
    List<Event> read(String stream, long after, int max);

    /** The newest sequence of a stream, 0 if it has none. */
    long newest(String stream);

    /**
     * Appends all or nothing, durably, if the newest sequence of {@code conditional} is {@code expected}.
     *
     * @return whether it was appended. An exception leaves open whether it was
     */
    boolean append(String conditional, long expected, List<Append> appends);
}
