package io.thalweg.view;

import io.thalweg.log.EventReader;
import io.thalweg.model.StreamId;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Wakes the followers of one stream when it grows: one virtual thread, however many follow. */
final class StreamWatch {
    private static final Logger LOG = LoggerFactory.getLogger(StreamWatch.class);
    private static final Duration LOOK = Duration.ofMinutes(1);
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final StreamId stream;
    private final EventReader reader;
    private final List<Follower> followers = new CopyOnWriteArrayList<>();
    private final Thread thread;
    private volatile boolean stopped;

    StreamWatch(StreamId stream, EventReader reader) {
        this.stream = stream;
        this.reader = reader;
        this.thread = Thread.ofVirtual().name("view-watch-" + stream).unstarted(this::watch);
    }

    void start() {
        thread.start();
    }

    void add(Follower follower) {
        followers.add(follower);
    }

    /** True when nobody is left. */
    boolean remove(Follower follower) {
        followers.remove(follower);
        return followers.isEmpty();
    }

    void stop() {
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
                    followers.forEach(Follower::signal);
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
