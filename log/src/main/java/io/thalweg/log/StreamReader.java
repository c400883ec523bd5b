package io.thalweg.log;

import io.thalweg.model.StreamId;
import java.time.Duration;

/** Serves events out of the journal's segments, found through its {@link EventIndex}. */
@SuppressWarnings({"DoNotCallSuggester", "ObjectToString"}) // being built
public final class StreamReader implements EventReader {

    public StreamReader(EventIndex index) {
        throw new UnsupportedOperationException("not yet " + index);
    }

    @Override
    public long head(StreamId stream) {
        throw new UnsupportedOperationException("not yet");
    }

    @Override
    public long first(StreamId stream) {
        throw new UnsupportedOperationException("not yet");
    }

    @Override
    public EventBatch read(StreamId stream, long fromSequence, int maxEvents, int maxBytes) {
        throw new UnsupportedOperationException("not yet");
    }

    @Override
    public boolean await(StreamId stream, long sequence, Duration timeout) throws InterruptedException {
        throw new UnsupportedOperationException("not yet");
    }
}
