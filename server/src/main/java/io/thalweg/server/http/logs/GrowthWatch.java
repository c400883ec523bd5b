package io.thalweg.server.http.logs;

import io.thalweg.directory.Log;
import io.thalweg.log.EventReader;
import io.thalweg.model.StreamId;
import io.thalweg.server.routing.Shards;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Tells when any partition of a log has grown: a virtual thread each. Made, used and closed by one thread. */
final class GrowthWatch implements AutoCloseable {
    private static final Duration LOOK = Duration.ofMinutes(1);

    private final Semaphore grown = new Semaphore(0);
    private final List<Thread> threads = new ArrayList<>();

    GrowthWatch(Shards shards, Log log) {
        for (StreamId stream : log.streams()) {
            EventReader reader = shards.events(stream);
            long seen = reader.head(stream);
            threads.add(Thread.ofVirtual().name("tail-" + stream).start(() -> watch(reader, stream, seen)));
        }
    }

    private void watch(EventReader reader, StreamId stream, long from) {
        long seen = from;
        try {
            while (!Thread.interrupted()) {
                if (reader.await(stream, seen + 1, LOOK)) {
                    seen = reader.head(stream);
                    grown.release();
                }
            }
        } catch (InterruptedException _) {
            // closed
        }
    }

    /** Waits until something has grown since the call before, or for {@code timeout}. */
    void await(Duration timeout) throws InterruptedException {
        if (grown.tryAcquire(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
            grown.drainPermits();
        }
    }

    @Override
    public void close() {
        threads.forEach(Thread::interrupt);
    }
}
