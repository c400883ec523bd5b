package io.thalweg.view.java.local;

import io.thalweg.view.java.View;
import io.thalweg.view.java.run.Answer;
import io.thalweg.view.java.run.ChangeLog;
import io.thalweg.view.java.run.Handover;
import io.thalweg.view.java.run.Origin;
import io.thalweg.view.java.run.Partition;
import io.thalweg.view.java.run.StepListener;
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

    /** Whether by its steps it is in the place of the other, whoever knows of it. */
    private boolean tookOver;

    LocalState(UUID id, boolean rebuilt, Supplier<View> code, MemoryStreams streams) {
        this.id = id;
        this.rebuilt = rebuilt;
        this.code = code;
        this.streams = streams;
    }

    /** Its steps say that it is in the place of the other. */
    void tookOver() {
        tookOver = true;
    }

    /** What hears of its steps while it stands beside another: what it answers counts from the moment on from which it is in its place. */
    StepListener heardBy(LocalAnswers answers) {
        return new StepListener() {
            @Override
            public void emitting(List<Origin> hops) {}

            @Override
            public void refused(List<Origin> hops) {}

            @Override
            public void committed(List<Origin> taken, List<Answer> said) {
                if (tookOver) {
                    answers.heard(said);
                }
            }
        };
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
