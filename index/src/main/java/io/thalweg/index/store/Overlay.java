package io.thalweg.index.store;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import org.jspecify.annotations.Nullable;

/**
 * What was written over something that is only read: a store, or the overlay of the step before. Reads see the writes. A cell that is
 * written a hundred times stands once in {@link #changes}. {@link #mark} and {@link #rollBack} undo what one handler wrote and leave
 * what others did before it. One thread; when it is {@link #changes taken} and written no more, any number may read.
 */
public final class Overlay implements Writing {
    private static final long CELL_BYTES = 64;
    private static final long RANGE_BYTES = 128;

    private Reading below;

    /** New values; null for a deleted cell. */
    private final NavigableMap<byte[], byte @Nullable []> cells = Changes.ordered();

    /** Emptied ranges, from their start to their end; disjoint. Cells of {@link #cells} count before them. */
    private NavigableMap<byte[], byte[]> emptied = Changes.ordered();

    private final List<Undo> undos = new ArrayList<>();
    private boolean marked;

    /** Whether a cell was ever deleted: only then it matters whether one that has no value is known. */
    private boolean deletes;

    private long bytes;
    private long bytesAtMark;
    private long sinceMark;
    private final long maxSinceMark;

    /** How to take one change back. */
    private sealed interface Undo {
        record Cell(byte[] key, boolean known, byte @Nullable [] value) implements Undo {}

        record Emptied(NavigableMap<byte[], byte[]> before) implements Undo {}
    }

    public Overlay(Reading below) {
        this(below, Long.MAX_VALUE);
    }

    /** @param maxSinceMark how many bytes may be written from one {@link #mark} to the next: cells as often as they are written */
    public Overlay(Reading below, long maxSinceMark) {
        this.below = below;
        this.maxSinceMark = maxSinceMark;
    }

    /**
     * Lies over something else from here on, in which the same cells stand: over the store, once that has what the overlay below was about to bring. Walks that
     * are under way go on as they began.
     */
    public void onto(Reading other) {
        below = other;
    }

    /** From here on {@link #rollBack} undoes; what was before stays. */
    public void mark() {
        undos.clear();
        marked = true;
        sinceMark = 0;
        bytesAtMark = bytes;
    }

    /** What was written since {@link #mark} stays, and what comes now is not counted against it. */
    public void keep() {
        undos.clear();
        marked = false;
        sinceMark = 0;
    }

    /** Undoes everything since {@link #mark}. */
    public void rollBack() {
        for (Undo undo : undos.reversed()) {
            switch (undo) {
                case Undo.Cell cell when cell.known -> cells.put(cell.key, cell.value);
                case Undo.Cell cell -> cells.remove(cell.key);
                case Undo.Emptied ranges -> emptied = ranges.before;
            }
        }
        undos.clear();
        sinceMark = 0;
        bytes = bytesAtMark;
    }

    /** Everything that was written, in the form that a store takes. */
    public Changes changes() {
        NavigableMap<byte[], byte @Nullable []> copy = Changes.ordered();
        copy.putAll(cells);
        List<Changes.Range> ranges = new ArrayList<>();
        emptied.forEach((from, to) -> ranges.add(new Changes.Range(from, to)));
        return new Changes(ranges, copy);
    }

    /** Cells that were written or deleted. */
    public int size() {
        return cells.size();
    }

    public boolean isEmpty() {
        return cells.isEmpty() && emptied.isEmpty();
    }

    private boolean isEmptied(byte[] key) {
        Map.Entry<byte[], byte[]> range = emptied.floorEntry(key);
        return range != null && Arrays.compareUnsigned(key, range.getValue()) < 0;
    }

    /** Whether what may lie below of a cell that has no value here is gone. */
    private boolean hides(byte[] key) {
        return (deletes && cells.containsKey(key)) || isEmptied(key);
    }

    @Override
    public byte @Nullable [] get(byte[] key) {
        byte[] value = cells.get(key);
        return value != null || hides(key) ? value : below.get(key);
    }

    @Override
    public boolean has(byte[] key) {
        return cells.get(key) != null || (!hides(key) && below.has(key));
    }

    @Override
    public void put(byte[] key, byte[] value) {
        write(key, value);
    }

    @Override
    public void delete(byte[] key) {
        write(key, null);
    }

    private void write(byte[] key, byte @Nullable [] value) {
        count(bytes(key, value));
        deletes |= value == null;
        int before = cells.size();
        byte[] old = cells.put(key, value);
        boolean known = cells.size() == before;
        bytes += bytes(key, value) - (known ? bytes(key, old) : 0);
        if (marked) {
            undos.add(new Undo.Cell(key, known, old));
        }
    }

    /** Counts what one handler writes, and refuses what is too much. */
    private void count(long more) {
        if (marked) {
            sinceMark += more;
            requireRoom();
        }
    }

    /**
     * Refuses when more was written since {@link #mark} than may be, whoever has caught that before.
     *
     * @throws OverlayFull that says so
     */
    public void requireRoom() {
        if (sinceMark > maxSinceMark) {
            throw new OverlayFull("more than " + maxSinceMark + " bytes are written at once");
        }
    }

    /** What a cell takes here, about. */
    private static long bytes(byte[] key, byte @Nullable [] value) {
        return CELL_BYTES + key.length + (value == null ? 0 : value.length);
    }

