package io.thalweg.testkit;

import io.thalweg.shard.Entry;
import io.thalweg.testkit.raft.GroupEntry;
import java.util.List;
import java.util.TreeMap;

/**
 * Which entries are committed, as those saw it who were there: a {@link Witness} of a lone shard, or what drives a group's replica when
 * it applies. It lives outside of the simulated machine and so survives its crashes; it is the truth that a replica's state must always
 * follow from. Indexes have gaps where the order has entries of its own. One thread.
 */
public final class Quorum {

    /** A committed entry. */
    public record Committed(long index, long term, Entry entry) {}

    private final TreeMap<Long, Committed> entries = new TreeMap<>();

    /** Newest committed index; -1 when there is none. */
    public long index() {
        return entries.isEmpty() ? -1 : entries.lastKey();
    }

    /** The stamp of the newest committed entry; 0 when there is none. */
    long newestNs() {
        return entries.isEmpty() ? 0 : entries.lastEntry().getValue().entry().timestampNs();
    }

    void commit(Committed committed) {
        if (committed.index() <= index()) {
            throw new IllegalStateException("commit of " + committed.index() + " after " + index());
        }
        entries.put(committed.index(), committed);
    }

    /** A replica is about to apply this: a new entry, or the very one that stands there. */
    void note(long index, long term, Entry entry) {
        if (index > index()) {
            commit(new Committed(index, term, GroupEntry.copy(entry)));
            return;
        }
        Committed known = at(index);
        if (known.term() != term || known.entry().checksum() != entry.checksum()) {
            throw new AssertionError("entry " + index + " of term " + term + " is applied where one of term "
                    + known.term() + " was committed");
        }
    }

    /** Forgets entries behind {@code index} that say nothing: damage to such a one, if it is the newest, passes for a torn write. */
    void forgetEmptyBehind(long index) {
        while (index() > index) {
            if (at(index()).entry().requests() != 0) {
                return;
            }
            entries.remove(index());
        }
    }

    /** Another that knows the same and goes its own way from here. */
    Quorum copy() {
        Quorum copy = new Quorum();
        copy.entries.putAll(entries);
        return copy;
    }

    /** Everything committed, in order. */
    public List<Committed> entries() {
        return List.copyOf(entries.values());
    }

    Committed at(long index) {
        Committed found = entries.get(index);
        if (found == null) {
            throw new AssertionError("no entry was committed at " + index);
        }
        return found;
    }
}
