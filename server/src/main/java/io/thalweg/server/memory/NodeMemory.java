package io.thalweg.server.memory;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.view.MemoryGrant;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One budget for the node over what clients can make large. Of it a tenant has at most half, and all those who have not said who they
 * are together at most a sixteenth, so that strangers cannot take the memory of those who are known, nor one tenant that of all
 * others. Who finds it used up waits for {@link #PATIENCE_MS} and is then refused with {@code OVERLOADED}. Thread-safe.
 *
 * <p>A budget counts what it is told. Callers tell it before they allocate, in steps, as bytes come.
 */
public final class NodeMemory {
    private static final long PATIENCE_MS = 1_000;
    private static final int TENANT_PART = 2;
    private static final int STRANGERS_PART = 16;

    /** Those who have not said who they are, together. */
    private static final Object STRANGERS = new Object();

    private final long bytes;
    private final long patienceMs;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition given = lock.newCondition();
    private final Map<Object, Long> taken = new HashMap<>();
    private long takenBytes;

    /** @param bytes at most, all tenants together */
    public NodeMemory(long bytes) {
        this(bytes, PATIENCE_MS);
    }

    private NodeMemory(long bytes, long patienceMs) {
        this.bytes = bytes;
        this.patienceMs = patienceMs;
    }

    /** One whose callers do not wait, since they come again by themselves. */
    public static NodeMemory refusingAtOnce(long bytes) {
        return new NodeMemory(bytes, 0);
    }

    /** Bytes that are taken at the moment. */
    public long takenBytes() {
        lock.lock();
        try {
            return takenBytes;
        } finally {
            lock.unlock();
        }
    }

    /** A share of a tenant's. */
    public Share share(Object tenant) {
        Share share = new Share();
        share.belongsTo(tenant);
        return share;
    }

    /** A share that belongs to strangers until {@link Share#belongsTo} says whose it is. */
    public Share share() {
        return new Share();
    }

    /** What one call has taken. Belongs to one thread. */
    public final class Share implements MemoryGrant {
        private Object owner = STRANGERS;
        private long held;

        private Share() {}

        /** Says whose share it is, before anything is taken. */
        public void belongsTo(Object tenant) {
            if (held != 0) {
                throw new IllegalStateException("a share that holds " + held + " bytes cannot change its owner");
            }
            owner = tenant;
        }

        /** Takes so many bytes more, or refuses; for no bytes it does nothing. */
        @Override
        public void take(long more) {
            if (more <= 0) {
                return;
            }
            String missing = NodeMemory.this.take(owner, more);
            if (missing != null) {
                throw new ThalwegException(ErrorCode.OVERLOADED, missing);
            }
            held += more;
        }

        /** Gives so many bytes back. */
        public void give(long fewer) {
            long count = Math.min(fewer, held);
            held -= count;
            NodeMemory.this.give(owner, count);
        }

        /** Gives everything back. */
        @Override
        public void close() {
            give(held);
        }
    }

    /** Null when it was taken, else why not. */
    private @Nullable String take(Object owner, long more) {
        long most = owner.equals(STRANGERS) ? bytes / STRANGERS_PART : bytes / TENANT_PART;
        long leftNs = TimeUnit.MILLISECONDS.toNanos(patienceMs);
        lock.lock();
        try {
            while (true) {
                long own = taken.getOrDefault(owner, 0L);
                boolean fits = own + more <= most;
                if (fits && takenBytes + more <= bytes) {
                    taken.put(owner, own + more);
                    takenBytes += more;
                    return null;
                }
                if (leftNs <= 0 || more > most) {
                    return "the node has no memory free for " + more + " bytes more"
                            + (fits ? "" : " of this caller, which may take " + most + " and has " + own)
                            + ": try again";
                }
                leftNs = given.awaitNanos(leftNs);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "the node is stopping: try again later";
        } finally {
            lock.unlock();
        }
    }

    private void give(Object owner, long fewer) {
        if (fewer <= 0) {
            return;
        }
        lock.lock();
        try {
            takenBytes -= fewer;
            taken.computeIfPresent(owner, (_, own) -> own == fewer ? null : (Long) (own - fewer));
            given.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
