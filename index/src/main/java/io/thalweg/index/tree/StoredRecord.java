package io.thalweg.index.tree;

import io.thalweg.index.codec.KeyWriter;
import io.thalweg.index.schema.RecordSchema;
import org.jspecify.annotations.Nullable;

/** A record whose fields have cells of their own, because one of them is a stored collection. */
final class StoredRecord implements Link {
    private static final byte[] NOTHING = {};

    private final Cells cells;
    private final byte[] prefix;
    private final byte[] meta;
    private final Shape shape;
    private final RecordSchema<?> schema;
    private final Link link;

    StoredRecord(Cells cells, byte[] prefix, Shape shape, Link link) {
        this.cells = cells;
        this.prefix = prefix;
        this.meta = Cells.join(prefix, Cells.META);
        this.shape = shape;
        this.schema = (RecordSchema<?>) shape.schema();
        this.link = link;
    }

    Place field(int index) {
        byte[] key = new KeyWriter()
                .raw(prefix)
                .raw(Cells.ELEMENT)
                .text(schema.fields().get(index).storedAs())
                .toByteArray();
        Shape part = shape.fields().get(index);
        return new Field(
                part.spread() ? new StoredPlace(cells, key, part, this) : new CellPlace(cells, key, part, this),
                schema.fields().get(index).absent());
    }

    /** A field, which reads as what stands for it where the record is there and the field is not. */
    private final class Field extends Place {
        private final Place node;
        private final @Nullable Object absent;

        Field(Place node, @Nullable Object absent) {
            super(node.shape());
            this.node = node;
            this.absent = absent;
        }

        @Override
        public @Nullable Object value() {
            Object value = node.value();
            return value == null && absent != null && cells.has(meta) ? absent : value;
        }

        @Override
        protected void put(Object value) {
            node.put(value);
        }

        @Override
        public int renew() {
            return node.renew();
        }

        @Override
        public void remove() {
            node.remove();
        }

        @Override
        public Keyed keyed() {
            return node.shape().spread() ? node.keyed() : super.keyed();
        }

        @Override
        public Sequence sequence() {
            return node.shape().spread() ? node.sequence() : super.sequence();
        }

        @Override
        public Place field(int index) {
            return node.shape().spread() ? node.field(index) : super.field(index);
        }
    }

    Object value() {
        @Nullable Object[] parts = new Object[schema.fields().size()];
        for (int i = 0; i < parts.length; i++) {
            parts[i] = field(i).value();
        }
        return schema.whole(parts);
    }

    void replace(Object record) {
        cells.deleteRange(Cells.join(prefix, Cells.ELEMENT), Cells.join(prefix, Cells.NODE));
        ensure();
        @Nullable Object[] parts = schema.parts(record);
        for (int i = 0; i < parts.length; i++) {
            Object part = parts[i];
            if (part != null) {
                field(i).put(part);
            }
        }
    }

    @Override
    public boolean counts() {
        return false;
    }

    @Override
    public void ensure() {
        if (!link.counts()) {
            link.ensure();
        } else if (!cells.has(meta)) {
            link.changed(1);
        }
        cells.put(meta, NOTHING);
    }

    @Override
    public void changed(int by) {
        ensure();
    }
}
