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
    private final CellMap cells = new CellMap();

    /** Emptied ranges, from their start to their end; disjoint. Cells of {@link #cells} count before them. */
    private NavigableMap<byte[], byte[]> emptied = Changes.ordered();

    private final List<Undo> undos = new ArrayList<>();
    private boolean marked;

    private long bytes;
    private long bytesAtMark;
    private long sinceMark;
    private final long maxSinceMark;

    /** How to take one change back. */
    private sealed interface Undo {
        record Written(byte[] key, byte @Nullable [] before) implements Undo {}

        record Made(byte[] key) implements Undo {}

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
                case Undo.Written written -> cells.make(written.key).value(written.before);
                case Undo.Made made -> cells.remove(made.key);
                case Undo.Emptied ranges -> emptied = ranges.before;
            }
        }
        undos.clear();
        sinceMark = 0;
        bytes = bytesAtMark;
    }

    /** Everything that was written, in the form that a store takes. */
    public Changes changes() {
        return Changes.of(ranges(), cells.ascending());
    }

    /**
     * The same without what makes no difference: cells that are deleted and that what lies below has not. Costs a look below for each cell that is deleted. For who knows that these
     * cells are written by nobody else until the changes are made.
     */
    public Changes differences() {
        return Changes.of(
                ranges(),
                cells.ascending(cell -> cell.value() != null || (!isEmptied(cell.key()) && below.has(cell.key()))));
    }

    private List<Changes.Range> ranges() {
        List<Changes.Range> ranges = new ArrayList<>();
        emptied.forEach((from, to) -> ranges.add(new Changes.Range(from, to)));
        return ranges;
    }

    /** Cells that were written or deleted. */
    public int size() {
        return cells.size();
    }

    public boolean isEmpty() {
        return cells.isEmpty() && emptied.isEmpty();
    }

    private boolean isEmptied(byte[] key) {
        Map.Entry<byte[], byte[]> range = emptied.isEmpty() ? null : emptied.floorEntry(key);
        return range != null && Arrays.compareUnsigned(key, range.getValue()) < 0;
    }

    @Override
    public byte @Nullable [] get(byte[] key) {
        CellMap.Cell cell = cells.find(key);
        if (cell != null) {
            return cell.value();
        }
        return isEmptied(key) ? null : below.get(key);
    }

    @Override
    public boolean has(byte[] key) {
        CellMap.Cell cell = cells.find(key);
        if (cell != null) {
            return cell.value() != null;
        }
        return !isEmptied(key) && below.has(key);
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
        int size = cells.size();
        CellMap.Cell cell = cells.make(key);
        boolean isNew = cells.size() > size;
        bytes += bytes(key, value) - (isNew ? 0 : bytes(key, cell.value()));
        if (marked) {
            undos.add(isNew ? new Undo.Made(key) : new Undo.Written(key, cell.value()));
        }
        cell.value(value);
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
        count((long) (1 + emptied.size()) * RANGE_BYTES);
        for (CellMap.Cell cell : forgotten(from, to)) {
            if (marked) {
                undos.add(new Undo.Written(cell.key(), cell.value()));
            }
        }
        if (marked) {
            NavigableMap<byte[], byte[]> before = Changes.ordered();
            before.putAll(emptied);
            undos.add(new Undo.Emptied(before));
        }
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
            forgotten(from, to);
        }
    }

    /** Those from one key to before another, which are known no more. */
    private List<CellMap.Cell> forgotten(byte[] from, byte[] to) {
        if (cells.isEmpty()) {
            return List.of();
        }
        List<CellMap.Cell> within =
                List.copyOf(cells.ordered().subMap(from, true, to, false).values());
        for (CellMap.Cell cell : within) {
            bytes -= bytes(cell.key(), cell.value());
            cells.remove(cell.key());
        }
        return within;
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
        private final NavigableMap<byte[], CellMap.Cell> window;
        private final boolean reverse;
        private final Cursor lower;
        private Map.@Nullable Entry<byte[], CellMap.Cell> upper;
        private byte @Nullable [] key;
        private byte @Nullable [] value;

        Merge(byte[] from, byte[] to, boolean reverse) {
            NavigableMap<byte[], CellMap.Cell> within = Arrays.compareUnsigned(from, to) < 0
                    ? cells.ordered().subMap(from, true, to, false)
                    : Changes.ordered();
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
                    byte[] its = above.getValue().value();
                    if (its != null) {
                        key = above.getKey();
                        value = its;
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
