package io.thalweg.index.store;

import io.thalweg.index.codec.ValueReader;
import io.thalweg.index.codec.ValueWriter;
import io.thalweg.model.MalformedException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a step changes: ranges that are emptied first, then cells of which each stands once, with its new value or null for none. As
 * bytes, since they travel in the change log:
 *
 * <pre>
 * changes = version 1, count range*, count cell*
 * range   = from to                                bytes each, disjoint and ascending
 * cell    = shared rest (0 | 1 value)              shared: bytes in common with the key before; rest, value: bytes
 * </pre>
 */
public final class Changes {
    /** No changes. */
    public static final Changes NONE = new Changes(List.of(), new byte[0][], new byte[0][]);

    private static final int VERSION = 1;

    private final List<Range> emptied;

    /** Ascending; never changed. */
    private final byte[][] keys;

    /** The value of each key, null to delete it. */
    private final byte[] @Nullable [] values;

    /** Keys from {@code from} to before {@code to}. */
    public record Range(byte[] from, byte[] to) {}

    private Changes(List<Range> emptied, byte[][] keys, byte[] @Nullable [] values) {
        this.emptied = List.copyOf(emptied);
        this.keys = keys;
        this.values = values;
    }

    /** @param cells ascending by their keys */
    static Changes of(List<Range> emptied, CellMap.Cell[] cells) {
        byte[][] keys = new byte[cells.length][];
        byte[] @Nullable [] values = new byte[cells.length][];
        for (int i = 0; i < cells.length; i++) {
            keys[i] = cells[i].key();
            values[i] = cells[i].value();
        }
        return new Changes(emptied, keys, values);
    }

    /** A map in the order of keys. */
    static <V extends @Nullable Object> NavigableMap<byte[], V> ordered() {
        return new TreeMap<>(Arrays::compareUnsigned);
    }

    /** Ranges to empty before cells are written; disjoint, ascending. */
    public List<Range> emptied() {
        return emptied;
    }

    /** How many cells get another value or none. */
    public int size() {
        return keys.length;
    }

    public boolean isEmpty() {
        return emptied.isEmpty() && keys.length == 0;
    }

    /** The key of a cell, of {@link #size} that ascend; nobody changes it. */
    public byte[] key(int place) {
        return keys[place];
    }

    /** The new value of a cell, null where it is deleted; nobody changes it. */
    public byte @Nullable [] value(int place) {
        return values[place];
    }

    /** The new value of a cell; null where it is deleted, or none of those that change. */
    public byte @Nullable [] get(byte[] key) {
        int at = Arrays.binarySearch(keys, key, Arrays::compareUnsigned);
        return at < 0 ? null : values[at];
    }

    /** The first key from {@code from} on; null if there is none. */
    public byte @Nullable [] ceiling(byte[] from) {
        int at = place(from);
        return at == keys.length ? null : keys[at];
    }

    /** Keys from one to before another, ascending. */
    public List<byte[]> keys(byte[] from, byte[] to) {
        int first = place(from);
        return Collections.unmodifiableList(Arrays.asList(keys)).subList(first, Math.max(first, place(to)));
    }

    /** How many keys are before one. */
    private int place(byte[] key) {
        int at = Arrays.binarySearch(keys, key, Arrays::compareUnsigned);
        return at < 0 ? -1 - at : at;
    }

    /** Makes the changes to what lies in {@code cells}. */
    public void applyTo(Writing to) {
        emptied.forEach(range -> to.deleteRange(range.from(), range.to()));
        for (int i = 0; i < keys.length; i++) {
            byte[] value = values[i];
            if (value == null) {
                to.delete(keys[i]);
            } else {
                to.put(keys[i], value);
            }
        }
    }

    /** Whether they change anything from one key to before another. */
    public boolean reach(byte[] from, byte[] to) {
        return place(from) < place(to)
                || emptied.stream()
                        .anyMatch(range -> Arrays.compareUnsigned(range.from, to) < 0
                                && Arrays.compareUnsigned(from, range.to) < 0);
    }

    /** Makes those of the changes that are from one key to before another. */
    public void applyTo(Writing writing, byte[] from, byte[] to) {
        for (Range range : emptied) {
            byte[] first = Arrays.compareUnsigned(range.from, from) < 0 ? from : range.from;
            byte[] last = Arrays.compareUnsigned(range.to, to) > 0 ? to : range.to;
            if (Arrays.compareUnsigned(first, last) < 0) {
                writing.deleteRange(first, last);
            }
        }
        int first = place(from);
        part(List.of(), first, Math.max(first, place(to))).applyTo(writing);
    }

    private Changes part(List<Range> ranges, int from, int to) {
        return new Changes(ranges, Arrays.copyOfRange(keys, from, to), Arrays.copyOfRange(values, from, to));
    }

    /**
     * The same in several, each with about so many bytes of keys and values at most, but for what cannot be divided; to be applied in their
     * order.
     */
    public List<Changes> pieces(int bytes) {
        List<Changes> pieces = new ArrayList<>();
        List<Range> ranges = emptied;
        int first = 0;
        long size = 0;
        for (int i = 0; i < keys.length; i++) {
            byte[] value = values[i];
            long its = (long) keys[i].length + (value == null ? 0 : value.length);
            size += its;
            if (size > bytes && i > first) {
                pieces.add(part(ranges, first, i));
                ranges = List.of();
                first = i;
                size = its;
            }
        }
        if (first < keys.length || !ranges.isEmpty()) {
            pieces.add(part(ranges, first, keys.length));
        }
        return pieces;
    }

    public void write(ValueWriter to) {
        to.raw(VERSION).count(emptied.size());
        emptied.forEach(range -> to.bytes(range.from()).bytes(range.to()));
        to.count(keys.length);
        byte[] before = {};
        for (int i = 0; i < keys.length; i++) {
            byte[] key = keys[i];
            int shared = Arrays.mismatch(before, key);
            byte[] value = values[i];
            to.count(shared).bytes(key, shared, key.length - shared).bool(value != null);
            if (value != null) {
                to.bytes(value);
            }
            before = key;
        }
    }

    public static Changes read(ValueReader from) {
        int version = from.raw();
        if (version != VERSION) {
            throw new MalformedException("changes have version " + version + ", expected " + VERSION);
        }
        List<Range> emptied = new ArrayList<>();
        byte[] last = {};
        for (int i = from.size(); i > 0; i--) {
            Range range = new Range(from.bytes(), from.bytes());
            if (Arrays.compareUnsigned(last, range.from) > 0 || Arrays.compareUnsigned(range.from, range.to) >= 0) {
                throw new MalformedException("ranges of changes do not ascend");
            }
            last = range.to;
            emptied.add(range);
        }
        int count = from.size();
        byte[][] keys = new byte[count][];
        byte[] @Nullable [] values = new byte[count][];
        byte[] before = {};
        for (int i = 0; i < count; i++) {
            long shared = from.count();
            byte[] rest = from.bytes();
            if (shared > before.length) {
                throw new MalformedException("a key shares " + shared + " bytes with one of " + before.length);
            }
            byte[] key = Arrays.copyOf(before, (int) shared + rest.length);
            System.arraycopy(rest, 0, key, (int) shared, rest.length);
            if (i > 0 && Arrays.compareUnsigned(before, key) >= 0) {
                throw new MalformedException("keys of changes do not ascend");
            }
            keys[i] = key;
            values[i] = from.bool() ? from.bytes() : null;
            before = key;
        }
        return new Changes(emptied, keys, values);
    }
}
