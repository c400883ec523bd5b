package io.thalweg.server.inside;

import io.thalweg.shard.ledger.ExpiryPulse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Steps the pulse that expires pending transfers, on a thread of its own. */
public final class ExpiryClock implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ExpiryClock.class);

    private final ExpiryPulse pulse;
    private final Thread thread =
            Thread.ofPlatform().name("ledger-expiry").daemon().unstarted(this::run);

    public ExpiryClock(ExpiryPulse pulse) {
        this.pulse = pulse;
    }

    /** Begins to step. */
    public void start() {
        thread.start();
    }

    private void run() {
        try {
            while (true) {
                Thread.sleep(ExpiryPulse.STEP_MS);
                try {
                    pulse.step();
                } catch (RuntimeException e) {
                    LOG.warn("Pending transfers could not be expired; the next step tries again", e);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
