package io.thalweg.server.javaviews;

import io.thalweg.directory.Actor;
import io.thalweg.directory.Log;
import io.thalweg.directory.View;
import io.thalweg.directory.ViewOptions;
import io.thalweg.directory.command.DirectoryCommand;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.ViewId;
import io.thalweg.model.event.Event;
import io.thalweg.model.request.AppendAllBody;
import io.thalweg.model.request.Reply;
import io.thalweg.server.routing.Administration;
import io.thalweg.server.routing.Await;
import io.thalweg.server.routing.Shards;
import io.thalweg.view.java.run.Handover;
import io.thalweg.view.java.run.Partition;
import io.thalweg.view.java.run.StepStore;
import io.thalweg.view.java.run.Surroundings;
import io.thalweg.view.java.run.Wiring;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has a version with a state of its own take the place of the one that answers, on the node that leads both.
 *
 * <ol>
 *   <li>When it is about where the other is, the directory decides that it is to be active, unless somebody wants to say so himself.
 *   <li>When the directory has decided, the one that answers takes in nothing more for a moment, and ends what is under way; the other comes up to it; and a {@link
 *       Handover} of both, which is one append, makes the other answer. Where that is not done in time, the one goes on, and it is tried again later.
 * </ol>
 *
 * Nothing of this is kept: who leads next finds in the directory what is decided, and in the steps what is done. {@link #look} is for one thread.
 */
final class Takeover {
    private static final Logger LOG = LoggerFactory.getLogger(Takeover.class);

    /** How long the state that answers takes in nothing, at most. */
    private static final Duration HOLD = Duration.ofSeconds(3);

    /** Between two looks; after tries in vain, for each of which the state that answers takes in nothing, twice as long each time, up to a minute. */
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private static final int PAUSE_SHIFT_MAX = 6;

    private static final long GLANCE_MS = 2;

    /** So long each partition has to hear when its clock is to stop. */
    private static final Duration STOPPING = Duration.ofMillis(20);

    /** How many events it may be behind, so that the other does not wait long for it. */
    private static final long NEAR = 2_000;

    private final Administration administration;
    private final Shards shards;
    private final TenantId tenant;
    private final Handover.Side one;
    private final Log steps;
    private final @Nullable RunningView from;
    private final RunningView to;
    private final Runnable done;
    private volatile @Nullable String obstacle;
    private volatile boolean busy;
    private volatile boolean ended;
    private volatile @Nullable Thread thread;
    private volatile long againNs = System.nanoTime();
    private int inVain;

    /**
     * @param one the state that answers
     * @param steps its log
     * @param from what runs on it; null when nothing does, because its version does not start
     * @param done called when the other answers, or may
     */
    Takeover(
            Administration administration,
            Shards shards,
            TenantId tenant,
            Handover.Side one,
            Log steps,
            @Nullable RunningView from,
            RunningView to,
            Runnable done) {
        this.one = one;
        this.steps = steps;
        this.administration = administration;
        this.shards = shards;
        this.tenant = tenant;
        this.from = from;
        this.to = to;
        this.done = done;
    }

    /**
     * Says to the directory that the state of the active version answers, if it does by all that its shard has ordered so far: what another leader has begun is
     * there by then, or will never be.
     */
    static void confirm(Administration administration, Shards shards, RunningView its) throws InterruptedException {
        shards.catchUp(Set.of(its.steps().shard(0)), HOLD);
        its.catchUp();
        View view = its.view();
        if (its.standing() == StepStore.Standing.ANSWERS) {
            administration.run(
                    its.tenant(), Actor.operator(), new DirectoryCommand.ConfirmTakeover(view.id(), its.version()));
        }
    }

    boolean isOf(@Nullable RunningView answering, RunningView other) {
        return from == answering && to == other;
    }

    /** What is in the way; null as long as nothing is known to be. */
    @Nullable
    String obstacle() {
        return obstacle;
    }

    /** Looks whether there is something to do, and does it beside. */
    void look() {
        if (busy || ended || System.nanoTime() - againNs < 0) {
            return;
        }
        busy = true;
        thread = Thread.ofVirtual().name("view-takeover-" + to.view().name()).start(() -> {
            try {
                goOn();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (RuntimeException e) {
                obstacle = String.valueOf(e.getMessage());
                LOG.warn(
                        "version {} of view {} could not take over; trying again",
                        to.version(),
                        to.view().name(),
                        e);
            } finally {
                againNs = System.nanoTime() + (PAUSE.toNanos() << Math.min(inVain, PAUSE_SHIFT_MAX));
                busy = false;
            }
        });
    }

    /** Has what runs end soon: the node stops. */
    void interrupt() {
        Thread its = thread;
        if (its != null) {
            its.interrupt();
        }
    }

    /** Begins nothing more. */
    void end() {
        ended = true;
    }

    boolean isBusy() {
        return busy;
    }

    /** Whether it is about a view, and something of it may still happen. */
    boolean isBusyWith(ViewId view) {
        return busy && to.view().id().equals(view);
    }

    private void goOn() throws InterruptedException {
        View view = to.view();
        if (view.wanted() == View.Wanted.PAUSED) {
            obstacle = "the view is paused";
            return;
        }
        if (!to.wiring().calls().isEmpty()) {
            // Nobody deploys such a version beside, nor goes back to one; but going back may have crossed the append of
            // a takeover, and a class may declare other things than when it was looked at.
            obstacle = "it makes calls " + to.wiring().calls()
                    + ", which nobody has made of what came since another version answers: roll it back";
            return;
        }
        obstacle = parked();
        if (obstacle != null) {
            return;
        }
        if (view.active() != to.version()) {
            long behind = behind();
            if (behind > NEAR) {
                obstacle = "it is " + behind + " events behind";
                return;
            }
            if (view.options().takeOver() == ViewOptions.TakeOver.MANUAL) {
                obstacle = "it waits for somebody to activate it";
                return;
            }
            View decided = administration
                    .run(tenant, Actor.operator(), new DirectoryCommand.ActivateVersion(view.id(), to.version()))
                    .directory()
                    .tenant(tenant)
                    .flatMap(found -> found.view(view.id()))
                    .orElse(null);
            if (decided == null || decided.active() != to.version()) {
                return; // somebody has decided otherwise meanwhile
            }
        }
        handOver();
    }

    /** How many events of its logs the other has taken that it has not, and how many hops wait. */
    private long behind() {
        Map<String, Long> taken = new HashMap<>();
        long behind = 0;
        for (RunningPartition partition : to.partitions()) {
            RunningPartition.Status status = partition.status();
            if (status.step() == 0) {
                return Long.MAX_VALUE; // it has not begun
            }
            taken.putAll(status.taken());
            String hops = Wiring.hops(partition.number());
            behind += Math.max(0, to.streams().newest(hops) - status.taken().getOrDefault(hops, 0L));
        }
        Set<String> followed = Set.copyOf(to.wiring().logs());
        for (int i = 0; i < one.stores().size(); i++) {
            for (Map.Entry<String, Long> each :
                    one.stores().get(i).taken(Surroundings.space(one.view()), i).entrySet()) {
                String stream = each.getKey();
                if (!stream.startsWith("@") && followed.contains(stream.substring(0, stream.lastIndexOf('/')))) {
                    behind += Math.max(0, each.getValue() - taken.getOrDefault(stream, 0L));
                }
            }
        }
        return behind;
    }

    /** What somebody has to look at first. */
    private @Nullable String parked() {
        for (RunningPartition partition : to.partitions()) {
            RunningPartition.Status status = partition.status();
            switch (status.state()) {
                case PARKED, STUCK, FAILED -> {
                    return "partition " + partition.number() + " of version " + to.version() + " is "
                            + status.state().name().toLowerCase(Locale.ROOT) + ": " + status.reason();
                }
                default -> {}
            }
        }
        // Whether those that do not run have left anything that would be lost, the handover finds in the store.
        for (RunningPartition partition : ones()) {
            for (Partition.Parked event : partition.status().parked()) {
                if (event.stream().startsWith("@") || event.stream().startsWith("batch ")) {
                    return "event " + event.sequence() + " of " + event.stream() + " is parked in partition "
                            + partition.number() + " of the version that answers"
                            + ", and what comes of it would be lost: retry or skip it";
                }
            }
        }
        return null;
    }

    private List<RunningPartition> ones() {
        return from == null ? List.of() : from.partitions();
    }

    /** Partitions of the state that answers in which timers do not come, whether they are due or not: they come in the other then. */
    private Set<Integer> standing() {
        Set<Integer> standing = new TreeSet<>();
        for (int i = 0; i < one.stores().size(); i++) {
            if (from == null || doesNotRing(from.partition(i).status())) {
                standing.add(i);
            }
        }
        return standing;
    }

    private static boolean doesNotRing(RunningPartition.Status status) {
        return switch (status.state()) {
            case STUCK, FAILED -> true;
            default -> status.parked().stream().anyMatch(Partition.Parked::isTimer);
        };
    }

    /** Has the state that answers take in nothing more; the last moment of which its timers come, which none of its steps is behind. */
    private Instant hold() {
        Instant held;
        do {
            Instant until = Instant.now().plus(STOPPING);
            held = until;
            ones().forEach(partition -> partition.hold(until));
        } while (Instant.now().isAfter(held));
        return held;
    }

    /** Whether the directory has not decided otherwise since: somebody may go back while the other comes up to the one. */
    private boolean isWanted() {
        return administration
                .directory()
                .tenant(tenant)
                .flatMap(found -> found.view(to.view().id()))
                .filter(view -> view.active() == to.version())
                .isPresent();
    }

    private void handOver() throws InterruptedException {
        // Nobody is held for what holding does not change.
        long behind = behind();
        if (behind > NEAR) {
            obstacle = "it is " + behind + " events behind";
            return;
        }
        obstacle = Handover.lasting(one, to.side(), to.wiring(), standing());
        if (obstacle != null) {
            return;
        }
        long endNs = System.nanoTime() + HOLD.toNanos();
        boolean over = false;
        try {
            Instant held = hold();
            while (!ended && !over && isWanted() && System.nanoTime() - endNs < 0) {
                String before = parked();
                obstacle = before != null ? before : tryIt(held);
                if (before != null) {
                    return;
                }
                over = obstacle == null;
                if (!over) {
                    Thread.sleep(GLANCE_MS);
                }
            }
        } finally {
            if (!over) {
                inVain++;
                ones().forEach(partition -> partition.hold(null));
            }
        }
        if (over) {
            LOG.info(
                    "version {} of view {} answers in the place of the one before",
                    to.version(),
                    to.view().name());
            ended = true;
            done.run();
        }
    }

    private @Nullable String tryIt(Instant held) throws InterruptedException {
        Handover handover = new Handover(one, to.side(), to.wiring(), held, Instant.now(), standing());
        if (handover.obstacle() != null) {
            return handover.obstacle();
        }
        List<Handover.Part> parts = handover.parts();
        for (Handover.Part part : parts) {
            if (part.first() && !hasSent(part)) {
                return "what partition " + part.partition() + " emits to other shards is still being sent";
            }
        }
        if (!isWanted()) {
            return "somebody has gone back meanwhile";
        }
        to.waits().answer(true);
        boolean over = false;
        try {
            over = append(parts);
        } finally {
            if (!over) {
                to.waits().answer(false);
            }
        }
        if (!over) {
            return "a step was made meanwhile";
        }
        handover.apply(parts);
        return null;
    }

    private boolean hasSent(Handover.Part part) {
        Partition its = from == null ? null : from.partition(part.partition()).partition();
        return its == null ? !Handover.hasUnsent(one, part.partition()) : its.hasSent(part.before());
    }

    /** Appends the steps; false if one of them is not the next. */
    private boolean append(List<Handover.Part> parts) throws InterruptedException {
        AppendAllBody.Builder body = new AppendAllBody.Builder();
        for (Handover.Part part : parts) {
            StreamId stream = (part.first() ? steps : to.steps()).stream(part.partition());
            body.add(stream, Event.of(part.step().write())).expect(stream, part.before());
        }
        Reply reply;
        try {
            reply = Await.reply(shards.numbered(to.steps().shard(0)).submit(body.request(tenant)));
        } catch (ThalwegException e) {
            if (hasHappened()) {
                return true;
            }
            throw e;
        }
        return switch (reply) {
            case Reply.Done _ -> true;
            case Reply.Refused refused when refused.code() == ErrorCode.SEQUENCE_MISMATCH -> false;
            case Reply.Refused refused ->
                throw new ThalwegException(
                        refused.code(), String.valueOf(refused.toException().getMessage()));
        };
    }

    /** Looks in the shard's order, when nobody has said whether the steps are there. */
    private boolean hasHappened() throws InterruptedException {
        shards.catchUp(Set.of(to.steps().shard(0)), HOLD);
        to.catchUp();
        return to.standing() == StepStore.Standing.ANSWERS;
    }
}
