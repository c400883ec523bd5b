package io.thalweg.testkit;

import io.thalweg.shard.Entry;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the rest of a group is taken to know, or what a {@link Witness} of a lone shard saw: which entries are committed. It lives outside of the simulated machine and so
 * survives its crashes; it is the truth that a replica's state must always follow from. One thread.
 */
public final class Quorum {

    /**
     * A committed entry.
     *
     * @param entry null for an entry of the consensus' own
     */
    public record Committed(long index, long term, @Nullable Entry entry) {}

    private final List<Committed> entries = new ArrayList<>();

    /** Newest committed index; -1 when there is none. */
    public long index() {
        return entries.isEmpty() ? -1 : entries.getLast().index();
    }

    void commit(Committed committed) {
        if (committed.index() != index() + 1) {
            throw new IllegalStateException("commit of " + committed.index() + " after " + index());
        }
        entries.add(committed);
    }

    /** Forgets entries behind {@code index} that say nothing: damage to such a one, if it is the newest, passes for a torn write. */
    void forgetEmptyBehind(long index) {
        while (index() > index) {
            Entry entry = entries.getLast().entry();
            if (entry == null || entry.requests() != 0) {
                return;
            }
            entries.removeLast();
        }
    }

    /** Another that knows the same and goes its own way from here. */
    Quorum copy() {
        Quorum copy = new Quorum();
        copy.entries.addAll(entries);
        return copy;
    }

    /** Everything committed, in order. */
    public List<Committed> entries() {
        return List.copyOf(entries);
    }

    Committed at(long index) {
        return entries.get((int) index);
    }
}
