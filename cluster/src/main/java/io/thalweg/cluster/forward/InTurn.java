package io.thalweg.cluster.forward;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.ports.clock.Clock;
import io.thalweg.shard.Consensus;
import io.thalweg.shard.Consensus.Role;
import io.thalweg.shard.Consensus.Standing;
import io.thalweg.shard.Entry;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Entries that were proposed on one node, tried in turn until they are in the order, so that what one client has under way does not change places.
 *
 * <p>On the leader one follows the other at once: its group keeps them in line. To another node at most one travels, and nothing else is tried meanwhile. What was
 * refused, and so surely is not in the order, is tried again a little later, before all that came behind it; if one of those got into the order, or may have, it is not
 * tried any more. Who travels to a node that is silent, and does not lead any more as far as this one knows, is waited for only a moment: what became of it is unknown
 * then, and the next one travels to who leads now.
 *
 * <p>Thread-safe. Entries are tried by one thread at a time, outside of the lock.
 */
final class InTurn {
    /** How long an answer may still be on its way when its sender does not lead any more. */
    private static final Duration GRACE = Duration.ofMillis(500);

    /** Where an entry is tried. */
    interface Ways {
        Standing standing();

        /** Another node that leads. */
        Optional<String> other(Standing standing);

        /** Says that nothing is tried any more. */
        ThalwegException stopped();

        /** Here, where this node leads. */
        CompletableFuture<ByteBuffer> here(Entry entry);

        /**
         * On the node that leads.
         *
         * @return what it answers, once it does; what comes of that is the answer to who proposed the entry
         */
        CompletableFuture<Supplier<CompletableFuture<ByteBuffer>>> there(String leader, Entry entry);
    }

    private enum State {
        READY,
        HERE,
        THERE,
        REFUSED,
        DONE
    }

    private static final class Turn {
        final Entry entry;
        final long untilNs;
        final CompletableFuture<ByteBuffer> answer = new CompletableFuture<>();
        State state = State.READY;

        /** Where it travels to. */
        String leader = "";

        /** Whether another leads, or nobody. */
        boolean stranded;

        /** Since when it is. */
        long strandedNs;

        /** One that came behind it is in the order, or may be. */
        boolean overtaken;

        Throwable refusal = noLeader();

        Turn(Entry entry, long untilNs) {
            this.entry = entry;
            this.untilNs = untilNs;
        }
    }

    private final Ways ways;
    private final Executor later;
    private final Clock clock;
    private final AtomicInteger wakeUps = new AtomicInteger();
    private final Deque<Turn> turns = new ArrayDeque<>(); // guarded by this
    private boolean pausing; // guarded by this
    private boolean watching; // guarded by this

    /** @param later runs what it is given a little later */
    InTurn(Ways ways, Executor later, Clock clock) {
        this.ways = ways;
        this.later = later;
        this.clock = clock;
    }

    private static ThalwegException noLeader() {
        return new ThalwegException(ErrorCode.NOT_LEADER, "the shard has no leader at the moment");
    }

    /**
     * Has an entry take its turn behind all that came before.
     *
     * @param untilNs by the clock; until then it is tried again whenever it surely is not in the order
     */
    CompletableFuture<ByteBuffer> propose(Entry entry, long untilNs) {
        Turn turn = new Turn(entry, untilNs);
        synchronized (this) {
            turns.add(turn);
        }
        wakeUp();
        return turn.answer;
    }

    /** Has those that wait look again at how the node stands. */
    void wakeUp() {
        if (wakeUps.getAndIncrement() == 0) {
            int seen;
            do {
                seen = wakeUps.get();
                try {
                    while (tryNext()) {
                        // The next one may follow.
                    }
                } catch (RuntimeException e) {
                    missed(e);
                }
            } while (!wakeUps.compareAndSet(seen, 0));
        }
    }

    /** How the node stands could not be told: whose turn it is waits for a moment, or ends when its time is over, so that nobody waits for ever. */
    private void missed(RuntimeException failure) {
        Turn over;
        synchronized (this) {
            over = next();
            if (over == null || over.state == State.HERE || clock.monotonicNs() < over.untilNs) {
                over = null;
                pause();
            } else {
                end(over);
            }
        }
        if (over != null) {
            over.answer.completeExceptionally(failure);
        }
    }

