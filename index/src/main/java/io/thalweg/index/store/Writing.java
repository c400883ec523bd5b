package io.thalweg.index.store;

/** Cells to read and to write. Arrays are shared and must not be changed. */
public interface Writing extends Reading {
    void put(byte[] key, byte[] value);

    void delete(byte[] key);

    /** Deletes all cells with {@code from <= key < to}. */
    void deleteRange(byte[] from, byte[] to);
}
