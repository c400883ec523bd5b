package io.thalweg.log;

import io.thalweg.model.StreamId;
import io.thalweg.ports.disk.CorruptionException;
import java.time.Duration;

/**
 * Reads what has been applied. Any number of threads may read while the shard applies; nothing unacknowledged is ever seen.
 */
public interface EventReader {

    /** The newest visible sequence; 0 when the stream is empty or unknown. */
    long head(StreamId stream);

    /** The oldest sequence that is still kept; {@code head + 1} when none is. */
    long first(StreamId stream);

    /**
     * Reads events from {@code fromSequence} on, in order and without a gap: as many as there are, at most {@code maxEvents},
     * and no further event once {@code maxBytes} of payload are exceeded (at least one event is returned if there is one).
     *
     * @throws io.thalweg.model.ThalwegException {@code SEQUENCE_GONE} when {@code fromSequence} is older than {@link #first}
     * @throws CorruptionException when stored bytes are not what was written; names file and offset
     */
    EventBatch read(StreamId stream, long fromSequence, int maxEvents, int maxBytes);

    /** Waits until {@link #head} is at least {@code sequence}; false when {@code timeout} passes first. */
    boolean await(StreamId stream, long sequence, Duration timeout) throws InterruptedException;
}
