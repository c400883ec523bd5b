package io.thalweg.server.javaviews;

import io.thalweg.directory.Log;
import io.thalweg.directory.Tenant;
import io.thalweg.directory.View;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Appends that wait until views in Java have processed them, hops included: those that their log names for that, or, where it names none, all that
 * follow it. Thread-safe.
 */
public final class FullAcks {
    /** How many events of a partition of the log a view may have before it: who appends more slowly gets an answer, not one more who waits in vain. */
    static final long BEHIND_MAX = 100_000;

    private final JavaViews views;

    public FullAcks(JavaViews views) {
        this.views = views;
    }

    /**
     * Begins to watch, before the event is appended.
     *
     * @throws ThalwegException {@code UNAVAILABLE} when a view that is to be waited for, or that may follow the log, does not run here; {@code
     *     OVERLOADED} when one of them is too far behind
     */
    public Waiting begin(Tenant tenant, Log log) {
        List<String> named = log.full();
        List<RunningView> following = named == null ? following(tenant, log) : named(tenant, log, named);
        following.forEach(view -> requireNear(view.view().name(), view.behind(log)));
        following.forEach(view -> view.watch(log));
        return new Waiting(log, following);
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
                throw unavailable("view " + name + ", which the log names, does not run here" + why(view));
            }
            if (!follows(running, log)) {
                throw unavailable("view " + name + ", which the log names, does not follow it");
            }
            named.add(running);
        }
        return named;
    }

    private static boolean follows(RunningView view, Log log) {
        return view.inputs().stream().anyMatch(input -> input.id().equals(log.id()));
    }

    private static ThalwegException unavailable(String why) {
        return new ThalwegException(ErrorCode.UNAVAILABLE, why + "; nothing was appended");
    }

    private String why(View view) {
        String failure = views.failure(view.id());
        return failure == null ? " yet" : ": " + failure;
    }

    private List<RunningView> following(Tenant tenant, Log log) {
        List<RunningView> following = new ArrayList<>();
        for (View view : tenant.views()) {
            if (!view.isJava()) {
                continue;
            }
            RunningView running = views.running(view.id());
            if (running == null) {
                requireElsewhere(tenant, view, log);
            } else if (follows(running, log)) {
                following.add(running);
            }
        }
        return following;
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
    private void requireElsewhere(Tenant tenant, View view, Log log) {
        boolean beside = tenant.log(view.log())
                .map(steps -> log.shards().contains(steps.shard(0)))
                .orElse(true);
        if (beside) {
            throw unavailable("view " + view.name() + " may follow the log and does not run here" + why(view));
        }
    }

    /** One append that waits; to be closed. */
    public static final class Waiting implements AutoCloseable {
        private final Log log;
        private final List<RunningView> views;

        private Waiting(Log log, List<RunningView> views) {
            this.log = log;
            this.views = views;
        }

        /**
         * The answers as JSON, by view; null where a handler gave none.
         *
         * @param before whether the event was appended before, by the same producer's number
         * @param timeout of all views together
         */
        public Map<String, byte @Nullable []> answers(int partition, long sequence, boolean before, Duration timeout)
                throws InterruptedException {
            long endNs = System.nanoTime() + timeout.toNanos();
            Map<String, byte @Nullable []> answers = new TreeMap<>();
            for (RunningView view : views) {
                Duration left = Duration.ofNanos(Math.max(0, endNs - System.nanoTime()));
                answers.put(view.view().name(), view.answer(log, partition, sequence, before, left));
            }
            return answers;
        }

        @Override
        public void close() {
            views.forEach(view -> view.unwatch(log));
        }
    }
}
