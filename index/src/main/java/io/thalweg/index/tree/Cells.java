package io.thalweg.index.tree;

import io.thalweg.index.codec.KeyReader;
import io.thalweg.index.codec.KeyWriter;
import io.thalweg.index.schema.MapSchema;
import io.thalweg.index.store.Cursor;
import io.thalweg.index.store.Reading;
import io.thalweg.index.store.Writing;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The cells of a store as places see them: all can be read, and written only where that was meant. */
public final class Cells {
    /** What follows a node's prefix. Everything below a node lies from its prefix to before the prefix and {@code END}. */
    static final byte META = 0;

    static final byte ELEMENT = 1;
    static final byte NODE = 2;
    static final byte END = 3;

    private final Reading reading;
    private final @Nullable Writing writing;

    /** Cells that can be read alone. */
    public Cells(Reading reading) {
        this.reading = reading;
        this.writing = null;
    }

    /** Cells that can be read and written. */
    public Cells(Writing writing) {
        this.reading = writing;
        this.writing = writing;
    }

    /** The place of the whole index that lies behind {@code prefix}. */
    public Place root(byte[] prefix, Shape shape) {
        return shape.spread()
                ? new StoredPlace(this, prefix, shape, Link.ROOT)
                : new CellPlace(this, prefix, shape, Link.ROOT);
    }

    /** The key of the map behind {@code root} in whose part a cell of it lies; null for a cell that is of no entry. */
    public static @Nullable Object topKey(MapSchema<?, ?> map, byte[] root, byte[] cell) {
        return cell.length > root.length + 1 && cell[root.length] == ELEMENT
                ? map.key().readKey(new KeyReader(cell, root.length + 1))
                : null;
    }

    /** Behind all cells of an entry of the map behind {@code root}. */
    public static byte[] behind(MapSchema<?, ?> map, byte[] root, Object key) {
        KeyWriter entry = new KeyWriter().raw(root).raw(ELEMENT);
        map.key().writeKey(entry, key);
        return entry.raw(END).toByteArray();
    }

    byte @Nullable [] get(byte[] key) {
        return reading.get(key);
    }

    boolean has(byte[] key) {
        return reading.has(key);
    }

    Cursor cursor(byte[] from, byte[] to, boolean reverse) {
        return reading.cursor(from, to, reverse);
    }

    void put(byte[] key, byte[] value) {
        writing().put(key, value);
    }

    void delete(byte[] key) {
        writing().delete(key);
    }

    void deleteRange(byte[] from, byte[] to) {
        writing().deleteRange(from, to);
    }

    private Writing writing() {
        if (writing == null) {
            throw new UnsupportedOperationException("an index is written only by its view, in a step");
        }
        return writing;
    }

    static byte[] join(byte[] prefix, int tag) {
        byte[] key = Arrays.copyOf(prefix, prefix.length + 1);
        key[prefix.length] = (byte) tag;
        return key;
    }
}
