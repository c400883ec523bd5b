package io.thalweg.index.store;

import org.jspecify.annotations.Nullable;

/** Cells to read. Arrays that go in or come out are shared and must not be changed. */
public interface Reading {
    /** The value of a cell, null if there is none. */
    byte @Nullable [] get(byte[] key);

    /** Whether there is a cell, without reading its value. */
    boolean has(byte[] key);

    /**
     * Walks the cells with {@code from <= key < to}, in order or against it. To be closed. What is written meanwhile may be seen or
     * not.
     */
    Cursor cursor(byte[] from, byte[] to, boolean reverse);
}
