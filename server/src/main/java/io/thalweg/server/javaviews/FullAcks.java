package io.thalweg.server.javaviews;

import io.thalweg.directory.Log;
import io.thalweg.directory.Tenant;
import io.thalweg.directory.View;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.Position;
import io.thalweg.model.StreamId;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.routing.Elsewhere;
import io.thalweg.server.routing.Shards;
import io.thalweg.view.java.run.Answers;
import io.thalweg.view.java.run.Handover;
import io.thalweg.view.java.run.Origin;
import io.thalweg.view.java.run.Wiring;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Appends that wait until views in Java have processed them, hops included: those that their log names for that, or, where it names none, all that
 * follow it. Thread-safe.
 */
public final class FullAcks {
    /** How many events of a partition of the log a view may have before it: who appends more slowly gets an answer, not one more who waits in vain. */
    static final long BEHIND_MAX = 100_000;

    private static final long LOOK_MS = 20;
    private static final int ANSWER_STEPS = 2_000;

    /** How much of the steps of a partition is looked at of a state that may have begun as a copy. */
    private static final long COPY_BYTES = 64 << 20;

    /** No turn of those who wait. */
    private static final long LONG_AGO = -1;

    private final JavaViews views;
    private final Shards shards;
    private final BooleanSupplier knowsDirectory;

    /** @param knowsDirectory whether this node has heard since its start which views there are */
    public FullAcks(JavaViews views, Shards shards, BooleanSupplier knowsDirectory) {
        this.views = views;
        this.shards = shards;
        this.knowsDirectory = knowsDirectory;
    }

    /**
     * Begins to watch, before the event is appended.
     *
     * @throws Elsewhere when a view that is to be waited for, or that may follow the log, runs where another node leads
     * @throws ThalwegException {@code UNAVAILABLE} when one of them does not run, or nobody knows yet which there are; {@code OVERLOADED} when one is too far
     *     behind
     */
    public Waiting begin(Tenant tenant, Log log) throws InterruptedException {
        if (!knowsDirectory.getAsBoolean()) {
            throw unavailable("this node has not heard yet which views there are");
        }
        List<String> named = log.full();
        List<RunningView> following = named == null ? following(tenant, log) : named(tenant, log, named);
        following.forEach(view -> requireNear(view.view().name(), behind(view, log)));
        List<Long> turns = following.stream().map(view -> view.waits().turn()).toList();
        following.forEach(view -> names(log).forEach(view.waits()::watch));
        return new Waiting(log, following, turns, this.views);
    }

    /** What the log names; what else follows it, and how far that is, is nobody's business. */
    private List<RunningView> named(Tenant tenant, Log log, List<String> names) {
        List<RunningView> named = new ArrayList<>();
        for (String name : names) {
            View view = tenant.views().stream()
                    .filter(each -> each.isJava() && each.name().equals(name))
                    .findFirst()
                    .orElseThrow(() -> unavailable("view " + name + ", which the log names, is not there"));
            RunningView running = views.running(view.id());
            if (running == null) {
                throw elsewhere(
                        tenant, view, "view " + name + ", which the log names, does not run here" + why(view), named);
            }
            if (!follows(running, log)) {
                throw unavailable("view " + name + ", which the log names, does not follow it");
            }
            named.add(running);
        }
        return named;
    }

    /** What views call the streams of a log. */
    private static List<String> names(Log log) {
        return log.streams().stream()
                .map(stream -> Wiring.log(log.name(), stream.partition()))
                .toList();
    }

    private static boolean follows(RunningView view, Log log) {
        return view.inputs().stream().anyMatch(input -> input.id().equals(log.id()));
    }

    private static ThalwegException unavailable(String why) {
        return new ThalwegException(ErrorCode.UNAVAILABLE, why + "; nothing was appended");
    }

    /**
     * The refusal where a view does not run; whoever leads the shard of its steps may run it.
     *
     * @param here others that are to be waited for, and run here: nobody can wait for it and for them
     */
    private ThalwegException elsewhere(Tenant tenant, View view, String why, List<RunningView> here) {
        int shard = tenant.log(view.log()).map(steps -> steps.shard(0)).orElse(-1);
        if (shard < 0 || shards.leads(shard)) {
            return unavailable(why);
        }
        return here.stream()
                .filter(other -> shards.leads(other.steps().shard(0)))
                .findFirst()
                .map(other -> unavailable("view " + other.view().name() + " runs on this node and view " + view.name()
                        + " on the one that leads shard " + shard + ", and nobody can wait for both"))
                .orElseGet(() -> new Elsewhere(shard, unavailable(why)));
    }

