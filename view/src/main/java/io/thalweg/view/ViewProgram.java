package io.thalweg.view;

import java.util.List;

/** A view's code, checked and compiled once; instances share it. Thread-safe. */
public interface ViewProgram extends AutoCloseable {

    /** How the program keeps state: in its own memory, handed over as bytes, or in an index of the host's on disk. */
    boolean usesIndex();

    /** What the accepted world of this program is called, e.g. {@code primatomic:machine@0.0.1}. */
    String world();

    /** Imports that are not provided and trap when called; empty for a self-contained program. */
    List<String> stubs();

    /**
     * A fresh instance with no state; {@code init} has not been called.
     *
     * @param memory whose memory it takes; the instance's from now on, which closes it
     */
    ViewInstance start(ViewLimits limits, ViewIndex index, MemoryGrant memory);

    @Override
    void close();
}
