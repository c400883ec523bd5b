package io.thalweg.server.duties;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a node's duties, each on a virtual thread of its own, so that one that waits for a shard delays no other. What a step throws is
 * logged and the step tried again; an {@link Error}, upon which nothing can be trusted, ends the duty and is told to whoever asks
 * whether the node is well.
 */
public final class Duties implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Duties.class);

    /** By the name under which their duties were begun. */
    private final Map<String, List<Thread>> threads = new HashMap<>();

    private boolean closed;
    private volatile @Nullable Throwable failure;

    private Duties() {}

    /** Begins all of them; the first step of each comes after its pause. */
    public static Duties begin(List<Duty> duties) {
        Duties running = new Duties();
        running.begin("", duties);
        return running;
    }

    /** Begins more, under a name by which they can be ended; none when all were closed meanwhile. */
    public synchronized void begin(String name, List<Duty> duties) {
        if (!closed) {
            List<Thread> begun = threads.computeIfAbsent(name, _ -> new ArrayList<>());
            duties.forEach(
                    duty -> begun.add(Thread.ofVirtual().name(duty.name()).start(() -> run(duty))));
        }
    }

    /** Ends what was begun under a name: interrupts the steps that are being done and waits for their end. Not to be called by one of them. */
    public void end(String name) throws InterruptedException {
        List<Thread> ending;
        synchronized (this) {
            List<Thread> begun = threads.remove(name);
            ending = begun == null ? List.of() : begun;
        }
        ending.forEach(Thread::interrupt);
        for (Thread thread : ending) {
            thread.join();
        }
    }

    private void run(Duty duty) {
        try {
            while (true) {
                Thread.sleep(duty.every());
                if (duty.role().getAsBoolean()) {
                    step(duty);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Error e) {
            failure = e;
            LOG.error("the duty {} is not done any more", duty.name(), e);
            throw e;
        }
    }

    private static void step(Duty duty) throws InterruptedException {
        try {
            duty.step().run();
        } catch (RuntimeException e) {
            LOG.warn("a step of the duty {} failed; it is tried again in {}", duty.name(), duty.every(), e);
        }
    }

    /** What ended a duty for good; empty while all are done. */
    public Optional<Throwable> failure() {
        return Optional.ofNullable(failure);
    }

    /** Interrupts the steps that are being done and waits for their end. */
    @Override
    public void close() {
        List<Thread> all = new ArrayList<>();
        synchronized (this) {
            closed = true;
            threads.values().forEach(all::addAll);
        }
        all.forEach(Thread::interrupt);
        try {
            for (Thread thread : all) {
                thread.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
