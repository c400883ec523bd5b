package io.thalweg.shard;

import io.thalweg.log.EventBatch;
import io.thalweg.log.EventReader;
import io.thalweg.model.StreamId;
import java.time.Duration;
import java.util.function.Supplier;

/** Reads from whatever files a replica has at the moment: a copy of another's may take their place under its readers. */
final class ReplicaReader implements EventReader {
    /** Whoever waits looks so often whether he waits at the right place. */
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

    private final Supplier<EventReader> current;

    ReplicaReader(Supplier<EventReader> current) {
        this.current = current;
    }

    @Override
    public long head(StreamId stream) {
        return current.get().head(stream);
    }

    @Override
    public long first(StreamId stream) {
        return current.get().first(stream);
    }

    @Override
    public EventBatch read(StreamId stream, long fromSequence, int maxEvents, int maxBytes) {
        return current.get().read(stream, fromSequence, maxEvents, maxBytes);
    }

    @Override
    public boolean await(StreamId stream, long sequence, Duration timeout) throws InterruptedException {
        Duration left = timeout;
        while (left.compareTo(LOOK_AGAIN) > 0) {
            if (current.get().await(stream, sequence, LOOK_AGAIN)) {
                return true;
            }
            left = left.minus(LOOK_AGAIN);
        }
        return current.get().await(stream, sequence, left);
    }
}