    /** What was written, in bytes of keys and values and what they cost beside; each cell counts once. */
    public long bytes() {
        return bytes;
    }

    @Override
    public void deleteRange(byte[] from, byte[] to) {
        if (Arrays.compareUnsigned(from, to) >= 0) {
            return;
        }
        NavigableMap<byte[], byte @Nullable []> within = cells.subMap(from, true, to, false);
        count((long) (1 + emptied.size()) * RANGE_BYTES);
        within.forEach((key, value) -> bytes -= bytes(key, value));
        if (marked) {
            within.forEach((key, value) -> undos.add(new Undo.Cell(key, true, value)));
            NavigableMap<byte[], byte[]> before = Changes.ordered();
            before.putAll(emptied);
            undos.add(new Undo.Emptied(before));
        }
        within.clear();
        byte[] start = from;
        byte[] end = to;
        Map.Entry<byte[], byte[]> left = emptied.floorEntry(from);
        if (left != null && Arrays.compareUnsigned(left.getValue(), from) >= 0) {
            start = left.getKey();
            end = later(end, left.getValue());
        }
        NavigableMap<byte[], byte[]> covered = emptied.subMap(start, true, end, true);
        for (byte[] other : covered.values()) {
            end = later(end, other);
        }
        covered.clear();
        emptied.put(start, end);
    }

    /**
     * Takes cells back as if nobody had written them, and shows what lies below again: for an overlay over nothing, which would remember for ever
     * what it need not hide. It cannot be {@link #rollBack rolled back}.
     */
    public void forget(byte[] from, byte[] to) {
        if (Arrays.compareUnsigned(from, to) < 0) {
            NavigableMap<byte[], byte @Nullable []> within = cells.subMap(from, true, to, false);
            within.forEach((key, value) -> bytes -= bytes(key, value));
            within.clear();
        }
    }

    private static byte[] later(byte[] a, byte[] b) {
        return Arrays.compareUnsigned(a, b) < 0 ? b : a;
    }

    @Override
    public Cursor cursor(byte[] from, byte[] to, boolean reverse) {
        return new Merge(from, to, reverse);
    }

    /**
     * Both walks in step: at each turn the nearer cell of the two, the upper one where both are at the same key, and nothing of below
     * that is deleted or emptied above. The upper walk looks its next cell up by key, so that writes meanwhile do no harm.
     */
    private final class Merge implements Cursor {
        private final NavigableMap<byte[], byte @Nullable []> window;
        private final boolean reverse;
        private final Cursor lower;
        private Map.@Nullable Entry<byte[], byte @Nullable []> upper;
        private byte @Nullable [] key;
        private byte @Nullable [] value;

        Merge(byte[] from, byte[] to, boolean reverse) {
            NavigableMap<byte[], byte @Nullable []> within =
                    Arrays.compareUnsigned(from, to) < 0 ? cells.subMap(from, true, to, false) : Changes.ordered();
            this.window = reverse ? within.descendingMap() : within;
            this.reverse = reverse;
            this.lower = below.cursor(from, to, reverse);
            this.upper = window.firstEntry();
            settle();
        }

        private int compare(byte[] a, byte[] b) {
            int order = Arrays.compareUnsigned(a, b);
            return reverse ? -order : order;
        }

        private void settle() {
            key = null;
            value = null;
            while (key == null) {
                var above = upper;
                if (lower.valid() && (above == null || compare(lower.key(), above.getKey()) < 0)) {
                    Map.Entry<byte[], byte[]> range = emptied.floorEntry(lower.key());
                    if (range != null && Arrays.compareUnsigned(lower.key(), range.getValue()) < 0) {
                        skip(range);
                        continue;
                    }
                    key = lower.key();
                    value = lower.value();
                    lower.next();
                } else if (above != null) {
                    if (lower.valid() && Arrays.equals(lower.key(), above.getKey())) {
                        lower.next();
                    }
                    upper = window.higherEntry(above.getKey());
                    if (above.getValue() != null) {
                        key = above.getKey();
                        value = above.getValue();
                    }
                } else {
                    return;
                }
            }
        }

        private void skip(Map.Entry<byte[], byte[]> range) {
            if (!reverse) {
                lower.seek(range.getValue());
                return;
            }
            lower.seek(range.getKey());
            if (lower.valid() && Arrays.equals(lower.key(), range.getKey())) {
                lower.next();
            }
        }

        @Override
        public boolean valid() {
            return key != null;
        }

        @Override
        public byte[] key() {
            return stand(key);
        }

        @Override
        public byte[] value() {
            return stand(value);
        }

        private static byte[] stand(byte @Nullable [] bytes) {
            if (bytes == null) {
                throw new IllegalStateException("the cursor stands behind the last cell");
            }
            return bytes;
        }

        @Override
        public void next() {
            settle();
        }

        @Override
        public void seek(byte[] target) {
            byte[] now = key;
            if (now == null || compare(now, target) >= 0) {
                return;
            }
            if (lower.valid() && compare(lower.key(), target) < 0) {
                lower.seek(target);
            }
            upper = window.ceilingEntry(target);
            settle();
        }

        @Override
        public void close() {
            lower.close();
        }
    }
}
