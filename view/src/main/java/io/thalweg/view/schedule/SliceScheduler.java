package io.thalweg.view.schedule;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shares a few threads among thousands of views. A task runs in slices of some milliseconds. Turns go round by group (tenant)
 * first and by task second, so that a tenant with a thousand busy views gets as much as one with a single view.
 *
 * <p>A slice may be stuck for seconds in a guest's long call or in the compilation of a large component. The watchdog takes such a
 * worker out of the count and lets another thread start in its place, up to a bound; one group may hold no more than a quarter
 * of that bound. Workers are platform threads because guests need deep stacks and never yield.
 */
final class SliceScheduler {
    private static final Logger LOG = LoggerFactory.getLogger(SliceScheduler.class);
    private static final long WATCH_MS = 20;
    private static final long STUCK_NS = TimeUnit.MILLISECONDS.toNanos(50);

    private enum Place {
        IDLE,
        QUEUED,
        RUNNING,
        RUNNING_SIGNALLED,
        CLOSED
    }

    private final int target;
    private final int max;
    private final int groupMax;
    private final long stackBytes;
    private final Runnable housekeeping;
    private final long housekeepingNs;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition work = lock.newCondition();
    private final Condition ended = lock.newCondition();
    private final Map<Object, Group> groups = new HashMap<>(); // guarded by lock
    private final ArrayDeque<Group> ring = new ArrayDeque<>(); // groups with work and room; guarded by lock
    private final List<Worker> workers = new ArrayList<>(); // guarded by lock
    private int stuck; // guarded by lock
    private int names; // guarded by lock
    private boolean closed; // guarded by lock
    private final Thread watchdog;

    /** @param housekeeping called by the watchdog's thread at this interval; must be quick */
    SliceScheduler(int target, int max, long stackBytes, Runnable housekeeping, Duration interval) {
        this.target = target;
        this.max = max;
        this.groupMax = Math.max(target, max / 4);
        this.stackBytes = stackBytes;
        this.housekeeping = housekeeping;
        this.housekeepingNs = interval.toNanos();
        this.watchdog = Thread.ofPlatform().daemon().name("view-watchdog").start(this::watch);
    }

    /** A place for a task, which does not run before it is signalled. */
    Seat seat(Object group, ViewThreads.Task task) {
        lock.lock();
        try {
            Group home = groups.computeIfAbsent(group, Group::new);
            home.seats++;
            return new Seat(home, task);
        } finally {
            lock.unlock();
        }
    }

    private static final class Group {
        private final Object name;
        private final ArrayDeque<Seat> waiting = new ArrayDeque<>();
        private int running;
        private int seats;
        private boolean inRing;

        private Group(Object name) {
            this.name = name;
        }
    }

    /** One task's place in the round. */
    final class Seat implements ViewThreads.Seat {
        private final Group group;
        private final ViewThreads.Task task;
        private volatile Place place = Place.IDLE; // written under lock

        private Seat(Group group, ViewThreads.Task task) {
            this.group = group;
            this.task = task;
        }

