package io.thalweg.server.memory;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.view.MemoryGrant;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One budget for the node over what clients can make large. Of it a tenant has at most half, and all those who have not said who they
 * are together at most a sixteenth, so that strangers cannot take the memory of those who are known, nor one tenant that of all
 * others. Who finds it used up waits his tenant's turn for {@link #PATIENCE_MS} and is then refused with {@code OVERLOADED}. Thread-safe.
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
    private final Map<Object, Long> taken = new HashMap<>();
    private final Map<Object, LinkedHashSet<Waiter>> waiting = new LinkedHashMap<>();
    private long takenBytes;

    /** @param bytes at most, all tenants together */
    public NodeMemory(long bytes) {
        this(bytes, PATIENCE_MS);
    }

    /** @param patienceMs how long callers wait */
    NodeMemory(long bytes, long patienceMs) {
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

        /**
         * As {@link #take}, for those who have somewhere else to look before they wait again; false if there was no room in time.
         *
         * @throws ThalwegException {@code OVERLOADED} when there will never be so much
         */
        public boolean tryTake(long more) {
            if (more > most(owner)) {
                take(more);
            }
            if (more > 0 && NodeMemory.this.take(owner, more) != null) {
                return false;
            }
            held += Math.max(0, more);
            return true;
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
        long leftNs = TimeUnit.MILLISECONDS.toNanos(patienceMs);
        lock.lock();
        try {
            long most = most(owner);
            if (!waiting.containsKey(owner) && fits(owner, more)) {
                book(owner, more);
                return null;
            }
            if (leftNs <= 0 || more > most) {
                return missing(owner, more);
            }
            Waiter waiter = new Waiter(more, lock.newCondition());
            waiting.computeIfAbsent(owner, _ -> new LinkedHashSet<>()).add(waiter);
            try {
                while (!waiter.granted && leftNs > 0) {
                    leftNs = waiter.turn.awaitNanos(leftNs);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                if (!waiter.granted) {
                    return "the node is stopping: try again later";
                }
            } finally {
                if (!waiter.granted) {
                    leave(owner, waiter);
                }
            }
            return waiter.granted ? null : missing(owner, more);
        } finally {
            lock.unlock();
        }
    }

    private long most(Object owner) {
        return owner.equals(STRANGERS) ? bytes / STRANGERS_PART : bytes / TENANT_PART;
    }

    private boolean fits(Object owner, long more) {
        return taken.getOrDefault(owner, 0L) + more <= most(owner) && takenBytes + more <= bytes;
    }

    private void book(Object owner, long more) {
        taken.merge(owner, more, Long::sum);
        takenBytes += more;
    }

    private String missing(Object owner, long more) {
        long own = taken.getOrDefault(owner, 0L);
        return "the node has no memory free for " + more + " bytes more"
                + (own + more <= most(owner)
                        ? ""
                        : " of this caller, which may take " + most(owner) + " and has " + own)
                + ": try again";
    }

    private void leave(Object owner, Waiter waiter) {
        waiting.computeIfPresent(owner, (_, turns) -> {
            turns.remove(waiter);
            return turns.isEmpty() ? null : turns;
        });
        grant(); // it may have been in the way of those behind it
    }

    private void give(Object owner, long fewer) {
        if (fewer <= 0) {
            return;
        }
        lock.lock();
        try {
            takenBytes -= fewer;
            taken.computeIfPresent(owner, (_, own) -> own == fewer ? null : (Long) (own - fewer));
            grant();
        } finally {
            lock.unlock();
        }
    }

    /** Gives what is free to those who wait: of each owner to the one that came first, and only those are woken that have got theirs. */
    private void grant() {
        Iterator<Map.Entry<Object, LinkedHashSet<Waiter>>> owners =
                waiting.entrySet().iterator();
        while (owners.hasNext()) {
            Map.Entry<Object, LinkedHashSet<Waiter>> each = owners.next();
            LinkedHashSet<Waiter> turns = each.getValue();
            while (!turns.isEmpty() && fits(each.getKey(), turns.getFirst().more)) {
                Waiter next = turns.removeFirst();
                book(each.getKey(), next.more);
                next.granted = true;
                next.turn.signal();
            }
            if (turns.isEmpty()) {
                owners.remove();
            }
        }
    }

    /** Somebody who waits until so many bytes are his; guarded by the lock. */
    private static final class Waiter {
        final long more;
        final Condition turn;
        boolean granted;

        Waiter(long more, Condition turn) {
            this.more = more;
            this.turn = turn;
        }
    }
}
