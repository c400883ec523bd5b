package io.thalweg.index.store;

/** Stands on a cell, or behind the last. One thread. */
public interface Cursor extends AutoCloseable {
    boolean valid();

    /** The key of the cell it stands on. */
    byte[] key();

    byte[] value();

    /** Goes on by one in its direction. */
    void next();

    /** Goes to the first cell in its direction that is at or after {@code key}, within the bounds, and not behind where it stands. */
    void seek(byte[] key);

    @Override
    void close();
}
