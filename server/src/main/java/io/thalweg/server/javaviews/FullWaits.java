package io.thalweg.server.javaviews;

import io.thalweg.view.java.run.Answer;
import io.thalweg.view.java.run.Origin;
import io.thalweg.view.java.run.StepListener;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Those who wait until events are processed by a view, hops included. Of each such event it counts what is still under way: what a step
 * emits counts before it is appended, what it took counts off when it is committed, so that the count is 0 only at the end. Kept only for
 * streams that somebody watches. Thread-safe.
 */
final class FullWaits implements StepListener {

    /** How many events may be done before those who appended them ask. */
    private static final int DONE_MAX = 16_384;

    /** One event. Who waits for it is woken by its end alone: thousands may wait, and each of their events ends by itself. */
    private static final class Progress {
        int underWay = 1;
        byte @Nullable [] answer;

        /** Completed with null when nobody tells any more. */
        final CompletableFuture<@Nullable Outcome> over = new CompletableFuture<>();
    }

    private final Map<String, Integer> watchers = new HashMap<>();
    private final Map<Origin, Progress> events = new HashMap<>();

    /** Events that are done and that nobody asked for yet, oldest first; of most of them nobody ever will. */
    private final Deque<Origin> done = new ArrayDeque<>();

    /** What a view has done with an event; the answer is null if none was given. */
    record Outcome(byte @Nullable [] answer) {}

    private boolean answering;
    private boolean ended;
    private long turn;
    private Look nextLook = new Look();
    private boolean looking;

    /** One look through the steps of a view, for the answers to several events. */
    private static final class Look {
        final Set<Origin> events = new HashSet<>();
        boolean over;

        /** Null when it failed. */
        @Nullable
        Map<Origin, byte[]> found;
    }

    /** @param answering whether the state of the view answers whose steps it hears of */
    FullWaits(boolean answering) {
        this.answering = answering;
    }

    synchronized boolean isAnswering() {
        return answering;
    }

    /** What a state does that follows was done by the other before, or will be: nobody hears of it until it answers. */
    synchronized void answer(boolean wanted) {
        answering = wanted;
    }

    /** Nobody tells any more what becomes of events: those who wait hear of it, and look elsewhere. */
    synchronized void end() {
        ended = true;
        events.values().forEach(progress -> progress.over.complete(null));
    }

    synchronized boolean hasEnded() {
        return ended;
    }

    /** How often it was unknown what became of the events that were there: see {@link #begunAgain}. */
    synchronized long turn() {
        return turn;
    }

    /** A partition may have taken events of which nobody heard: those who wait for what was there look in the steps. */
    @Override
    public synchronized void begunAgain() {
        turn++;
        events.values().forEach(progress -> progress.over.complete(null));
        events.clear();
        done.clear();
    }

    /** From now on events of this stream are followed; before the event is appended. */
    synchronized void watch(String stream) {
        watchers.merge(stream, 1, Integer::sum);
    }

    synchronized void unwatch(String stream) {
        if (watchers.merge(stream, -1, Integer::sum) == 0) {
            watchers.remove(stream);
            done.removeIf(origin -> origin.stream().equals(stream));
            events.keySet().removeIf(origin -> origin.stream().equals(stream));
        }
    }

    /**
     * Waits until an event of a watched stream is done; null when it is not in time, or nobody tells any more.
     *
     * @param since the {@link #turn} that it was no later than when the event was appended
     */
    @Nullable
    Outcome await(Origin event, long since, Duration timeout) throws InterruptedException {
        CompletableFuture<@Nullable Outcome> over = begin(event, since);
        try {
            return over.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            return null;
        } catch (ExecutionException e) {
            throw new IllegalStateException("the end of an event has failed", e);
        } finally {
            forget(event);
        }
    }

    private synchronized CompletableFuture<@Nullable Outcome> begin(Origin event, long since) {
        Progress progress = events.computeIfAbsent(event, _ -> new Progress());
        if (ended || since != turn) {
            progress.over.complete(null);
        }
        return progress.over;
    }

    private synchronized void forget(Origin event) {
        events.remove(event);
    }

    /**
     * The answer to an event that was processed long ago, null if there is none. Whoever asks while somebody looks through the steps has the next look with
     * all others who do: after a change of leaders there may be thousands.
     *
     * @param look finds the answers to events
     */
    byte @Nullable [] find(Origin event, Function<Set<Origin>, Map<Origin, byte[]>> look) throws InterruptedException {
        while (true) {
            Look mine;
            synchronized (this) {
                mine = nextLook;
                mine.events.add(event);
                while (looking && !mine.over) {
                    wait();
                }
                if (mine.over && mine.found != null) {
                    return mine.found.get(event);
                }
                if (mine.over) {
                    continue; // who looked for all has failed
                }
                looking = true;
                nextLook = new Look();
            }
            return look(mine, look).get(event);
        }
    }

    private Map<Origin, byte[]> look(Look mine, Function<Set<Origin>, Map<Origin, byte[]>> look) {
        Map<Origin, byte[]> found = null;
        try {
            found = look.apply(mine.events);
            return found;
        } finally {
            synchronized (this) {
                mine.found = found;
                mine.over = true;
                looking = false;
                notifyAll();
            }
        }
    }

    private @Nullable Progress of(Origin origin) {
        return answering && watchers.containsKey(origin.stream())
                ? events.computeIfAbsent(origin, _ -> new Progress())
                : null;
    }

    @Override
    public synchronized void emitting(List<Origin> hops) {
        if (watchers.isEmpty()) {
            return;
        }
        for (Origin origin : hops) {
            Progress progress = of(origin);
            if (progress != null) {
                progress.underWay++;
            }
        }
    }

    @Override
    public synchronized void refused(List<Origin> hops) {
        for (Origin origin : hops) {
            Progress progress = of(origin);
            if (progress != null) {
                progress.underWay--;
            }
        }
    }

    @Override
    public synchronized void committed(List<Origin> taken, List<Answer> answers) {
        if (watchers.isEmpty()) {
            return;
        }
        for (Answer answer : answers) {
            Progress progress = of(answer.to());
            if (progress != null) {
                progress.answer = answer.json();
            }
        }
        for (Origin origin : taken) {
            Progress progress = of(origin);
            if (progress != null) {
                progress.underWay--;
                if (progress.underWay == 0) {
                    progress.over.complete(new Outcome(progress.answer));
                    done.add(origin);
                }
            }
        }
        while (done.size() > DONE_MAX) {
            events.remove(done.remove());
        }
    }
}
