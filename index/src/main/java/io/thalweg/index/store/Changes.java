package io.thalweg.index.store;

import io.thalweg.index.codec.ValueReader;
import io.thalweg.index.codec.ValueWriter;
import io.thalweg.model.MalformedException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
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
    public static final Changes NONE = new Changes(List.of(), ordered());

    private static final int VERSION = 1;

    private final List<Range> emptied;
    private final NavigableMap<byte[], byte @Nullable []> cells;

    /** Keys from {@code from} to before {@code to}. */
    public record Range(byte[] from, byte[] to) {}

    Changes(List<Range> emptied, NavigableMap<byte[], byte @Nullable []> cells) {
        this.emptied = List.copyOf(emptied);
        this.cells = Collections.unmodifiableNavigableMap(cells);
    }

    /** A map in the order of keys. */
    static <V extends @Nullable Object> NavigableMap<byte[], V> ordered() {
        return new TreeMap<>(Arrays::compareUnsigned);
    }

    /** Ranges to empty before cells are written; disjoint, ascending. */
    public List<Range> emptied() {
        return emptied;
    }

    /** New values by key; null deletes. */
    public NavigableMap<byte[], byte @Nullable []> cells() {
        return cells;
    }

    public boolean isEmpty() {
        return emptied.isEmpty() && cells.isEmpty();
    }

    /** Makes the changes to what lies in {@code cells}. */
    public void applyTo(Writing to) {
        emptied.forEach(range -> to.deleteRange(range.from(), range.to()));
        cells.forEach((key, value) -> {
            if (value == null) {
                to.delete(key);
            } else {
                to.put(key, value);
            }
        });
    }

    /** Whether they change anything from one key to before another. */
    public boolean reach(byte[] from, byte[] to) {
        return !cells.subMap(from, true, to, false).isEmpty()
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
        new Changes(List.of(), cells.subMap(from, true, to, false)).applyTo(writing);
    }

    /**
     * The same in several, each with about so many bytes of keys and values at most, but for what cannot be divided; to be applied in their
     * order.
     */
    public List<Changes> pieces(int bytes) {
        List<Changes> pieces = new ArrayList<>();
        List<Range> ranges = emptied;
        NavigableMap<byte[], byte @Nullable []> piece = ordered();
        long size = 0;
        for (Map.Entry<byte[], byte @Nullable []> cell : cells.entrySet()) {
            byte[] value = cell.getValue();
            long its = (long) cell.getKey().length + (value == null ? 0 : value.length);
            size += its;
            if (size > bytes && !piece.isEmpty()) {
                pieces.add(new Changes(ranges, piece));
                ranges = List.of();
                piece = ordered();
                size = its;
            }
            piece.put(cell.getKey(), value);
        }
        if (!piece.isEmpty() || !ranges.isEmpty()) {
            pieces.add(new Changes(ranges, piece));
        }
        return pieces;
    }

    public void write(ValueWriter to) {
        to.raw(VERSION).count(emptied.size());
        emptied.forEach(range -> to.bytes(range.from()).bytes(range.to()));
        to.count(cells.size());
        byte[] before = {};
        for (Map.Entry<byte[], byte @Nullable []> cell : cells.entrySet()) {
            byte[] key = cell.getKey();
            int shared = Arrays.mismatch(before, key);
            byte[] value = cell.getValue();
            to.count(shared).bytes(Arrays.copyOfRange(key, shared, key.length)).bool(value != null);
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
        NavigableMap<byte[], byte @Nullable []> cells = ordered();
        byte[] before = {};
        for (int i = from.size(); i > 0; i--) {
            long shared = from.count();
            byte[] rest = from.bytes();
            if (shared > before.length) {
                throw new MalformedException("a key shares " + shared + " bytes with one of " + before.length);
            }
            byte[] key = Arrays.copyOf(before, (int) shared + rest.length);
            System.arraycopy(rest, 0, key, (int) shared, rest.length);
            if (!cells.isEmpty() && Arrays.compareUnsigned(before, key) >= 0) {
                throw new MalformedException("keys of changes do not ascend");
            }
            cells.put(key, from.bool() ? from.bytes() : null);
            before = key;
        }
        return new Changes(emptied, cells);
    }
}