        @Override
        public void signal() {
            Place seen = place;
            if (seen == Place.QUEUED || seen == Place.RUNNING_SIGNALLED || seen == Place.CLOSED) {
                return;
            }
            lock.lock();
            try {
                if (place == Place.IDLE) {
                    enqueue(this);
                } else if (place == Place.RUNNING) {
                    place = Place.RUNNING_SIGNALLED;
                }
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void close() {
            lock.lock();
            try {
                if (place == Place.CLOSED) {
                    return;
                }
                if (place == Place.QUEUED) {
                    group.waiting.remove(this);
                }
                place = Place.CLOSED;
                if (--group.seats == 0) {
                    groups.remove(group.name, group);
                }
            } finally {
                lock.unlock();
            }
        }
    }

    private void enqueue(Seat seat) {
        seat.place = Place.QUEUED;
        seat.group.waiting.add(seat);
        admit(seat.group);
    }

    private void admit(Group group) {
        if (!group.inRing && !group.waiting.isEmpty() && group.running < groupMax) {
            group.inRing = true;
            ring.add(group);
            if (workers.size() - stuck < target && workers.size() < max && !closed) {
                startWorker();
            }
            work.signal();
        }
    }

    private @Nullable Seat next() {
        for (Group group = ring.poll(); group != null; group = ring.poll()) {
            group.inRing = false;
            Seat seat = group.waiting.poll();
            if (seat != null) {
                group.running++;
                seat.place = Place.RUNNING;
                admit(group);
                return seat;
            }
        }
        return null;
    }

    private void startWorker() {
        Worker worker = new Worker();
        workers.add(worker);
        Thread.ofPlatform()
                .daemon()
                .name("view-worker-" + ++names)
                .stackSize(stackBytes)
                .start(worker);
    }

    private final class Worker implements Runnable {
        private final CallGuard guard = new CallGuard();
        private long sinceNs; // start of the slice under way; guarded by lock
        private boolean busy; // guarded by lock
        private boolean isStuck; // guarded by lock

        @Override
        public void run() {
            lock.lock();
            try {
                while (!closed && workers.size() - stuck <= target) {
                    Seat seat = next();
                    if (seat == null) {
                        work.awaitUninterruptibly();
                    } else {
                        turn(seat);
                    }
                }
            } finally {
                workers.remove(this);
                if (!ring.isEmpty()) {
                    work.signal();
                }
                ended.signalAll();
                lock.unlock();
            }
        }

        private void turn(Seat seat) {
            sinceNs = System.nanoTime();
            busy = true;
            boolean more = false;
            lock.unlock();
            try {
                more = seat.task.slice(guard);
            } catch (RuntimeException e) {
                LOG.error("a view's turn failed in the host itself", e);
            } catch (Error e) {
                Fatal.tell(e);
            } finally {
                lock.lock();
                busy = false;
                if (isStuck) {
                    isStuck = false;
                    stuck--;
                }
                seat.group.running--;
                if (seat.place == Place.RUNNING_SIGNALLED || (seat.place == Place.RUNNING && more)) {
                    enqueue(seat);
                } else if (seat.place == Place.RUNNING) {
                    seat.place = Place.IDLE;
                }
                admit(seat.group);
            }
        }
    }

    private void watch() {
        long nextHousekeepingNs = System.nanoTime();
        List<CallGuard> guards = new ArrayList<>();
        while (true) {
            long now = System.nanoTime();
            guards.clear();
            lock.lock();
            try {
                if (closed && workers.isEmpty()) {
                    return;
                }
                for (Worker worker : workers) {
                    if (worker.busy) {
                        guards.add(worker.guard);
                        if (!worker.isStuck && now - worker.sinceNs > STUCK_NS) {
                            worker.isStuck = true;
                            stuck++;
                        }
                    }
                }
                for (int i = ring.size(); i > 0 && workers.size() - stuck < target && workers.size() < max; i--) {
                    startWorker();
                }
            } finally {
                lock.unlock();
            }
            for (CallGuard guard : guards) {
                try {
                    guard.check(now);
                } catch (RuntimeException e) {
                    LOG.warn("interrupting a view's call failed", e);
                }
            }
            if (now - nextHousekeepingNs >= 0) {
                nextHousekeepingNs = now + housekeepingNs;
                try {
                    housekeeping.run();
                } catch (RuntimeException e) {
                    LOG.warn("housekeeping of views failed", e);
                }
            }
            try {
                Thread.sleep(WATCH_MS);
            } catch (InterruptedException e) {
                // Nobody interrupts this thread on purpose; it ends with the workers.
            }
        }
    }

    /** Begins no more turns and waits for those under way, at most this long; false when one is still running then. */
    boolean shutdown(Duration timeout) throws InterruptedException {
        long left = timeout.toNanos();
        lock.lock();
        try {
            closed = true;
            work.signalAll();
            while (!workers.isEmpty()) {
                if (left <= 0) {
                    return false;
                }
                left = ended.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
        return watchdog.join(Duration.ofSeconds(5));
    }
}
