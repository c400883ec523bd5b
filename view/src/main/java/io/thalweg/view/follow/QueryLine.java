package io.thalweg.view.follow;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.view.QueryOutcome;
import io.thalweg.view.ViewQuery;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Queries that wait for one version: anyone may enter, the version's worker takes out those whose sequence is reached. */
public final class QueryLine {
    private final int max;
    private final AtomicInteger waiting = new AtomicInteger();
    private final ConcurrentLinkedQueue<Pending> arrivals = new ConcurrentLinkedQueue<>();
    private final PriorityQueue<Pending> bySequence =
            new PriorityQueue<>(Comparator.comparingLong((Pending p) -> p.after).thenComparingLong(p -> p.order));
    private long orders;

    /** @param max queries that may wait */
    QueryLine(int max) {
        this.max = max;
    }

    /** One query and its outcome to come. Whoever completes the outcome takes it out of the count. */
    public static final class Pending {
        final ViewQuery query;
        final long after;
        public final CompletableFuture<QueryOutcome> outcome = new CompletableFuture<>();
        private long order;

        private Pending(ViewQuery query, long after) {
            this.query = query;
            this.after = after;
        }
    }

    /** Enters the line, or is refused when it is full. */
    Pending enter(ViewQuery query, long after) {
        if (waiting.incrementAndGet() > max) {
            waiting.decrementAndGet();
            throw new ThalwegException(
                    ErrorCode.OVERLOADED, "more than " + max + " queries wait for this view; try again later");
        }
        Pending pending = new Pending(query, after);
        arrivals.add(pending);
        return pending;
    }

    /** The asker waits no longer. */
    void leave(Pending pending) {
        if (pending.outcome.cancel(false)) {
            waiting.decrementAndGet();
        }
    }

    void answer(Pending pending, QueryOutcome outcome) {
        if (pending.outcome.complete(outcome)) {
            waiting.decrementAndGet();
        }
    }

    void refuse(Pending pending, ErrorCode code, String reason) {
        if (pending.outcome.completeExceptionally(new ThalwegException(code, reason))) {
            waiting.decrementAndGet();
        }
    }

    /** The next query that a state at {@code position} can answer; for the worker. */
    @Nullable
    Pending next(long position) {
        sort();
        Pending first = bySequence.peek();
        return first != null && first.after <= position ? bySequence.poll() : null;
    }

    /** Takes back what {@link #next} gave, since it could not be answered for no fault of its own; for the worker. */
    void putBack(Pending pending) {
        bySequence.add(pending);
    }

    /** Whether {@link #next} would find one; for the worker. */
    boolean hasNext(long position) {
        sort();
        Pending first = bySequence.peek();
        return first != null && first.after <= position;
    }

    /** Tells those that came so far from those that come later; for the worker. */
    long mark() {
        sort();
        return orders;
    }

    /** Refuses all that ask for more than {@code position} and came before {@code mark}; for the worker. */
    void refuseBeyond(long position, long mark, ErrorCode code, String reason) {
        bySequence.removeIf(pending -> {
            if (pending.after <= position || pending.order >= mark) {
                return false;
            }
            refuse(pending, code, reason);
            return true;
        });
    }

    private void sort() {
        for (Pending arrival = arrivals.poll(); arrival != null; arrival = arrivals.poll()) {
            arrival.order = orders++;
            bySequence.add(arrival);
        }
        for (Pending first = bySequence.peek(); first != null && first.outcome.isDone(); first = bySequence.peek()) {
            bySequence.poll();
        }
        if (bySequence.size() > 2 * max) {
            bySequence.removeIf(pending -> pending.outcome.isDone());
        }
    }
}
