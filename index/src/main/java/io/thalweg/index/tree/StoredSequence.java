package io.thalweg.index.tree;

import io.thalweg.index.codec.KeyWriter;
import io.thalweg.index.store.Cursor;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A list that is stored element by element. Where it was only appended to at its ends, its elements are read in one scan. */
final class StoredSequence extends Sequence {
    /** Elements are held by the order, which is written whenever one comes or goes. */
    private static final Link HELD = Link.ROOT;

    private final Cells cells;
    private final byte[] prefix;
    private final ListOrder order;

    StoredSequence(Cells cells, byte[] prefix, Shape shape, Link link) {
        super(shape);
        this.cells = cells;
        this.prefix = prefix;
        this.order = new ListOrder(cells, prefix, link);
    }

    @Override
    public long size() {
        return order.size();
    }

    private byte[] keyOf(long id) {
        return new KeyWriter().raw(prefix).raw(Cells.ELEMENT).integer(id).toByteArray();
    }

    private Place node(byte[] key, byte @Nullable [] read) {
        Shape element = shape().element();
        if (element.spread()) {
            return new StoredPlace(cells, key, element, HELD);
        }
        return read == null ? new CellPlace(cells, key, element, HELD) : new CellPlace(cells, key, element, HELD, read);
    }

    @Override
    Place existing(long index) {
        return new Element(index, node(keyOf(order.idAt(index)), null));
    }

    @Override
    void insert(long index, Object value) {
        node(keyOf(order.insert(index)), null).put(value);
    }

    @Override
    void remove(long index) {
        byte[] key = keyOf(order.remove(index));
        if (shape().element().spread()) {
            cells.deleteRange(key, Cells.join(key, Cells.END));
        } else {
            cells.delete(key);
        }
    }

    @Override
    void replace(java.util.List<?> values) {
        cells.deleteRange(Cells.join(prefix, Cells.ELEMENT), Cells.join(prefix, Cells.END));
        order.clear();
        for (int i = 0; i < values.size(); i++) {
            insert(i, values.get(i));
        }
    }

    @Override
    public boolean each(long from, long to, Visitor visitor) {
        if (shape().element().spread()) {
            return order.each(from, to, (index, id) -> visitor.at(index, new Element(index, node(keyOf(id), null))));
        }
        try (Scan scan = new Scan()) {
            return order.each(from, to, (index, id) -> {
                byte[] key = keyOf(id);
                return visitor.at(index, new Element(index, node(key, scan.read(key))));
            });
        }
    }

    /** Reads the cells of ascending ids one after the other, and begins anew where an id is smaller. */
    private final class Scan implements AutoCloseable {
        private final byte[] end = Cells.join(prefix, Cells.NODE);
        private @Nullable Cursor cursor;
        private byte[] last = {};

        byte @Nullable [] read(byte[] key) {
            Cursor open = cursor;
            if (open == null || Arrays.compareUnsigned(key, last) <= 0) {
                close();
                open = cells.cursor(key, end, false);
                cursor = open;
            } else {
                open.next();
                if (open.valid() && !Arrays.equals(open.key(), key)) {
                    open.seek(key);
                }
            }
            last = key;
            return open.valid() && Arrays.equals(open.key(), key) ? open.value() : null;
        }

        @Override
        public void close() {
            if (cursor != null) {
                cursor.close();
            }
        }
    }

    private final class Element extends Place {
        private final long index;
        private Place node;
        private boolean gone;

        Element(long index, Place node) {
            super(StoredSequence.this.shape().element());
            this.index = index;
            this.node = node;
        }

        @Override
        public @Nullable Object value() {
            return gone ? null : node.value();
        }

        @Override
        public boolean exists() {
            return !gone;
        }

        @Override
        protected void put(Object value) {
            if (gone) {
                insert(index, value);
                node = node(keyOf(order.idAt(index)), null);
                gone = false;
            } else {
                node.put(value);
            }
        }

        @Override
        public int renew() {
            return node.renew();
        }

        @Override
        public void remove() {
            if (!gone) {
                StoredSequence.this.remove(index);
                gone = true;
            }
        }

        @Override
        public Keyed keyed() {
            return node.keyed();
        }

        @Override
        public Sequence sequence() {
            return node.sequence();
        }

        @Override
        public Place field(int field) {
            return node.field(field);
        }
    }
}
