package io.thalweg.view.schedule;

import io.thalweg.view.ViewInstance;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * The watchdog's eye on one worker. The worker marks the section in which it runs a view's code and counts its calls; the
 * watchdog looks from time to time, and when it sees the same call for longer than allowed it interrupts the instance. A call
 * therefore costs one plain store and no clock.
 *
 * <p>An interrupt reaches the worker only inside such a section, and none is left over behind it: outside, the worker reads
 * journals and writes snapshots, whose channels an interrupt would close under everybody else.
 */
public final class CallGuard {
    private static final VarHandle CALLS;

    static {
        try {
            CALLS = MethodHandles.lookup().findVarHandle(CallGuard.class, "calls", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private @Nullable ViewInstance running; // guarded by this
    private long limitNs; // guarded by this
    private long seenCalls; // guarded by this; the watchdog's notes
    private long seenSinceNs; // guarded by this
    private boolean seen; // guarded by this

    @SuppressWarnings("UnusedVariable") // written by its handle
    private long calls; // written by the worker alone

    /** The worker begins to run code of {@code instance}; each call may take {@code limitNs}. */
    public synchronized void enter(ViewInstance instance, long limitNs) {
        this.running = instance;
        this.limitNs = limitNs;
        this.seen = false;
        step();
    }

    /** The next call begins. */
    public void step() {
        CALLS.setOpaque(this, (long) CALLS.get(this) + 1);
    }

    /** The worker runs no code of a view any more; takes back an interrupt that came too late. */
    public synchronized void leave() {
        running = null;
        Thread.interrupted();
    }

    /** The watchdog's look; to be called now and then by another thread, with its monotonic time. */
    synchronized void check(long nowNs) {
        if (running == null) {
            return;
        }
        long current = (long) CALLS.getOpaque(this);
        if (!seen || current != seenCalls) {
            seen = true;
            seenCalls = current;
            seenSinceNs = nowNs;
        } else if (nowNs - seenSinceNs > limitNs) {
            running.interrupt();
        }
    }
}
