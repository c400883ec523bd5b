package io.thalweg.view.java.run;

import io.thalweg.index.IndexSpace;
import io.thalweg.index.store.Changes;
import io.thalweg.index.store.IndexStore;
import io.thalweg.index.store.Overlay;
import io.thalweg.index.store.Reading;
import io.thalweg.index.store.Writing;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * The way of steps into an index, on every replica. A step is applied behind the one before it and behind no other, whoever brings it: the
 * leader that made it, a follower that reads the change log, or a leader of yesterday whose thread was asleep between append and commit and
 * finds its step applied long ago. Thread-safe.
 */
public final class StepStore {
    /** Locks; partitions share them by hash. */
    private static final int LOCKS = 64;

    private final IndexStore store;
    private final Object[] locks = new Object[LOCKS];

    /** What was cleared, until somebody says that no file has it any more; guarded by itself. */
    private final List<Changes.Range> cleared = new ArrayList<>();

    public StepStore(IndexStore store) {
        this.store = store;
        for (int i = 0; i < LOCKS; i++) {
            locks[i] = new Object();
        }
    }

    /** What the steps went into, to read from. */
    public IndexStore store() {
        return store;
    }

    private Object lock(IndexSpace space, int partition) {
        return locks[Math.floorMod(31 * space.hashCode() + partition, LOCKS)];
    }

    /** The newest step of a partition that is applied, 0 before the first. */
    public long step(IndexSpace space, int partition) {
        return positions(space, partition).step();
    }

    /** For each stream of a partition what it took last; a copy. */
    public SortedMap<String, Long> taken(IndexSpace space, int partition) {
        return positions(space, partition).all();
    }

    /** Up to which step all is sent that a partition emits to other shards, as far as its steps say. */
    public long sent(IndexSpace space, int partition) {
        return positions(space, partition).sent();
    }

    /** The same as of a moment. */
    public static SortedMap<String, Long> taken(IndexSpace space, int partition, Reading cells) {
        return Positions.read(space.position(cells, partition)).all();
    }

    /** The newest step of a partition as of a moment. */
    public static long step(IndexSpace space, int partition, Reading cells) {
        return Positions.read(space.position(cells, partition)).step();
    }

    /** How a state of a view stands beside others of it. */
    public enum Standing {
        /** Nobody has begun to make it. */
        EMPTY,
        /** It answers, or did when the view stopped. */
        ANSWERS,
        /** It follows another, or waits to do so. */
        FOLLOWS
    }

    /** How a state stands. */
    public Standing standing(IndexSpace space) {
        Positions first = positions(space, 0);
        if (first.place() == Positions.Place.FOLLOWS) {
            return Standing.FOLLOWS;
        }
        return first.step() == 0 ? Standing.EMPTY : Standing.ANSWERS;
    }

    /** Whether a partition of a state that begins as a copy of another is not whole yet: it has nothing, or a part of what the other had. */
    public boolean isBeingCopied(IndexSpace space, int partition) {
        return positions(space, partition).isBeingCopied();
    }

    /** The step of a partition with which its state took the place of another; 0 for one that always answered. */
    public long since(IndexSpace space, int partition) {
        return positions(space, partition).since();
    }

    /** Whether a partition has a call to the outside open that an event of a log came to. */
    public boolean hasOpenCall(IndexSpace space, int partition, int partitions, Origin origin) {
        return OpenCalls.isOpen(space, partition, partitions, new Overlay(store.latest()), origin);
    }

    /**
     * Has a partition be at no step, and behind some sequences of its streams, in cells that are thrown away: its timers and open calls stay. What
     * comes of these streams was taken before, so that to code it is a replay.
     *
     * @param taken for each stream what counts as taken
     */
    public static void rehearse(IndexSpace space, int partition, Map<String, Long> taken, Writing cells) {
        Positions positions = Positions.read(space.position(cells, partition));
        positions.rehearsed();
        taken.forEach((stream, sequence) -> positions.begin(stream, "", sequence, Long.MAX_VALUE));
        space.position(cells, partition, positions.write());
    }

    Positions positions(IndexSpace space, int partition) {
        return Positions.read(space.position(store.latest(), partition));
    }

    /**
     * Applies a step.
     *
     * @param before the step before it
     * @return false when it is not the next one: it was applied already, or some before it are missing
     */
    boolean apply(IndexSpace space, int partition, long before, Changes changes) {
        synchronized (lock(space, partition)) {
            if (step(space, partition) != before) {
                return false;
            }
            store.commit(changes);
            return true;
        }
    }

    /** Removes all that a view keeps, once nothing of it runs. Nobody reads it any more; on disk it may be still, see {@link #cleared}. */
    public void clear(IndexSpace space) {
        Overlay overlay = new Overlay(store.latest());
        space.clear(overlay);
        Changes changes = overlay.changes();
        synchronized (cleared) { // who sees what is cleared is told so
            store.commit(changes);
            cleared.addAll(changes.emptied());
        }
    }

    /** What was cleared since this was made and may be in the store's files still. */
    public List<Changes.Range> cleared() {
        synchronized (cleared) {
            return List.copyOf(cleared);
        }
    }

    /** Says of some of {@link #cleared} that no file has anything of it any more. */
    public void erased(List<Changes.Range> ranges) {
        synchronized (cleared) {
            cleared.removeAll(ranges);
        }
    }
}
