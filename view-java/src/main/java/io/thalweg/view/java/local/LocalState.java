package io.thalweg.view.java.local;

import io.thalweg.view.java.View;
import io.thalweg.view.java.run.ChangeLog;
import io.thalweg.view.java.run.Handover;
import io.thalweg.view.java.run.Partition;
import io.thalweg.view.java.run.StepStore;
import io.thalweg.view.java.run.Surroundings;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;

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

    /** As one side of a handover; its stores are those of the other, too. */
    Handover.Side side(List<StepStore> stores) {
        return new Handover.Side(id, stores, streams);
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
