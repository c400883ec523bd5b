package io.thalweg.server.views;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks twice a second at how views here and on other nodes differ, on a thread of its own, for others that are asked may be slow to answer. */
final class ReplicaWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicaWatch.class);
    private static final Duration PAUSE = Duration.ofMillis(500);

    private final ParkedHere parked;
    private final StateComparison states;
    private final Thread thread = Thread.ofPlatform().name("view-replicas").unstarted(this::run);
    private volatile boolean stopping;

    private ReplicaWatch(RunningViews here, ViewReplicas others) {
        this.parked = new ParkedHere(here, others);
        this.states = new StateComparison(here, others);
    }

    /** Begins to look; not on a node without others. */
    static ReplicaWatch start(RunningViews here, ViewReplicas others) {
        ReplicaWatch watch = new ReplicaWatch(here, others);
        if (!others.equals(ViewReplicas.NONE)) {
            watch.thread.start();
        }
        return watch;
    }

    private void run() {
        try {
            while (!stopping) {
                Thread.sleep(PAUSE);
                try {
                    parked.look();
                    states.look();
                } catch (RuntimeException e) {
                    LOG.error("views could not be compared with those of other nodes; trying again", e);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        stopping = true;
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
