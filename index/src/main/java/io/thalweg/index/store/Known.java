package io.thalweg.index.store;

import org.jspecify.annotations.Nullable;

/**
 * What was read and written lately of cells of a store, and that there was nothing: whoever asks for one again has no way to go. For who alone writes the cells that he reads here, and says what
 * he has {@link #written}. Whoever walks goes below. One thread.
 *
 * <p>There are two halves of so many bytes. What is asked for is in the newer one, or is moved there; when that is full the older one is forgotten, and it takes its place. So what is asked for
 * again and again stays, at the price of a look, without any order of use.
 */
public final class Known implements Reading {
    /** Enough for what is asked for twice, and for what is asked for most; little, since there may be a thousand. */
    private static final long USUAL_BYTES = 64 << 10;

    /** What a cell takes here beside its bytes, about. */
    private static final long CELL_BYTES = 160;

    /** Longer values are not kept: they would push out many others. */
    private static final int VALUE_BYTES_MAX = 4 << 10;

    private final Reading below;
    private final long halfBytes;
    private CellMap newer = new CellMap();
    private CellMap older = new CellMap();
    private long bytes;

    /** With the memory of one who is one of many. */
    public Known(Reading below) {
        this(below, USUAL_BYTES);
    }

    /** @param bytes what it has in memory at most, about */
    public Known(Reading below, long bytes) {
        this.below = below;
        this.halfBytes = bytes / 2;
    }

    @Override
    public byte @Nullable [] get(byte[] key) {
        CellMap.Cell known = find(key);
        if (known != null) {
            return known.value();
        }
        byte[] value = below.get(key);
        keep(key, value);
        return value;
    }

    @Override
    public boolean has(byte[] key) {
        CellMap.Cell known = find(key);
        if (known != null) {
            return known.value() != null;
        }
        boolean there = below.has(key);
        if (!there) {
            keep(key, null);
        }
        return there;
    }

    @Override
    public Cursor cursor(byte[] from, byte[] to, boolean reverse) {
        return below.cursor(from, to, reverse);
    }

    /** Changes have come to what lies below. */
    public void written(Changes changes) {
        if (!changes.emptied().isEmpty()) {
            newer = new CellMap();
            older = new CellMap();
            bytes = 0;
        }
        for (int i = 0; i < changes.size(); i++) {
            keep(changes.key(i), changes.value(i));
        }
    }

    private CellMap.@Nullable Cell find(byte[] key) {
        CellMap.Cell known = newer.find(key);
        if (known == null) {
            known = older.find(key);
            if (known != null) {
                keep(key, known.value());
            }
        }
        return known;
    }

    private void keep(byte[] key, byte @Nullable [] value) {
        if (value != null && value.length > VALUE_BYTES_MAX) {
            CellMap.Cell before = newer.find(key);
            if (before != null) {
                bytes -= bytes(before);
                newer.remove(key);
            }
            older.remove(key); // it is what was there before
            return;
        }
        int size = newer.size();
        CellMap.Cell cell = newer.make(key);
        bytes -= newer.size() > size ? 0 : bytes(cell);
        cell.value(value);
        bytes += bytes(cell);
        if (bytes > halfBytes) {
            older = newer;
            newer = new CellMap();
            bytes = 0;
        }
    }

    private static long bytes(CellMap.Cell cell) {
        byte[] value = cell.value();
        return CELL_BYTES + cell.key().length + (value == null ? 0 : value.length);
    }
}
