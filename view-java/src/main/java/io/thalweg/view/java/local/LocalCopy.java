package io.thalweg.view.java.local;

import io.thalweg.view.java.View;
import io.thalweg.view.java.run.Handover;
import io.thalweg.view.java.run.StateCopy;
import io.thalweg.view.java.run.StepStore;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Other code comes to stand beside a {@link LocalView} on a copy of its indexes, piece by piece, so that steps and crashes may come in between. One thread.
 */
final class LocalCopy {
    private final LocalView view;
    private final LocalState to;
    private @Nullable StateCopy copy;
    private int partition;

    LocalCopy(LocalView view, Supplier<View> code) {
        this.view = view;
        view.versions++;
        this.to = new LocalState(
                new UUID(0, view.versions), false, code, view.today().streams.beside());
    }

    /** Takes a moment, whatever was copied before; what stands in the way otherwise. */
    @Nullable
    String begin() {
        end();
        StateCopy its = new StateCopy(view.today().side(view.ways()), to.side(view.ways()));
        String obstacle = its.obstacle();
        if (obstacle != null) {
            its.close();
            return obstacle;
        }
        copy = its;
        partition = 0;
        return null;
    }

    /**
     * Copies something more.
     *
     * @return whether it is whole, and stands beside the view
     */
    boolean goOn() {
        StateCopy its = copy;
        if (its == null) {
            throw new IllegalStateException("it has not begun");
        }
        if (partition < view.partitions()) {
            partition += its.step(partition) ? 0 : 1;
            return false;
        }
        List<Handover.Part> last = its.last();
        if (!MemoryStreams.handOver(view.today().streams, to.streams, last)) {
            throw new IllegalStateException("somebody else copies");
        }
        end();
        // Of the steps before these a store may have lost some.
        to.catchUp(view.ways(), StepStore.Standing.FOLLOWS);
        view.stand(to);
        return true;
    }

    /** What it makes. */
    LocalState to() {
        return to;
    }

    /** Does some of it by chance, and begins where it has to at a moment at which nothing hops; whether it is whole, as {@link #goOn}. */
    boolean perhapsGoOn(Random random) {
        if (copy == null) {
            view.hold(view.now());
            try {
                boolean _ = view.turn();
                String _ = begin();
            } finally {
                view.hold(null);
            }
            return false;
        }
        try {
            for (int i = random.nextInt(2 * view.partitions() + 2); i >= 0; i--) {
                if (goOn()) {
                    return true;
                }
            }
        } catch (IllegalStateException e) {
            end(); // another replica leads, which has not all of it
        }
        return false;
    }

    /** Goes on no more, unless it begins again. */
    void end() {
        if (copy != null) {
            copy.close();
            copy = null;
        }
    }
}
