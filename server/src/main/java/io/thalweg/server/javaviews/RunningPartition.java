package io.thalweg.server.javaviews;

import io.thalweg.index.IndexSpace;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.javaviews.watch.StepWatch;
import io.thalweg.server.routing.Shards;
import io.thalweg.view.java.View;
import io.thalweg.view.java.run.ChangeLog;
import io.thalweg.view.java.run.Outbox;
import io.thalweg.view.java.run.Partition;
import io.thalweg.view.java.run.StepStore;
import io.thalweg.view.java.run.Surroundings;
import io.thalweg.view.java.run.Wiring;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A partition of a view at work: a thread that makes steps of what waits, and virtual threads that wake it when one of its streams grows. A
 * failure drops the partition, and another one begins from its change log. A handler that does not come back is told from a slow commit by
 * {@link #look}; whoever looks gives the thread up with {@link #abandon}, and what it does afterwards counts for nothing. When it has ended after all, another
 * goes on.
 */
final class RunningPartition {
    private static final Logger LOG = LoggerFactory.getLogger(RunningPartition.class);
    private static final Duration LOOK = Duration.ofMinutes(1);
    private static final long IDLE_MS = 1_000;
    private static final long CLOCK_MS = 20;
    private static final long FAILED_MS = 500;
    private static final long WAITING_MS = 100;

    /** How a partition is. */
    enum State {
        STARTING,
        RUNNING,
        PAUSED,
        PARKED,
        STUCK,
        FAILED
    }

    /**
     * What others may know of it.
     *
     * @param taken for each of its streams the sequence that was taken last
     */
    record Status(
            State state,
            @Nullable String reason,
            long step,
            SortedMap<String, Long> taken,
            List<Partition.Parked> parked) {}

    private final String name;
    private final int number;
    private final int partitions;
    private volatile Supplier<View> code;

    /** The code by which the newest step was looked for, when nothing has failed then and nothing is parked; else null. */
    private volatile @Nullable Supplier<View> proven;

    /** The code that its thread has led it by last, and how many dead letters there are since. */
    private volatile @Nullable Supplier<View> leading;

    private volatile long letters;
    private long lettersBefore; // of its thread, as the next
    private boolean lost;

    private final Surroundings around;
    private final Shards shards;
    private final NodeStreams streams;
    private final Runnable progressed;
    private final Semaphore wake = new Semaphore(0);
    private final ConcurrentLinkedQueue<Consumer<Partition>> wishes = new ConcurrentLinkedQueue<>();
    private final List<Thread> watches = new ArrayList<>();
    private volatile Thread thread;
    private volatile boolean paused;
    private volatile @Nullable Instant held;
    private volatile boolean stopped;
    private final StepWatch stepWatch = new StepWatch(() -> stopped);
    private volatile boolean abandoned;
    private boolean told; // of who gives the thread up
    private volatile boolean behind;

    /** Why what it emits to other shards does not get there; null as long as it does. */
    private volatile @Nullable String sending;

    private volatile @Nullable Partition partition;
    private volatile Status status = new Status(State.STARTING, null, 0, new TreeMap<>(), List.of());

    RunningPartition(
            String name,
            int number,
            int partitions,
            Supplier<View> code,
            Surroundings around,
            boolean paused,
            Shards shards,
            NodeStreams streams,
            Runnable progressed) {
        this.name = name;
        this.number = number;
        this.partitions = partitions;
        this.code = code;
        this.around = new Surroundings(
                around.view(),
                around.rebuilt(),
                stepWatch.streams(streams),
                around.store(),
                around.time(),
                stepWatch.listener(around.listener(), this::counted),
                around.calls(),
                around.queries(),
                around.ahead(),
                around.tuning());
        this.paused = paused;
        this.shards = shards;
        this.streams = streams;
        this.progressed = progressed;
        thread = unstarted();
    }

    private Thread unstarted() {
        return Thread.ofPlatform().daemon().name("view-" + name + "-" + number).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    int number() {
        return number;
    }

    Status status() {
        return status;
    }

    /** The partition as its thread has it, to read from; null before it is there. */
    @Nullable
    Partition partition() {
        return partition;
    }

    void pause(boolean wanted) {
        paused = wanted;
        wake.release();
    }

    /**
     * Has it take in nothing more of its logs, so that what is under way comes to its end; or go on.
     *
     * @param since the last moment of which timers come; null to go on
     */
    void hold(@Nullable Instant since) {
        held = since;
        Partition now = partition;
        if (now != null) {
            now.hold(since);
        }
        wake.release();
    }

    /** Has other code of the view go on from where this one is, behind the step in hand. */
    void recode(Supplier<View> other) {
        code = other;
        wake.release();
    }

    /** Whether it works by some code, or will from its next step on. */
    boolean has(Supplier<View> its) {
        return code.equals(its);
    }

    /** Whether it works by some code, and nothing stands in its way. */
    boolean isProven(Supplier<View> its) {
        return its.equals(proven);
    }

    /** How many dead letters there are since it works by some code here; 0 for code by which it does not, or not yet. */
    long letters(Supplier<View> its) {
        return its.equals(leading) ? letters : 0;
    }

    /** Has something done on the partition's thread, between two steps. */
    CompletableFuture<Void> wish(Consumer<Partition> what) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        wishes.add(now -> {
            try {
                what.accept(now);
                done.complete(null);
            } catch (RuntimeException e) {
                done.completeExceptionally(e);
                if (!(e instanceof ThalwegException refused) || !isAnswer(refused.code())) {
                    throw e;
                }
            }
        });
        wake.release();
        return done;
    }

    /** Whether it says that a wish was not for this partition, which is as it was. */
    private static boolean isAnswer(ErrorCode code) {
        return code == ErrorCode.VIEW_NOT_PARKED || code == ErrorCode.INVALID_REQUEST;
    }

    private void run() {
        while (!stopped) {
            try {
                lead();
            } catch (InterruptedException e) {
                if (stopped) {
                    return;
                }
            } catch (Exception | LinkageError | StackOverflowError | AssertionError e) {
                if (stopped) {
                    return;
                }
                behind = e instanceof ChangeLog.BehindException;
                proven = null;
                lost = true;
                LOG.warn("partition {} of view {} begins again from its steps", number, name, e);
                stepWatch.calm();
                publish(State.FAILED, e.toString());
                try {
                    Thread.sleep(FAILED_MS);
                } catch (InterruptedException stop) {
                    if (stopped) {
                        return;
                    }
                }
            } finally {
                stepWatch.calm();
            }
        }
    }

    private void lead() throws InterruptedException {
        stepWatch.begin();
        Supplier<View> its = code;
        proven = null;
        if (!its.equals(leading)) {
            lettersBefore = streams.newest(Wiring.deadLetters(number));
            letters = 0;
            leading = its;
        }
        Wiring wiring = new Wiring(its.get(), number, partitions);
        stepWatch.calm();
        Partition now = new Partition(wiring, around);
        partition = now;
        if (lost) {
            // What it took of others' steps, or of its own of which it knew nothing, it has told nobody.
            lost = false;
            around.listener().begunAgain();
        }
        now.hold(held);
        now.onWake(wake::release);
        watch(wiring);
        Outbox outbox = now.outbox();
        Thread sender = outbox == null
                ? null
                : Thread.ofVirtual().name("view-send-" + name).start(() -> send(now, outbox));
        try {
            makeSteps(now, wiring, its);
        } finally {
            lost |= now.isDeposed() || !now.isSettled();
            now.close();
            if (sender != null) {
                sender.interrupt();
            }
        }
    }

    /** Sends to other shards what steps emit, as long as this partition is the one at work. */
    private void send(Partition of, Outbox outbox) {
        while (!stopped && partition == of) {
            try {
                if (outbox.sendSome()) {
                    sending = null;
                    wake.release();
                } else {
                    Thread.sleep(CLOCK_MS);
                }
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                sending = "what it emits could not be sent: " + e.getMessage();
                LOG.warn("what partition {} of view {} emits could not be sent; trying again", number, name, e);
                try {
                    Thread.sleep(FAILED_MS);
                } catch (InterruptedException stop) {
                    return;
                }
            }
        }
    }

    private void makeSteps(Partition now, Wiring wiring, Supplier<View> its) throws InterruptedException {
        long pauseMs = wiring.looksAtTheClock() ? CLOCK_MS : IDLE_MS;
        int failures = 0;
        boolean works = false;
        while (!stopped && !now.isDeposed() && has(its)) {
            if (paused || !wishes.isEmpty()) {
                settle(now);
                grant(now);
                if (now.isDeposed()) {
                    break;
                }
            }
            if (paused) {
                publish(State.PAUSED, null);
                await(IDLE_MS);
                continue;
            }
            boolean more;
            stepWatch.makes();
            try {
                more = now.step();
            } finally {
                stepWatch.made();
            }
            if (!works || now.hasFailures()) {
                settle(now); // by what stands in its log it is seen whether other code does
                works = !now.hasFailures();
            }
            letters = streams.newest(Wiring.deadLetters(number)) - lettersBefore;
            String waiting = sending == null ? now.waiting() : sending;
            publish(
                    now.parked().isEmpty() ? State.RUNNING : State.PARKED,
                    now.parked().isEmpty() ? waiting : null);
            proven = now.parked().isEmpty() && !now.hasFailures() && waiting == null ? its : null;
            failures = now.hasFailures() ? failures + 1 : 0;
            if (failures > 0) {
                Thread.sleep(backOffMs(failures));
            } else if (!more && !now.isDeposed()) {
                await(now.waiting() == null ? pauseMs : Math.min(pauseMs, WAITING_MS));
            }
        }
        settle(now); // who goes on begins behind it
    }

    /** How long it waits before it tries again what has failed so often in a row. */
    static long backOffMs(int failures) {
        return Math.min(FAILED_MS, 10L << Math.min(failures, 5));
    }

    /** Does what somebody wants done between two steps; of a partition that makes no more, its successor does. */
    private void grant(Partition now) {
        while (!now.isDeposed() && !wishes.isEmpty()) {
            wishes.remove().accept(now);
        }
    }

    private void settle(Partition now) {
        if (!stopped) {
            now.settle();
        }
    }

    private void await(long ms) throws InterruptedException {
        if (wake.tryAcquire(ms, TimeUnit.MILLISECONDS)) {
            wake.drainPermits();
        }
    }

    private void publish(State state, @Nullable String reason) {
        if (stopped) {
            return;
        }
        Partition now = partition;
        status = now == null
                ? new Status(state, reason, 0, new TreeMap<>(), List.of())
                : new Status(
                        state,
                        reason != null || now.parked().isEmpty()
                                ? reason
                                : now.parked().getFirst().reason(),
                        now.steps(),
                        now.taken(),
                        now.parked());
        progressed.run();
    }

    /** The step before the one that is being made counts: others see that before this one is made. */
    private void counted() {
        Partition now = partition;
        if (now != null) {
            publish(now.parked().isEmpty() ? State.RUNNING : State.PARKED, status.reason());
        }
    }

    private void watch(Wiring wiring) {
        if (!watches.isEmpty()) {
            return;
        }
        for (String each : streams.waking(wiring)) {
            StreamId stream = streams.stream(each);
            if (stream != null) {
                watches.add(Thread.ofVirtual().name("view-watch-" + each).start(() -> watch(stream)));
            }
        }
    }

    private void watch(StreamId stream) {
        long seen = 0;
        boolean failed = false;
        try {
            while (!stopped) {
                try {
                    if (shards.events(stream).await(stream, seen + 1, LOOK)) {
                        seen = shards.events(stream).head(stream);
                        wake.release();
                    }
                    failed = false;
                } catch (RuntimeException e) {
                    if (!failed) {
                        LOG.warn(
                                "waiting for events of {} failed; partition {} of view {} looks by itself until it does"
                                        + " not",
                                stream,
                                number,
                                name,
                                e);
                    }
                    failed = true;
                    Thread.sleep(IDLE_MS);
                }
            }
        } catch (InterruptedException e) {
            // Nobody is to be woken any more.
        }
    }

    /** Whether its index misses steps that are not kept any more. */
    boolean isBehind() {
        return behind && !stopped;
    }

    /** What is to become of the user code that runs: of that of a step, for which there is so much patience. For one who looks again and again. */
    StepWatch.Verdict look(long patienceNs) {
        return stepWatch.look(patienceNs);
    }

    /** Asks the code that runs to stop. */
    void interrupt() {
        thread.interrupt();
    }

    /** Gives the thread up: says where it stands, and takes nothing from it any more. */
    void abandon() {
        StringBuilder where = new StringBuilder("the handler does not come back:");
        for (StackTraceElement element : thread.getStackTrace()) {
            where.append("\n  at ").append(element);
        }
        proven = null;
        publish(State.STUCK, where.toString());
        abandoned = true;
        told = false;
        stop();
        tellTheRest();
    }

    /** Has it begin again if it was given up and its thread has ended after all. */
    void perhapsBeginAgain() {
        if (!abandoned) {
            return;
        }
        if (thread.isAlive()) {
            tellTheRest();
            return;
        }
        LOG.info("the handler of partition {} of view {} came back after it was given up", number, name);
        abandoned = false;
        watches.clear();
        lost = true;
        stopped = false;
        publish(State.STARTING, null);
        thread = unstarted();
        thread.start();
    }

    /** The step before the one in which the thread was given up may count, and the thread tells nobody: it is taken from where it stands. */
    private void tellTheRest() {
        Partition now = partition;
        if (now == null || now.isSettled()) {
            return;
        }
        StepStore store = around.store();
        IndexSpace space = Surroundings.space(around.view());
        try {
            // It may be stored later than that: whoever looks after the thread looks again.
            if (told && streams.newest(Wiring.changes(number)) == store.step(space, number)) {
                return;
            }
            new ChangeLog(space, number, streams, store).catchUp();
        } catch (RuntimeException e) {
            if (told) {
                return;
            }
            LOG.warn("the newest steps of partition {} of view {} are not in its index yet", number, name, e);
        }
        told = true;
        Status its = status;
        status = new Status(
                its.state(), its.reason(), store.step(space, number), store.taken(space, number), its.parked());
        progressed.run();
        around.listener().begunAgain();
    }

    /** Has its thread counted among those that were given up, until it ends. */
    void giveTo(ViewThreads givenUp, TenantId tenant) {
        givenUp.giveUp(thread, tenant);
    }

    /** Whether the thread has ended. */
    boolean hasEnded() {
        return !thread.isAlive();
    }

    /** Has the thread end after the step in hand; does not wait. */
    void close() {
        abandoned = false;
        stop();
    }

    private void stop() {
        stopped = true;
        watches.forEach(Thread::interrupt);
        thread.interrupt();
    }

    /** Waits for the thread; false when it does not end in time. */
    boolean join(Duration timeout) throws InterruptedException {
        return thread.join(timeout);
    }
}
