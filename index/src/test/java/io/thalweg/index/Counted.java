package io.thalweg.index;

import io.thalweg.index.store.Cursor;
import io.thalweg.index.store.Reading;
import org.jspecify.annotations.Nullable;

/** Cells that count how they are read. */
final class Counted implements Reading {
    private final Reading cells;
    int points;
    int walks;
    int rows;

    Counted(Reading cells) {
        this.cells = cells;
    }

    @Override
    public byte @Nullable [] get(byte[] key) {
        points++;
        return cells.get(key);
    }

    @Override
    public boolean has(byte[] key) {
        points++;
        return cells.has(key);
    }

    @Override
    public Cursor cursor(byte[] from, byte[] to, boolean reverse) {
        walks++;
        Cursor cursor = cells.cursor(from, to, reverse);
        return new Cursor() {
            @Override
            public boolean valid() {
                return cursor.valid();
            }

            @Override
            public byte[] key() {
                rows++;
                return cursor.key();
            }

            @Override
            public byte[] value() {
                return cursor.value();
            }

            @Override
            public void next() {
                cursor.next();
            }

            @Override
            public void seek(byte[] key) {
                cursor.seek(key);
            }

            @Override
            public void close() {
                cursor.close();
            }
        };
    }
}
