package io.thalweg.index.tree;

import org.jspecify.annotations.Nullable;

/** A value that is one cell. */
final class CellPlace extends Place {
    private final Cells cells;
    private final byte[] key;
    private final Link link;

    /** The cell if it was read on the way; an empty array if it was not. */
    private byte @Nullable [] read;

    private static final byte[] UNREAD = {};

    CellPlace(Cells cells, byte[] key, Shape shape, Link link) {
        this(cells, key, shape, link, UNREAD);
    }

    CellPlace(Cells cells, byte[] key, Shape shape, Link link, byte[] read) {
        super(shape);
        this.cells = cells;
        this.key = key;
        this.link = link;
        this.read = read;
    }

    private byte @Nullable [] cell() {
        byte[] known = read;
        return known != null && known.length > 0 ? known : cells.get(key);
    }

    @Override
    public boolean exists() {
        byte[] known = read;
        return (known != null && known.length > 0) || cells.has(key);
    }

    @Override
    public @Nullable Object value() {
        byte[] cell = cell();
        return cell == null ? null : shape().decode(cell);
    }

    @Override
    protected void put(Object value) {
        byte[] cell = shape().encode(value);
        if (!link.counts()) {
            link.ensure();
        } else if (!cells.has(key)) {
            link.changed(1);
        }
        read = UNREAD;
        cells.put(key, cell);
    }

    @Override
    public int renew() {
        byte[] cell = cell();
        if (cell == null || !shape().isOld(cell)) {
            return 0;
        }
        put(shape().decode(cell));
        return 1;
    }

    @Override
    public void remove() {
        read = UNREAD;
        if (!link.counts()) {
            cells.delete(key);
        } else if (cells.has(key)) {
            cells.delete(key);
            link.changed(-1);
        }
    }
}