    private String why(View view) {
        String failure = views.failure(view.id());
        return failure == null ? " yet" : ": " + failure;
    }

    private List<RunningView> following(Tenant tenant, Log log) throws InterruptedException {
        List<RunningView> following = new ArrayList<>();
        for (View view : tenant.views()) {
            if (!view.isJava()) {
                continue;
            }
            RunningView running = views.running(view.id());
            if (running == null) {
                requireElsewhere(tenant, view, log, following);
            } else if (follows(running, log)) {
                following.add(running);
            }
        }
        return following;
    }

    /** How many events of a log are not taken, of the partition of which there are most, as far as that is known. */
    private static long behind(RunningView view, Log log) {
        long most = 0;
        for (StreamId stream : log.streams()) {
            RunningPartition its = view.partitions().get(log.root(stream.partition()));
            String name = Wiring.log(log.name(), stream.partition());
            Long taken = its.status().taken().get(name); // it knows none before its first step
            if (taken != null) {
                most = Math.max(most, view.streams().newest(name) - taken);
            }
        }
        return most;
    }

    static void requireNear(String view, long behind) {
        if (behind > BEHIND_MAX) {
            throw new ThalwegException(
                    ErrorCode.OVERLOADED,
                    "view " + view + " has " + behind + " events of a partition of the log before it, with more than "
                            + BEHIND_MAX + " nobody can wait for it; nothing was appended");
        }
    }

    /** What a view follows its class alone says. One whose steps lie in another shard than the log is taken for one that does not follow it. */
    private void requireElsewhere(Tenant tenant, View view, Log log, List<RunningView> here)
            throws InterruptedException {
        boolean beside = tenant.log(view.log())
                .map(steps -> log.shards().contains(steps.shard(0)))
                .orElse(true);
        if (beside && views.others().mayFollow(tenant, view, log.name())) {
            throw elsewhere(
                    tenant,
                    view,
                    "view " + view.name() + " may follow the log and does not run here" + why(view),
                    here);
        }
    }

    /** One append that waits; to be closed. */
    public static final class Waiting implements AutoCloseable {
        private final Log log;
        private final List<RunningView> views;
        private final List<Long> turns;
        private final JavaViews here;

        private Waiting(Log log, List<RunningView> views, List<Long> turns, JavaViews here) {
            this.log = log;
            this.views = views;
            this.turns = turns;
            this.here = here;
        }

        /**
         * The answers as JSON, by view; null where a handler gave none.
         *
         * @param appended the log as it was then: it may have been split since this began
         * @param before whether the event was appended before, by the same producer's number
         * @param timeout of all views together
         */
        public Map<String, byte @Nullable []> answers(
                Log appended, int partition, long sequence, boolean before, Duration timeout)
                throws InterruptedException {
            long endNs = System.nanoTime() + timeout.toNanos();
            Map<String, byte @Nullable []> answers = new TreeMap<>();
            boolean watched = !before && partition < log.partitions();
            for (int i = 0; i < views.size(); i++) {
                RunningView view = views.get(i);
                answers.put(
                        view.view().name(),
                        answer(view, watched ? turns.get(i) : LONG_AGO, appended.stream(partition), sequence, endNs));
            }
            return answers;
        }

        /** What became of an event, wherever its view goes on: another version may have come, or its partitions have begun again. */
        private byte @Nullable [] answer(RunningView first, long turn, StreamId stream, long sequence, long endNs)
                throws InterruptedException {
            FullWaits.Outcome outcome = knows(first, stream) ? outcome(first, turn, stream, sequence, endNs) : null;
            while (outcome == null) {
                RunningView next = here.running(first.view().id());
                if (next == null || next.hasEnded() || !knows(next, stream)) {
                    if (System.nanoTime() - endNs >= 0) {
                        throw new ThalwegException(
                                ErrorCode.OUTCOME_UNKNOWN,
                                "the event is stored as sequence " + sequence + ", but view "
                                        + first.view().name() + " does not run here any more, or not yet");
                    }
                    Thread.sleep(LOOK_MS);
                } else {
                    outcome = outcome(next, LONG_AGO, stream, sequence, endNs);
                }
            }
            return outcome.answer();
        }

