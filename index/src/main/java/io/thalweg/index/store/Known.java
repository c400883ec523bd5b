package io.thalweg.index.store;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
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

    /** In the place of a value, where there is none. */
    private static final byte[] NOTHING = {};

    private final Reading below;
    private final long halfBytes;
    private Map<Key, byte[]> newer = new HashMap<>();
    private Map<Key, byte[]> older = Map.of();
    private long bytes;

    private static final class Key {
        private final byte[] bytes;
        private final int hash;

        Key(byte[] bytes) {
            this.bytes = bytes;
            this.hash = Arrays.hashCode(bytes);
        }

        @Override
        public int hashCode() {
            return hash;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Key its && hash == its.hash && Arrays.equals(bytes, its.bytes);
        }
    }

    /** With the memory of one who is one of many. */
    public Known(Reading below) {
        this(below, USUAL_BYTES);
    }

    /** @param bytes what it has in memory at most, about */
    Known(Reading below, long bytes) {
        this.below = below;
        this.halfBytes = bytes / 2;
    }

    @Override
    public byte @Nullable [] get(byte[] key) {
        Key its = new Key(key);
        byte[] known = find(its);
        if (known == null) {
            byte[] value = below.get(key);
            known = value == null ? NOTHING : value;
            keep(its, known);
        }
        return isNothing(known) ? null : known;
    }

    @Override
    public boolean has(byte[] key) {
        Key its = new Key(key);
        byte[] known = find(its);
        if (known != null) {
            return !isNothing(known);
        }
        boolean there = below.has(key);
        if (!there) {
            keep(its, NOTHING);
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
            newer = new HashMap<>();
            older = Map.of();
            bytes = 0;
        }
        changes.cells().forEach((key, value) -> keep(new Key(key), value == null ? NOTHING : value));
    }

    /** Empty values are others' arrays. */
    @SuppressWarnings("ReferenceEquality")
    private static boolean isNothing(byte[] known) {
        return known == NOTHING;
    }

    private byte @Nullable [] find(Key key) {
        byte[] known = newer.get(key);
        if (known == null) {
            known = older.get(key);
            if (known != null) {
                keep(key, known);
            }
        }
        return known;
    }

    private void keep(Key key, byte[] value) {
        byte[] before = value.length <= VALUE_BYTES_MAX ? newer.put(key, value) : newer.remove(key);
        bytes -= before == null ? 0 : bytes(key, before);
        if (value.length > VALUE_BYTES_MAX) {
            if (!older.isEmpty()) {
                older.remove(key); // it is what was there before
            }
            return;
        }
        bytes += bytes(key, value);
        if (bytes > halfBytes) {
            older = newer;
            newer = new HashMap<>();
            bytes = 0;
        }
    }

    private static long bytes(Key key, byte[] value) {
        return CELL_BYTES + key.bytes.length + value.length;
    }
}
