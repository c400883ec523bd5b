package io.thalweg.log;

import io.thalweg.model.StreamId;
import java.io.IOException;

/**
 * Where the events of each stream stand in the journal. Changed by the thread that applies, read by any.
 */
@SuppressWarnings("DoNotCallSuggester") // being built
public final class EventIndex implements AutoCloseable {

    /** What a stream takes, counted over the events that it still keeps. */
    public record Usage(long events, long bytes, long firstTimestampNs, long lastTimestampNs) {
        public static final Usage NONE = new Usage(0, 0, 0, 0);
    }

    /**
     * Opens the index of a journal as of {@code appliedIndex}, which must be what an earlier {@link #checkpoint} was given, or
     * -1 for an empty one. Entries behind it have to be applied, and so added, again.
     *
     * @param cacheBytes memory for the indexes of old segments
     */
    public static EventIndex open(Journal journal, long appliedIndex, long cacheBytes) throws IOException {
        throw new UnsupportedOperationException("not yet");
    }

    /**
     * Tells what the state machine's snapshot knows of a stream: its head and the oldest sequence that it keeps. To be called
     * for each stream after {@link #open} and before anything is added.
     */
    public void restore(StreamId stream, long first, long head) {
        throw new UnsupportedOperationException("not yet");
    }

    /**
     * Adds events of the entry that is being applied. They are seen by nobody before {@link #publish}.
     *
     * @param firstSequence must be the one after the last added
     * @param timestampNs of the first; each next has one nanosecond more
     * @param offset where the first event record begins in the entry's body
     * @param length bytes of all the records
     */
    public void add(
            JournalEntry entry, StreamId stream, long firstSequence, int count, long timestampNs, int offset, int length) {
        throw new UnsupportedOperationException("not yet");
    }

    /** Shows everything of {@code stream} up to {@code head} to readers, and wakes those who wait for it. */
    public void publish(StreamId stream, long head) {
        throw new UnsupportedOperationException("not yet");
    }

    /** Forgets the events before {@code first}; their bytes go when {@link Retention} comes by. */
    public void trim(StreamId stream, long first) {
        throw new UnsupportedOperationException("not yet");
    }

    /** Forgets the whole stream. */
    public void delete(StreamId stream) {
        throw new UnsupportedOperationException("not yet");
    }

    public Usage usage(StreamId stream) {
        throw new UnsupportedOperationException("not yet");
    }

    /** Makes everything added so far durable; {@code appliedIndex} is the index of the last entry that was applied. */
    public void checkpoint(long appliedIndex) throws IOException {
        throw new UnsupportedOperationException("not yet");
    }

    @Override
    public void close() throws IOException {
        throw new UnsupportedOperationException("not yet");
    }
}