        /** Whether a view follows a stream, which a split of the log may just have made. */
        private static boolean knows(RunningView view, StreamId stream) {
            return view.inputs().stream()
                    .anyMatch(input -> input.id().equals(stream.log()) && stream.partition() < input.partitions());
        }

        /**
         * @param turn of those who wait when it was appended; {@link #LONG_AGO} when it was before it was watched, so that it may have been processed long ago
         * @return the answer, null in it if there is none; null when the view has ended here, and another goes on
         */
        private FullWaits.@Nullable Outcome outcome(
                RunningView view, long turn, StreamId stream, long sequence, long endNs) throws InterruptedException {
            Origin origin = new Origin(Wiring.log(log.name(), stream.partition()), sequence);
            FullWaits.Outcome outcome = turn == LONG_AGO ? null : view.waits().await(origin, turn, left(endNs));
            if (outcome == null && view.waits().turn() != turn) {
                outcome = found(view, origin, stream, sequence, left(endNs));
            }
            if (outcome != null) {
                return outcome;
            }
            if (view.hasEnded()) {
                return null;
            }
            throw new ThalwegException(
                    ErrorCode.OUTCOME_UNKNOWN,
                    "the event is stored as sequence " + sequence + ", but view "
                            + view.view().name()
                            + " has not processed it in time: its producer's number asks again for the answer");
        }

        /**
         * What became of an event by the steps, when its hops and the calls to the outside that it came to are over; null when that is not in time. A call's end may hop, and
         * what hops may call: neither may be there twice in a row.
         */
        private FullWaits.@Nullable Outcome found(
                RunningView view, Origin origin, StreamId stream, long sequence, Duration timeout)
                throws InterruptedException {
            long endNs = System.nanoTime() + timeout.toNanos();
            Position until = Position.of(new TreeMap<>(Map.of(stream, sequence)));
            int over = 0;
            while (!view.hasEnded() && view.await(until, left(endNs))) {
                byte[] answer = view.waits().find(origin, all -> said(view, all));
                if (answer != null || over == 2) {
                    return new FullWaits.Outcome(answer);
                }
                if (!view.hasOpenCall(origin)) {
                    over++;
                } else if (System.nanoTime() - endNs < 0) {
                    over = 0;
                    Thread.sleep(LOOK_MS);
                } else {
                    break;
                }
            }
            return null;
        }

        /** What stands in the steps of the state that answers, and in those of the one in whose place it is as a copy of it: what that says since nobody was told. */
        private Map<Origin, byte[]> said(RunningView view, Set<Origin> events) {
            Log before = here.kept().behind(view);
            Map<Origin, byte[]> found = Answers.find(
                    view.streams(), view.partitions().size(), events, i -> ownWindow(view, i, before != null));
            if (before != null && found.size() < events.size() && isNew(view)) {
                Set<Origin> rest = new HashSet<>(events);
                rest.removeAll(found.keySet());
                Handover.Side its = view.sideOf(before);
                found.putAll(Answers.find(
                        its.streams(), its.stores().size(), rest, i -> window(0, its.gaveWay(i), COPY_BYTES)));
            }
            return found;
        }

        /** @param behind whether what it took while it followed is looked for in the other's steps, which has answered it */
        private static Answers.Window ownWindow(RunningView view, int partition, boolean behind) {
            long newest = view.streams().newest(Wiring.changes(partition));
            long since = view.since(partition);
            // What a copy was made of is much, and no answer.
            boolean mayBeCells = !behind
                    && newest - since < ANSWER_STEPS
                    && view.view().beganAsCopy(view.steps().id());
            return window(behind ? since : 0, newest, mayBeCells ? COPY_BYTES : Long.MAX_VALUE);
        }

        private static Answers.Window window(long after, long upTo, long bytesMax) {
            return new Answers.Window(Math.max(after, upTo - ANSWER_STEPS), upTo, bytesMax);
        }

        /** Whether its state has made fewer steps in some partition since it answers than are looked at. */
        private static boolean isNew(RunningView view) {
            for (int i = 0; i < view.partitions().size(); i++) {
                if (view.step(i) - view.since(i) < ANSWER_STEPS) {
                    return true;
                }
            }
            return false;
        }

        private static Duration left(long endNs) {
            return Duration.ofNanos(Math.max(0, endNs - System.nanoTime()));
        }

        @Override
        public void close() {
            views.forEach(view -> names(log).forEach(view.waits()::unwatch));
        }
    }
}
