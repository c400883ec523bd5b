package io.thalweg.index.tree;

import io.thalweg.index.schema.ListSchema;
import io.thalweg.index.schema.RecordSchema;
import org.jspecify.annotations.Nullable;

/** A value that takes several cells: a stored collection, or a record that holds one. */
final class StoredPlace extends Place {
    private final Cells cells;
    private final byte[] prefix;
    private final byte[] meta;
    private final Link link;

    StoredPlace(Cells cells, byte[] prefix, Shape shape, Link link) {
        super(shape);
        this.cells = cells;
        this.prefix = prefix;
        this.meta = Cells.join(prefix, Cells.META);
        this.link = link;
    }

    @Override
    public boolean exists() {
        return cells.has(meta);
    }

    @Override
    public Keyed keyed() {
        return new StoredKeyed(cells, prefix, shape(), link);
    }

    @Override
    public Sequence sequence() {
        return new StoredSequence(cells, prefix, shape(), link);
    }

    @Override
    public Place field(int index) {
        return new StoredRecord(cells, prefix, shape(), link).field(index);
    }

    @Override
    public @Nullable Object value() {
        if (!exists()) {
            return null;
        }
        return switch (schema()) {
            case RecordSchema<?> _ -> new StoredRecord(cells, prefix, shape(), link).value();
            case ListSchema<?> _ -> sequence().value();
            default -> keyed().value();
        };
    }

    @Override
    protected void put(Object value) {
        switch (schema()) {
            case RecordSchema<?> _ -> new StoredRecord(cells, prefix, shape(), link).replace(value);
            case ListSchema<?> _ -> sequence().replace((java.util.List<?>) value);
            default -> keyed().replace(value);
        }
    }

    @Override
    public int renew() {
        int[] count = {0};
        switch (schema()) {
            case RecordSchema<?> record -> {
                for (int i = 0; i < record.fields().size(); i++) {
                    count[0] += field(i).renew();
                }
            }
            case ListSchema<?> _ -> {
                Sequence list = sequence();
                list.each(0, list.size(), (_, element) -> {
                    count[0] += element.renew();
                    return true;
                });
            }
            default ->
                keyed().each(Bounds.ALL, (_, value) -> {
                    count[0] += value.renew();
                    return true;
                });
        }
        return count[0];
    }

    @Override
    public void remove() {
        boolean counted = link.counts() && exists();
        cells.deleteRange(prefix, Cells.join(prefix, Cells.END));
        if (counted) {
            link.changed(-1);
        }
    }
}
