package io.thalweg.server.javaviews;

import io.thalweg.directory.Log;
import io.thalweg.directory.View;
import io.thalweg.model.ViewId;
import io.thalweg.server.routing.Administration;
import io.thalweg.server.routing.Shards;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The versions of views here that are to take the place of those that answer: one with a state of its own by a {@link Takeover}, one on the same state by a {@link
 * Rolling}. What changes which of them there are is called under one lock; the rest is thread-safe.
 */
final class Takeovers {
    private static final Logger LOG = LoggerFactory.getLogger(Takeovers.class);
    private static final long CLOSING_LOOK_MS = 5;

    private final Administration administration;
    private final Shards shards;
    private final Map<ViewId, RunningView> running;
    private final Map<ViewId, RunningView> besides;
    private final TookOver tookOver;
    private final Loading loading;
    private final Map<ViewId, Takeover> takeovers = new ConcurrentHashMap<>();
    private final Map<ViewId, Rolling> rollings = new ConcurrentHashMap<>();

    /** Those that are over, of which something may still happen. */
    private final Set<Takeover> ending = ConcurrentHashMap.newKeySet();

    private final Set<ViewId> confirming = ConcurrentHashMap.newKeySet();

    /** Hears what answers in whose place. */
    interface TookOver {
        void hear(@Nullable RunningView from, RunningView to);
    }

    /** Loads a version of a view. */
    interface Loading {
        RunningView.Release load(RunningView view, int version) throws InterruptedException;
    }

    /**
     * @param running what answers here, as it changes
     * @param besides what follows that, the same
     */
    Takeovers(
            Administration administration,
            Shards shards,
            Map<ViewId, RunningView> running,
            Map<ViewId, RunningView> besides,
            TookOver tookOver,
            Loading loading) {
        this.administration = administration;
        this.shards = shards;
        this.running = running;
        this.besides = besides;
        this.tookOver = tookOver;
        this.loading = loading;
    }

    /** Looks after all of them. */
    void look() {
        besides.forEach((id, to) -> {
            RunningView from = running.get(id);
            Log ahead = to.ahead();
            if (ahead != null && (from == null || from.steps().id().equals(ahead.id()))) {
                takeovers
                        .compute(
                                id,
                                (_, known) -> known != null && known.isOf(from, to)
                                        ? known
                                        : instead(
                                                known,
                                                new Takeover(
                                                        administration,
                                                        shards,
                                                        to.tenant(),
                                                        to.sideOf(ahead),
                                                        ahead,
                                                        from,
                                                        to,
                                                        () -> tookOver.hear(from, to))))
                        .look();
            }
        });
        running.forEach((id, its) -> {
            View view = its.view();
            int next = view.candidate();
            if (next != 0 && next != its.version() && view.sharesState(next)) {
                rollings.compute(
                                id,
                                (_, known) -> known != null && known.isOf(its, next)
                                        ? known
                                        : new Rolling(administration, its, next, loading))
                        .look();
            } else {
                end(rollings.remove(id));
            }
        });
        confirm();
    }

    private static void end(@Nullable Rolling rolling) {
        if (rolling != null) {
            rolling.end();
        }
    }

    /** Begins nothing more for a view as it runs. */
    void end(ViewId id) {
        end(rollings.remove(id));
        end(takeovers.remove(id));
    }

    private void end(@Nullable Takeover takeover) {
        if (takeover != null) {
            takeover.end();
            ending.add(takeover);
        }
    }

    private Takeover instead(@Nullable Takeover of, Takeover next) {
        end(of);
        return next;
    }

    /** Whether a state may be taking the place of another at this moment. */
    boolean isBusy(ViewId id) {
        Takeover takeover = takeovers.get(id);
        return takeover != null && takeover.isBusy();
    }

    /** What keeps the version that is to come; null when nothing is known to. */
    @Nullable
    String obstacle(ViewId id) {
        Rolling rolling = rollings.get(id);
        Takeover takeover = takeovers.get(id);
        return rolling != null ? rolling.obstacle() : takeover == null ? null : takeover.obstacle();
    }

    /** Tells the directory which states answer, once nothing that was begun here can change that any more. */
    private void confirm() {
        running.forEach((id, its) -> {
            if (its.view().takingOver()
                    && its.version() == its.view().active()
                    && !besides.containsKey(id)
                    && ending.stream().noneMatch(each -> each.isBusyWith(id))
                    && confirming.add(id)) {
                Thread.ofVirtual().name("view-takeover-confirm").start(() -> {
                    try {
                        Takeover.confirm(administration, shards, its);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    } catch (RuntimeException e) {
                        LOG.warn(
                                "nobody knows yet that view {} is taken over; trying again",
                                its.view().name(),
                                e);
                    } finally {
                        confirming.remove(id);
                    }
                });
            }
        });
        ending.removeIf(each -> !each.isBusy());
    }

    /** Waits until nothing of them runs any more, by {@link System#nanoTime}; false when something does still. */
    boolean endAll(long untilNs) throws InterruptedException {
        List.copyOf(rollings.keySet()).forEach(this::end);
        List.copyOf(takeovers.keySet()).forEach(this::end);
        ending.forEach(Takeover::interrupt);
        while (!confirming.isEmpty() || ending.stream().anyMatch(Takeover::isBusy)) {
            if (System.nanoTime() - untilNs >= 0) {
                return false;
            }
            Thread.sleep(CLOSING_LOOK_MS);
        }
        return true;
    }
}
