package io.thalweg.view.java.query;

import io.thalweg.index.store.Cursor;
import io.thalweg.index.store.Reading;
import org.jspecify.annotations.Nullable;

/** Cells that a query reads: each is counted, and none is read when its time is over. What stops a scan, whatever code asked for it. */
record BoundedReading(Reading cells, QueryRun run) implements Reading {

    @Override
    public byte @Nullable [] get(byte[] key) {
        byte[] value = cells.get(key);
        run.read(value == null ? 0 : value.length);
        return value;
    }

    @Override
    public boolean has(byte[] key) {
        run.read(0);
        return cells.has(key);
    }

    @Override
    public Cursor cursor(byte[] from, byte[] to, boolean reverse) {
        run.read(0);
        return new Walk(cells.cursor(from, to, reverse), run);
    }

    private record Walk(Cursor cursor, QueryRun run) implements Cursor {
        @Override
        public boolean valid() {
            return cursor.valid();
        }

        @Override
        public byte[] key() {
            return cursor.key();
        }

        @Override
        public byte[] value() {
            byte[] value = cursor.value();
            run.read(value.length);
            return value;
        }

        @Override
        public void next() {
            run.read(0);
            cursor.next();
        }

        @Override
        public void seek(byte[] key) {
            run.read(0);
            cursor.seek(key);
        }

        @Override
        public void close() {
            cursor.close();
        }
    }
}
