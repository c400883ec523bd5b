package io.thalweg.view.state;

import io.thalweg.view.VersionStatus;
import io.thalweg.view.ViewIndex;
import java.util.Iterator;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Where one version of a view keeps its state. All of it and the position change in one step, whatever happens. Used by one thread at a
 * time, except that a returned future completes on another.
 */
public interface StateKeeper {

    /** The index to start instances with. */
    ViewIndex index();

    /** Forgets what was not committed, and offers the states to go back to, newest first; damaged ones are passed over. */
    Iterator<SavedState> load();

    /** The code may change the index from now on, or no more. */
    void writable(boolean writable);

    /** The event under way was processed. */
    void eventDone();

    /** The event under way was refused: as if it had never been. */
    void eventRefused();

    /** Whether so much is uncommitted that it is time for {@link #commit}; sooner when there is nothing else to do. */
    boolean wantsCommit(boolean idle);

    /** Makes this state the newest that {@link #load} offers while this process lives. */
    void commit(SavedState state);

    /**
     * A number of this state, which is the one in hand, and of all that is kept beside it: the same wherever that is the same. It may have to be committed for that, and it
     * may take long, beside everything else.
     */
    CompletableFuture<Long> digest(SavedState state);

    /** Commits and makes durable. */
    CompletableFuture<VersionStatus.Snapshot> save(SavedState state);

    /** Makes all durable that was committed or forgotten. */
    CompletableFuture<Void> flush();

    /** A state that {@link #load} offered is of no use to anybody any more, and is kept no longer. */
    void forget(SavedState state);

    /** Deletes all of it. */
    void delete();

    /** Whether what is kept turned out to be damaged, so that this keeper is of no use any more. */
    default boolean isDamaged() {
        return false;
    }

    /** It is used no more. */
    default void release() {}

    /** What was wrong with a stored state that {@link #load} passed over. */
    @Nullable
    String problem();
}