    /** Whether something was done, so that there may be more to do. */
    private boolean tryNext() {
        synchronized (this) {
            if (next() == null) {
                return false;
            }
        }
        Standing standing = ways.standing();
        Turn next;
        synchronized (this) {
            next = next();
            if (next == null) {
                return false;
            }
            switch (standing.role()) {
                case LEADER -> next.state = State.HERE;
                case STOPPED -> end(next);
                case FOLLOWER, CANDIDATE -> {
                    if (turns.getFirst() != next) {
                        return false; // behind what this node has tried itself, which is decided first
                    }
                    Optional<String> leader = ways.other(standing);
                    if (leader.isPresent()) {
                        next.state = State.THERE;
                        next.leader = leader.get();
                        next.stranded = false;
                        watch();
                    } else if (clock.monotonicNs() < next.untilNs) {
                        pause();
                        return false;
                    } else {
                        end(next);
                    }
                }
            }
        }
        switch (next.state) {
            case HERE -> {
                var _ = tried(() -> ways.here(next.entry))
                        .whenComplete((replies, failure) -> settle(next, failure, () -> next.answer.complete(replies)));
            }
            case THERE -> {
                var _ = tried(() -> ways.there(next.leader, next.entry))
                        .whenComplete((answer, failure) -> settle(next, failure, () -> {
                            var _ = answer.get().whenComplete((replies, lost) -> complete(next, replies, lost));
                        }));
            }
            case READY, REFUSED, DONE ->
                next.answer.completeExceptionally(standing.role() == Role.STOPPED ? ways.stopped() : next.refusal);
        }
        return true;
    }

    private static <T> CompletableFuture<T> tried(Supplier<CompletableFuture<T>> way) {
        try {
            return way.get();
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private static void complete(Turn turn, ByteBuffer replies, @Nullable Throwable failure) {
        if (failure == null) {
            turn.answer.complete(replies);
        } else {
            turn.answer.completeExceptionally(failure);
        }
    }

    /** Whose turn it is: all before it are with this node's own group, and none behind it is anywhere. Null while there is none, or it is no time for it. */
    private @Nullable Turn next() {
        Turn next = null;
        for (Turn turn : turns) {
            if (turn.state == State.THERE || (next != null && turn.state == State.HERE)) {
                return null;
            }
            if (next == null && turn.state != State.HERE) {
                next = turn;
            }
        }
        return pausing ? null : next;
    }

    private void end(Turn turn) {
        turn.state = State.DONE;
        turns.remove(turn);
    }

    private void pause() {
        if (!pausing) {
            pausing = true;
            later.execute(() -> {
                synchronized (this) {
                    pausing = false;
                }
                wakeUp();
            });
        }
    }

    /** @param answers gives the answer, if there was no failure */
    private void settle(Turn turn, @Nullable Throwable failure, Runnable answers) {
        List<Turn> refused = new ArrayList<>();
        Throwable refusal = failure == null ? null : Consensus.refusal(failure).orElse(null);
        synchronized (this) {
            if (turn.state == State.DONE) {
                return; // its answer came too late
            }
            if (refusal != null) {
                turn.refusal = refusal;
                if (turn.overtaken || clock.monotonicNs() >= turn.untilNs) {
                    end(turn);
                    refused.add(turn);
                } else {
                    turn.state = State.REFUSED;
                    pause();
                }
            } else {
                for (Turn before : List.copyOf(turns)) {
                    if (before == turn) {
                        break;
                    }
                    before.overtaken = true;
                    if (before.state == State.REFUSED) {
                        end(before);
                        refused.add(before);
                    }
                }
                end(turn);
            }
        }
        refused.forEach(each -> each.answer.completeExceptionally(each.refusal));
        if (failure == null) {
            answers.run();
        } else if (refusal == null) {
            turn.answer.completeExceptionally(failure);
        }
        wakeUp();
    }

    private void watch() {
        if (!watching) {
            watching = true;
            later.execute(this::look);
        }
    }

    /** Looks after who travels, as long as anybody does. */
    private void look() {
        Standing standing = ways.standing();
        Turn lost = null;
        synchronized (this) {
            watching = false;
            Turn first = turns.peekFirst();
            if (first == null || first.state != State.THERE) {
                return;
            }
            long nowNs = clock.monotonicNs();
            if (ways.other(standing).equals(Optional.of(first.leader))) {
                first.stranded = false;
            } else if (!first.stranded) {
                first.stranded = true;
                first.strandedNs = nowNs;
            } else if (nowNs - first.strandedNs >= GRACE.toNanos()) {
                lost = first;
            }
            if (lost == null) {
                watch();
            }
        }
        if (lost != null) {
            String leader = lost.leader;
            settle(
                    lost,
                    new ThalwegException(
                            ErrorCode.UNAVAILABLE,
                            "node " + leader
                                    + " is silent and does not lead any more: the entry may or may not take effect"),
                    () -> {});
        }
    }
}
