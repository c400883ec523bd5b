package io.thalweg.index.tree;

import io.thalweg.index.codec.KeyReader;
import io.thalweg.index.codec.KeyWriter;
import io.thalweg.index.codec.ValueReader;
import io.thalweg.index.codec.ValueWriter;
import io.thalweg.index.schema.CollectionSchema;
import io.thalweg.index.schema.Layout;
import io.thalweg.index.store.Cursor;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** A map or set that is stored element by element. */
final class StoredKeyed extends Keyed implements Link {
    private static final byte[] NOTHING = {};

    private final Cells cells;
    private final byte[] prefix;
    private final byte[] meta;
    private final Link link;
    private final boolean sized;

    StoredKeyed(Cells cells, byte[] prefix, Shape shape, Link link) {
        super(shape);
        this.cells = cells;
        this.prefix = prefix;
        this.meta = Cells.join(prefix, Cells.META);
        this.link = link;
        this.sized = ((CollectionSchema<?>) shape.schema()).layout() == Layout.STORED;
    }

    private byte[] keyOf(Object key) {
        KeyWriter writer = new KeyWriter().raw(prefix).raw(Cells.ELEMENT);
        keySchema().writeKey(writer, key);
        return writer.toByteArray();
    }

    private boolean spread() {
        return isMap() && shape().element().spread();
    }

    private Place placeOf(Object key, byte[] node, byte @Nullable [] read) {
        if (!isMap()) {
            return new Element(key, node);
        }
        if (spread()) {
            return new StoredPlace(cells, node, shape().element(), this);
        }
        return read == null
                ? new CellPlace(cells, node, shape().element(), this)
                : new CellPlace(cells, node, shape().element(), this, read);
    }

    @Override
    public boolean has(Object key) {
        byte[] node = keyOf(key);
        return cells.has(spread() ? Cells.join(node, Cells.META) : node);
    }

    @Override
    public Place at(Object key) {
        return placeOf(key, keyOf(key), null);
    }

    @Override
    public long size() {
        if (sized) {
            byte[] size = cells.get(meta);
            return size == null ? 0 : new ValueReader(size).count();
        }
        long[] count = {0};
        each(Bounds.ALL, (_, _) -> ++count[0] > 0);
        return count[0];
    }

    @Override
    public boolean sized() {
        return sized;
    }

    private byte[] low(Bounds bounds) {
        if (bounds.from() == null) {
            return Cells.join(prefix, Cells.ELEMENT);
        }
        byte[] key = keyOf(bounds.from());
        return bounds.withFrom() ? key : Cells.join(key, Cells.END);
    }

    private byte[] high(Bounds bounds) {
        if (bounds.to() == null) {
            return Cells.join(prefix, Cells.NODE);
        }
        byte[] key = keyOf(bounds.to());
        return bounds.withTo() ? Cells.join(key, Cells.END) : key;
    }

    @Override
    public boolean each(Bounds bounds, Visitor visitor) {
        byte[] low = low(bounds);
        byte[] high = high(bounds);
        if (bounds.max() == 0 || java.util.Arrays.compareUnsigned(low, high) >= 0) {
            return true;
        }
        if (bounds.counts() && bounds.last()) {
            return eachOfTheLast(low, high, bounds.max(), visitor);
        }
        try (Cursor cursor = cells.cursor(low, high, false)) {
            for (long left = bounds.max(); left > 0 && cursor.valid(); left--) {
                Step step = step(cursor);
                if (!visitor.at(step.key, placeOf(step.key, step.node, step.read))) {
                    return false;
                }
                if (spread()) {
                    cursor.seek(Cells.join(step.node, Cells.END));
                } else {
                    cursor.next();
                }
            }
        }
        return true;
    }

    private record Step(Object key, byte[] node, byte @Nullable [] read) {}

    private Step step(Cursor cursor) {
        byte[] cell = cursor.key();
        KeyReader reader = new KeyReader(cell, prefix.length + 1);
        Object key = keySchema().readKey(reader);
        byte[] node = spread() ? java.util.Arrays.copyOf(cell, reader.position()) : cell;
        return new Step(key, node, spread() || !isMap() ? null : cursor.value());
    }

    /** The last come first when one walks back, and are shown the other way round. */
    private boolean eachOfTheLast(byte[] low, byte[] high, long max, Visitor visitor) {
        Deque<Step> steps = new ArrayDeque<>();
        try (Cursor cursor = cells.cursor(low, high, true)) {
            while (steps.size() < max && cursor.valid()) {
                Step step = step(cursor);
                steps.push(step);
                if (spread()) {
                    cursor.seek(step.node);
                } else {
                    cursor.next();
                }
            }
        }
        for (Step step : steps) {
            if (!visitor.at(step.key, placeOf(step.key, step.node, step.read))) {
                return false;
            }
        }
        return true;
    }

    @Override
    void clear() {
        ensure();
        cells.deleteRange(Cells.join(prefix, Cells.ELEMENT), Cells.join(prefix, Cells.NODE));
        if (sized) {
            cells.put(meta, new ValueWriter().count(0).toByteArray());
        }
    }

    @Override
    public boolean counts() {
        return sized;
    }

    @Override
    public void ensure() {
        if (sized) {
            changed(0);
            return;
        }
        if (!link.counts()) {
            link.ensure();
        } else if (!cells.has(meta)) {
            link.changed(1);
        }
        cells.put(meta, NOTHING);
    }

    @Override
    public void changed(int by) {
        if (!sized) {
            return;
        }
        byte[] size = cells.get(meta);
        if (size == null) {
            if (link.counts()) {
                link.changed(1);
            } else {
                link.ensure();
            }
        }
        long now = (size == null ? 0 : new ValueReader(size).count()) + by;
        cells.put(meta, new ValueWriter().count(now).toByteArray());
    }

    /** An element of a set. */
    private final class Element extends Place {
        private Object element;
        private byte[] cell;

        Element(Object element, byte[] cell) {
            super(StoredKeyed.this.shape().element());
            this.element = element;
            this.cell = cell;
        }

        @Override
        public boolean exists() {
            return cells.has(cell);
        }

        @Override
        public @Nullable Object value() {
            return exists() ? element : null;
        }

        @Override
        protected void put(Object value) {
            if (!value.equals(element)) {
                remove();
                element = value;
                cell = keyOf(value);
            }
            if (!sized) {
                ensure();
            } else if (!cells.has(cell)) {
                changed(1);
            }
            cells.put(cell, NOTHING);
        }

        @Override
        public void remove() {
            if (!sized) {
                cells.delete(cell);
            } else if (cells.has(cell)) {
                cells.delete(cell);
                changed(-1);
            }
        }
    }
}
