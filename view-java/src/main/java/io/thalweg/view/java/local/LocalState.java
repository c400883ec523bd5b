package io.thalweg.view.java.local;

import io.thalweg.view.java.View;
import io.thalweg.view.java.run.ChangeLog;
import io.thalweg.view.java.run.Handover;
import io.thalweg.view.java.run.Partition;
import io.thalweg.view.java.run.StepStore;
import io.thalweg.view.java.run.Surroundings;
import io.thalweg.view.java.run.Wiring;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A state of a {@link LocalView}: the one that answers, one beside it, or one of before. One thread. */
final class LocalState {
    final UUID id;
    final boolean rebuilt;
    final Supplier<View> code;
    final MemoryStreams streams;

    /** While it stands beside another. */
    final List<Partition> leaders = new ArrayList<>();

    LocalState(UUID id, boolean rebuilt, Supplier<View> code, MemoryStreams streams) {
        this.id = id;
        this.rebuilt = rebuilt;
        this.code = code;
        this.streams = streams;
    }

    /**
     * Has another answer in the place of this one, if nothing stands in the way.
     *
     * @param stores of the partitions, which both are in
     * @param held since when this one takes in nothing more
     * @param parkedTimers partitions of this one in which a timer does not get through
     * @param heard whether the stores have it at once, and not only the steps
     * @return what stands in the way; null when it is done
     */
    @Nullable
    String handOver(LocalState other, List<StepStore> stores, Instant held, Set<Integer> parkedTimers, boolean heard) {
        Handover handover = new Handover(
                new Handover.Side(id, stores, streams),
                new Handover.Side(other.id, stores, other.streams),
                new Wiring(other.code.get(), 0, stores.size()),
                held,
                parkedTimers);
        if (handover.obstacle() != null) {
            return handover.obstacle();
        }
        List<Handover.Part> parts = handover.parts();
        if (!MemoryStreams.handOver(streams, other.streams, parts)) {
            return "a step was made meanwhile";
        }
        if (heard) {
            handover.apply(parts);
        }
        return null;
    }

    /** Reads the steps that the stores do not have, and expects to stand so then. */
    void catchUp(List<StepStore> stores, StepStore.Standing expected) {
        for (int i = 0; i < stores.size(); i++) {
            new ChangeLog(Surroundings.space(id), i, streams, stores.get(i)).catchUp();
        }
        StepStore.Standing standing = stores.getFirst().standing(Surroundings.space(id));
        if (standing != expected) {
            throw new IllegalStateException("state " + id + " is one that " + standing + ", not " + expected);
        }
    }
}
