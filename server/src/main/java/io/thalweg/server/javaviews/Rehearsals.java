package io.thalweg.server.javaviews;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;

/**
 * Rehearsals on this node: {@value #NODE_MAX} at a time, one of a tenant. What a rehearsal holds it holds until its threads have ended, so that code
 * which never comes back costs its tenant further rehearsals, and others little. Thread-safe.
 */
public final class Rehearsals {
    private static final int NODE_MAX = 2;

    private final Set<TenantId> tenants = new HashSet<>(); // guarded by this
    private final Set<Thread> threads = new HashSet<>(); // guarded by this
    private boolean stopping; // guarded by this

    /** Leave for one rehearsal, to be closed by who asked for it. */
    public final class Turn implements AutoCloseable {
        private final TenantId tenant;
        private int holders = 1; // guarded by Rehearsals.this
        private boolean closed; // guarded by Rehearsals.this

        private Turn(TenantId tenant) {
            this.tenant = tenant;
        }

        /**
         * Runs code of users on a thread of its own, as {@link UserCode#run} does.
         *
         * @throws ThalwegException {@code UNAVAILABLE} when the node is stopping
         */
        <T> T run(Callable<T> code, int seconds, String late) throws InterruptedException {
            CompletableFuture<T> done = new CompletableFuture<>();
            Thread thread = Thread.ofPlatform()
                    .daemon()
                    .name("view-rehearsal")
                    .unstarted(() -> UserCode.run(code, done, () -> ended(Thread.currentThread())));
            synchronized (Rehearsals.this) {
                requireGoingOn();
                holders++;
                threads.add(thread);
                thread.start();
            }
            return UserCode.await(done, thread, seconds, late);
        }

        private void ended(Thread thread) {
            synchronized (Rehearsals.this) {
                threads.remove(thread);
                letGo();
            }
        }

        private void letGo() {
            holders--;
            if (holders == 0) {
                tenants.remove(tenant);
            }
        }

        @Override
        public void close() {
            synchronized (Rehearsals.this) {
                if (!closed) {
                    closed = true;
                    letGo();
                }
            }
        }
    }

    /**
     * Takes a turn.
     *
     * @throws ThalwegException {@code OVERLOADED} when the tenant or the node rehearses as much as it may
     */
    public synchronized Turn begin(TenantId tenant) {
        requireGoingOn();
        if (tenants.contains(tenant)) {
            throw new ThalwegException(ErrorCode.OVERLOADED, "the tenant rehearses a view already: try again");
        }
        if (tenants.size() >= NODE_MAX) {
            throw new ThalwegException(
                    ErrorCode.OVERLOADED, "the node rehearses " + NODE_MAX + " views already: try again");
        }
        tenants.add(tenant);
        return new Turn(tenant);
    }

    private void requireGoingOn() {
        if (stopping) {
            throw new ThalwegException(ErrorCode.UNAVAILABLE, "the node is stopping");
        }
    }

    /**
     * Lets none begin any more, and has those that run stop.
     *
     * @param untilNs how long to wait for them, by {@link System#nanoTime}
     * @return whether none runs any more, and so none reads from a store
     */
    boolean end(long untilNs) throws InterruptedException {
        Set<Thread> left;
        synchronized (this) {
            stopping = true;
            left = Set.copyOf(threads);
        }
        left.forEach(Thread::interrupt);
        for (Thread thread : left) {
            thread.join(Math.max(1, (untilNs - System.nanoTime()) / 1_000_000));
        }
        return left.stream().noneMatch(Thread::isAlive);
    }
}
