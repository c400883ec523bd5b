package io.thalweg.index.store;

/**
 * The port to where indexes lie. One thread writes; any thread reads, from snapshots, without stopping it. {@link #commit} is seen
 * whole or not at all, and commits survive a crash in order: some first part of them, with all that came before the last
 * {@link #flush}.
 */
public interface IndexStore extends AutoCloseable {

    /** What is committed, as it stands now and until it is closed. */
    Snapshot snapshot();

    /** What is committed, at each moment anew; for the writer. */
    Reading latest();

    /** Makes changes, all or none. One thread at a time. */
    void commit(Changes changes);

    /** Returns when all commits so far survive a crash. */
    void flush();

    @Override
    void close();

    /** Committed cells that do not change. Thread-safe, until it is closed. */
    interface Snapshot extends Reading, AutoCloseable {
        @Override
        void close();
    }
}
