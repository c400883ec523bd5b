package io.thalweg.view.java.run;

import java.util.List;

/** Hears what a partition does, for those who wait for events to be processed, hops included. Called on the partition's thread. */
public interface StepListener {
    /** Nobody waits. */
    StepListener NONE = new StepListener() {
        @Override
        public void emitting(List<Origin> hops) {}

        @Override
        public void refused(List<Origin> hops) {}

        @Override
        public void committed(List<Origin> taken, List<Answer> answers) {}
    };

    /** A step is about to be appended, with these hops; one origin may be there several times. It may fail all the same. */
    void emitting(List<Origin> hops);

    /** The step that was about to be appended was not, since another leader made one. */
    void refused(List<Origin> hops);

    /** A step is committed and visible: what it took, by origin, and what it answered. */
    void committed(List<Origin> taken, List<Answer> answers);

    /** A step is not waited for any more, whatever became of it: code of the next one, if that is being made, goes on. */
    default void settled() {}

    /**
     * The partition has begun again behind steps of which nobody may have heard what became of them: those of another leader, and one whose append has
     * said nothing.
     */
    default void begunAgain() {}
}
