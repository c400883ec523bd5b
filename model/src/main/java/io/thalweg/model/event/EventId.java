package io.thalweg.model.event;

import io.thalweg.model.StreamId;

/**
 * Which event: its stream and its place in it.
 *
 * @param sequence 1 or more
 */
public record EventId(StreamId stream, long sequence) {
    public EventId {
        if (sequence < 1) {
            throw new IllegalArgumentException("sequence " + sequence + " of " + stream + " is less than 1");
        }
    }
}
