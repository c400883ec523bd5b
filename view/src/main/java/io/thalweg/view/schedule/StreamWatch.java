package io.thalweg.view.schedule;

import io.thalweg.log.EventReader;
import io.thalweg.model.StreamId;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells when a stream has grown: one virtual thread, however many follow. */
final class StreamWatch implements ViewThreads.Watch {
    private static final Logger LOG = LoggerFactory.getLogger(StreamWatch.class);
    private static final Duration LOOK = Duration.ofMinutes(1);
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final EventReader reader;
    private final StreamId stream;
    private final Runnable grown;
    private final Thread thread;
    private volatile boolean stopped;

    private StreamWatch(EventReader reader, StreamId stream, Runnable grown) {
        this.reader = reader;
        this.stream = stream;
        this.grown = grown;
        this.thread = Thread.ofVirtual().name("view-watch-" + stream).unstarted(this::watch);
    }

    static StreamWatch start(EventReader reader, StreamId stream, Runnable grown) {
        StreamWatch watch = new StreamWatch(reader, stream, grown);
        watch.thread.start();
        return watch;
    }

    @Override
    public void close() {
        stopped = true;
        thread.interrupt();
    }

    private void watch() {
        long seen = 0;
        while (!stopped) {
            try {
                long head = reader.head(stream);
                if (head > seen) {
                    seen = head;
                    grown.run();
                }
                reader.await(stream, seen + 1, LOOK);
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                LOG.warn("waiting for events of {} failed; trying again", stream, e);
                try {
                    Thread.sleep(PAUSE);
                } catch (InterruptedException stop) {
                    return;
                }
            }
        }
    }
}
