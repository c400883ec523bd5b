package io.thalweg.server.javaviews;

import io.thalweg.directory.Log;
import io.thalweg.directory.View;
import io.thalweg.directory.ViewVersion;
import io.thalweg.index.IndexSpace;
import io.thalweg.model.StreamId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.ViewId;
import io.thalweg.model.event.Event;
import io.thalweg.model.request.AppendAllBody;
import io.thalweg.model.request.Reply;
import io.thalweg.server.routing.Await;
import io.thalweg.server.routing.Shards;
import io.thalweg.view.java.run.Handover;
import io.thalweg.view.java.run.StateCopy;
import io.thalweg.view.java.run.StepStore;
import io.thalweg.view.java.run.Surroundings;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has states of versions become copies of those that answer, on the node that leads both, before anything runs on them. What answers takes in nothing for the moment
 * that is copied, until nothing hops there; the rest is done beside it. Nothing of this is kept: who leads next finds in the steps what is there, and goes on from it.
 * What changes which of them there are is called under one lock; the rest is thread-safe.
 */
final class StateCopies {
    private static final Logger LOG = LoggerFactory.getLogger(StateCopies.class);

    /** How long the state that answers takes in nothing, at most. */
    private static final Duration HOLD = Duration.ofSeconds(3);

    /** So long each partition has to hear when its clock is to stop. */
    private static final Duration STOPPING = Duration.ofMillis(20);

    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final int PAUSE_SHIFT_MAX = 6;
    private static final long GLANCE_MS = 2;

    private final Shards shards;
    private final KeptStates kept;
    private final Map<ViewId, Copying> copies = new ConcurrentHashMap<>();

    /** @param kept knows who reads from stores */
    StateCopies(Shards shards, KeptStates kept) {
        this.shards = shards;
        this.kept = kept;
    }

    /** Whether a state is still to become a copy. */
    static boolean isUnderWay(View view, Log state, StepStore store) {
        if (!view.beganAsCopy(state.id())) {
            return false;
        }
        IndexSpace space = Surroundings.space(state.id().value());
        for (int i = 0; i < States.partitions(state); i++) {
            if (store.isBeingCopied(space, i)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Whether the state that follows is still to become a copy; has that go on.
     *
     * @param from what answers; null when it does not run
     */
    boolean isMaking(View view, States found, StepStore store, @Nullable RunningView from) {
        Log state = found.follows();
        ViewVersion its = view.version(found.following()).orElse(null);
        if (state == null || its == null || !its.copied() || !isUnderWay(view, state, store)) {
            end(view.id());
            return false;
        }
        Copying known = copies.get(view.id());
        if (known == null || !known.isOf(from, state)) {
            end(view.id());
            known = new Copying(from, state);
            copies.put(view.id(), known);
        }
        known.look();
        return true;
    }

    /** What keeps a copy; null when nothing is known to. */
    @Nullable
    String obstacle(ViewId view) {
        Copying its = copies.get(view);
        return its == null ? null : its.obstacle;
    }

    /** Nothing more is copied for a view as it runs. */
    void end(ViewId view) {
        Copying its = copies.remove(view);
        if (its != null) {
            its.end();
        }
    }

    void endAll() {
        List.copyOf(copies.keySet()).forEach(this::end);
    }

    /** One copy, which is begun until it is whole. */
    private final class Copying {
        private static final String COPIES = "its indexes are copied from today's";

        private final @Nullable RunningView from;
        private final Log to;
        private volatile @Nullable String obstacle;
        private volatile @Nullable Thread thread;
        private volatile boolean busy;
        private volatile boolean ended;
        private volatile long againNs = System.nanoTime();
        private volatile int inVain;

        Copying(@Nullable RunningView from, Log to) {
            this.from = from;
            this.to = to;
            this.obstacle = from == null ? "the version that answers does not run" : COPIES;
        }

        boolean isOf(@Nullable RunningView answering, Log state) {
            return from == answering && to.id().equals(state.id());
        }

        void look() {
            RunningView its = from;
            if (its == null || busy || ended || System.nanoTime() - againNs < 0) {
                return;
            }
            busy = true;
            thread = Thread.ofVirtual().name("view-copy-" + its.view().name()).start(() -> {
                boolean whole = false;
                try {
                    whole = kept.reading(() -> copy(its));
                } catch (RuntimeException e) {
                    if (!ended) {
                        obstacle = String.valueOf(e.getMessage());
                        LOG.warn(
                                "indexes of view {} could not be copied; trying again",
                                its.view().name(),
                                e);
                    }
                } finally {
                    int times = whole ? 0 : Math.min(inVain + 1, PAUSE_SHIFT_MAX);
                    inVain = times;
                    againNs = System.nanoTime() + (PAUSE.toNanos() << times);
                    busy = false;
                }
            });
        }

        void end() {
            ended = true;
            Thread its = thread;
            if (its != null) {
                its.interrupt();
            }
        }

        private boolean copy(RunningView its) {
            try (StateCopy copy = begun(its)) {
                if (copy == null) {
                    return false;
                }
                obstacle = COPIES;
                for (int i = 0; i < its.partitions().size(); i++) {
                    while (!ended && copy.step(i)) {
                        // until it has all
                    }
                }
                if (ended) {
                    return false;
                }
                List<Handover.Part> last = copy.last();
                append(its, last);
                copy.apply(last);
                obstacle = null;
                LOG.info("a copy of the indexes of view {} is whole", its.view().name());
                return true;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }

        /** Takes the moment; null when there was none in time. */
        private @Nullable StateCopy begun(RunningView its) throws InterruptedException {
            long endNs = System.nanoTime() + HOLD.toNanos();
            Instant held = Instant.now().plus(STOPPING);
            its.partitions().forEach(partition -> partition.hold(held));
            try {
                while (true) {
                    StateCopy copy = new StateCopy(its.side(), its.sideOf(to));
                    String found = copy.obstacle();
                    if (found == null) {
                        return copy;
                    }
                    copy.close();
                    obstacle = found;
                    if (ended || System.nanoTime() - endNs >= 0) {
                        return null;
                    }
                    Thread.sleep(GLANCE_MS);
                }
            } finally {
                its.partitions().forEach(partition -> partition.hold(null));
            }
        }

        /** Appends the last steps, all at once. */
        private void append(RunningView its, List<Handover.Part> parts) throws InterruptedException {
            AppendAllBody.Builder body = new AppendAllBody.Builder();
            for (Handover.Part part : parts) {
                StreamId stream = to.stream(part.partition());
                body.add(stream, Event.of(part.step().write())).expect(stream, part.before());
            }
            Reply reply = Await.reply(shards.numbered(to.shard(0)).submit(body.request(its.tenant())));
            if (reply instanceof Reply.Refused refused) {
                throw new ThalwegException(
                        refused.code(), String.valueOf(refused.toException().getMessage()));
            }
        }
    }
}
