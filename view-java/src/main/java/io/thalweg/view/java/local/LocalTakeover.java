package io.thalweg.view.java.local;

import io.thalweg.view.java.run.Handover;
import io.thalweg.view.java.run.Partition;
import io.thalweg.view.java.run.StepStore;
import io.thalweg.view.java.run.Wiring;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What stands beside a {@link LocalView} takes the place of what answers, piece by piece, so that time, steps and crashes may come in between. One thread.
 */
final class LocalTakeover {
    private final LocalView view;
    private final LocalState from;
    private final LocalState to;
    private final Instant held;
    private List<Handover.Part> parts = List.of();
    private @Nullable Handover handover;

    /** Has what answers take in nothing more. */
    LocalTakeover(LocalView view, LocalState to) {
        this.view = view;
        this.from = view.today();
        this.to = to;
        this.held = view.now();
        view.hold(held);
    }

    /** Appends the steps if nothing stands in the way; what does otherwise. */
    @Nullable
    String append() {
        List<StepStore> ways = view.ways();
        Set<Integer> parkedTimers = new TreeSet<>();
        for (int i = 0; i < ways.size(); i++) {
            if (view.leader(i).parked().stream().anyMatch(Partition.Parked::isTimer)) {
                parkedTimers.add(i);
            }
        }
        Handover its = new Handover(
                from.side(ways),
                to.side(ways),
                new Wiring(to.code.get(), 0, ways.size()),
                held,
                view.now(),
                parkedTimers);
        if (its.obstacle() != null) {
            return its.obstacle();
        }
        List<Handover.Part> made = its.parts();
        if (!MemoryStreams.handOver(from.streams, to.streams, made)) {
            return "a step was made meanwhile";
        }
        to.tookOver();
        handover = its;
        parts = made;
        return null;
    }

    /** Has the stores have some of the steps. */
    void apply(Random some) {
        Handover its = handover;
        if (its != null) {
            its.apply(parts.stream().filter(_ -> some.nextBoolean()).toList());
        }
    }

    /** Has the stores have all that the steps say, and what answers by them go on. */
    void end() {
        if (handover != null) {
            from.catchUp(view.ways(), StepStore.Standing.FOLLOWS);
            to.catchUp(view.ways(), StepStore.Standing.ANSWERS);
            view.answer(to);
        }
        view.hold(null);
    }
}
