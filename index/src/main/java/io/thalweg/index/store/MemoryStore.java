package io.thalweg.index.store;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** A store in memory, for simulations and for tests of views. {@link #crash} takes from it what a disk might not have. */
public final class MemoryStore implements IndexStore {
    private volatile SortedTree committed = SortedTree.EMPTY;

    /** What was committed since the last flush, oldest first; before all, what was flushed. */
    private final List<SortedTree> unflushed = new ArrayList<>(List.of(SortedTree.EMPTY)); // guarded by this

    /** Loses the commits of some last part since the last flush, as a crash does. */
    public synchronized void crash(RandomGenerator random) {
        committed = unflushed.get(random.nextInt(unflushed.size()));
        flush();
    }

    @Override
    public Snapshot snapshot() {
        return new Reader(committed);
    }

    @Override
    public Reading latest() {
        return new Reader(null);
    }

    @Override
    public synchronized void commit(Changes changes) {
        SortedTree tree = committed;
        for (Changes.Range range : changes.emptied()) {
            tree = tree.removeRange(range.from(), range.to());
        }
        for (int i = 0; i < changes.size(); i++) {
            byte[] value = changes.value(i);
            tree = value == null ? tree.remove(changes.key(i)) : tree.put(changes.key(i), value);
        }
        committed = tree;
        unflushed.add(tree);
    }

    @Override
    public synchronized void flush() {
        unflushed.clear();
        unflushed.add(committed);
    }

    /** Another store with what is committed in this one. */
    public MemoryStore copy() {
        MemoryStore copy = new MemoryStore();
        copy.committed = committed;
        copy.flush();
        return copy;
    }

    @Override
    public void close() {
        // Nothing is held.
    }

    /** Reads one tree, or the newest. */
    private final class Reader implements Snapshot {
        private final @Nullable SortedTree fixed;

        Reader(@Nullable SortedTree fixed) {
            this.fixed = fixed;
        }

        private SortedTree tree() {
            return fixed == null ? committed : fixed;
        }

        @Override
        public byte @Nullable [] get(byte[] key) {
            return tree().get(key);
        }

        @Override
        public boolean has(byte[] key) {
            return tree().get(key) != null;
        }

        @Override
        public Cursor cursor(byte[] from, byte[] to, boolean reverse) {
            return tree().cursor(from, to, reverse);
        }

        @Override
        public void close() {
            // Nothing is held.
        }
    }
}
