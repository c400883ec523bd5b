package io.thalweg.shard.stream;

import io.thalweg.model.StreamId;

/**
 * Where apply tells what became of the bytes that it just accepted: the index on disk in production. The positions that it gets
 * are relative to the body of the entry in hand. Apply thread only.
 */
public interface StreamIndex {

    /** A snapshot has the stream, with these events. */
    void restore(StreamId stream, long first, long head);

    /** {@code count} records of {@code length} bytes at {@code offset} of the entry's body are events from here on. */
    void append(StreamId stream, long firstSequence, int count, long timestampNs, int offset, int length);

    /** Nobody will ask for events before {@code firstSequence} again. */
    void trim(StreamId stream, long firstSequence);

    /** Nobody will ask for the stream again. */
    void delete(StreamId stream);

    /** The entry is applied in whole: readers may see the stream up to {@code head}. */
    void publish(StreamId stream, long head);
}
