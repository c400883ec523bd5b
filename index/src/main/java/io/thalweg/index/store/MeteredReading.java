package io.thalweg.index.store;

import org.jspecify.annotations.Nullable;

/**
 * Cells of which each read is told before or after it is done, to who bounds what a reading may cost; what he throws ends it.
 *
 * @param cells what is read
 * @param meter who is told
 */
public record MeteredReading(Reading cells, Meter meter) implements Reading {

    /** Is told what is read, on the thread that reads. */
    public interface Meter {
        /** A cell was read, looked for or passed over; {@code bytes} of its value came with it. */
        void read(int bytes);

        /** A key was read, of so many bytes. */
        default void key(int bytes) {}
    }

    @Override
    public byte @Nullable [] get(byte[] key) {
        byte[] value = cells.get(key);
        meter.read(value == null ? 0 : value.length);
        return value;
    }

    @Override
    public boolean has(byte[] key) {
        meter.read(0);
        return cells.has(key);
    }

    @Override
    public Cursor cursor(byte[] from, byte[] to, boolean reverse) {
        meter.read(0);
        return new Walk(cells.cursor(from, to, reverse), meter);
    }

    private record Walk(Cursor cursor, Meter meter) implements Cursor {
        @Override
        public boolean valid() {
            return cursor.valid();
        }

        @Override
        public byte[] key() {
            byte[] key = cursor.key();
            meter.key(key.length);
            return key;
        }

        @Override
        public byte[] value() {
            byte[] value = cursor.value();
            meter.read(value.length);
            return value;
        }

        @Override
        public void next() {
            meter.read(0);
            cursor.next();
        }

        @Override
        public void seek(byte[] key) {
            meter.read(0);
            cursor.seek(key);
        }

        @Override
        public void close() {
            cursor.close();
        }
    }
}
