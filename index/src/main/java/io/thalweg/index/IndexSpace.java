package io.thalweg.index;

import io.thalweg.index.codec.KeyReader;
import io.thalweg.index.codec.KeyWriter;
import io.thalweg.index.schema.Schema;
import io.thalweg.index.schema.SchemaCodec;
import io.thalweg.index.store.Changes;
import io.thalweg.index.store.Cursor;
import io.thalweg.index.store.Reading;
import io.thalweg.index.store.Writing;
import io.thalweg.index.tree.Shape;
import io.thalweg.model.Slots;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The part of a store that belongs to one version of a view. Immutable; any thread. */
public final class IndexSpace {
    /** Slots that values may lie in. */
    public static final int SLOTS = Slots.COUNT;

    private static final int SCHEMAS = 0xffff;

    private final byte[] prefix;

    public IndexSpace(UUID view, int version) {
        this.prefix = ByteBuffer.allocate(20)
                .putLong(view.getMostSignificantBits())
                .putLong(view.getLeastSignificantBits())
                .putInt(version)
                .array();
    }

    private IndexSpace(byte[] prefix) {
        this.prefix = prefix;
    }

    /** The views that a store keeps anything for. */
    public static Set<UUID> views(Reading in) {
        Set<UUID> views = new HashSet<>();
        byte[] end = new byte[17];
        Arrays.fill(end, (byte) 0xff);
        try (Cursor cursor = in.cursor(new byte[0], end, false)) {
            while (cursor.valid()) {
                ByteBuffer key = ByteBuffer.wrap(cursor.key());
                UUID view = new UUID(key.getLong(), key.getLong());
                views.add(view);
                cursor.seek(new KeyWriter()
                        .raw(Arrays.copyOf(key.array(), 16))
                        .raw(0xff)
                        .raw(0xff)
                        .raw(0xff)
                        .raw(0xff)
                        .raw(0xff)
                        .toByteArray());
            }
        }
        return views;
    }

    /** What a partition of the view said of itself in its newest changes, null if it never did. */
    public byte @Nullable [] position(Reading from, int partition) {
        return from.get(positionKey(partition));
    }

    /** Makes of some changes the one that says where a partition is. */
    public void applyPosition(Changes changes, int partition, Writing to) {
        byte[] position = changes.get(positionKey(partition));
        if (position != null) {
            position(to, partition, position);
        }
    }

    /** Says where a partition is; goes into the same changes as what it wrote. */
    public void position(Writing to, int partition, byte[] position) {
        to.put(positionKey(partition), position);
    }

    /**
     * The key of a cell that a partition keeps for itself, beside its indexes: what is under way in it.
     *
     * @param name with at least one byte; cells whose names begin alike lie together
     */
    public byte[] aside(int partition, byte[] name) {
        if (name.length == 0) {
            throw new IllegalArgumentException("the name of a cell is empty");
        }
        return new KeyWriter().raw(positionKey(partition)).raw(name).toByteArray();
    }

    /**
     * A space among the cells that a partition keeps for itself.
     *
     * @param name as {@link #aside} has it; no other cell's begins so
     */
    public IndexSpace inside(int partition, byte[] name) {
        return new IndexSpace(aside(partition, name));
    }

    /** Where all lies that it has. */
    public Changes.Range range() {
        return new Changes.Range(from(), to());
    }

    private byte[] positionKey(int partition) {
        return new KeyWriter()
                .raw(prefix)
                .raw(0)
                .raw(partition >>> 8)
                .raw(partition)
                .toByteArray();
    }

    /** Where a partition has what it keeps for itself beside its position. */
    Changes.Range aside(int partition) {
        return new Changes.Range(
                new KeyWriter().raw(positionKey(partition)).raw(0).toByteArray(), positionKey(partition + 1));
    }

    /** Where an index has the values of some slots, and its schemas. */
    List<Changes.Range> of(String name, int firstSlot, int endSlot) {
        return List.of(
                new Changes.Range(
                        key(name, firstSlot).toByteArray(), key(name, endSlot).toByteArray()),
                new Changes.Range(
                        key(name, SCHEMAS).toByteArray(),
                        key(name, SCHEMAS).raw(0xff).toByteArray()));
    }

    /** Removes everything that the version keeps. */
    public void clear(Writing to) {
        to.deleteRange(from(), to());
    }

    /** Before all keys of the version, and what all of them begin with. */
    byte[] from() {
        return prefix.clone();
    }

    /** Behind all keys of the version. */
    byte[] to() {
        return new KeyWriter().raw(prefix).raw(0xff).toByteArray();
    }

    /** An index by its declaration; a schema that is new is written down. Refused when older values could not become today's. */
    public <T> OpenIndex<T> open(Index<T> index, Writing in) {
        byte[] now = SchemaCodec.write(index.schema());
        List<Schema<?>> history = new ArrayList<>();
        byte[] last = {};
        byte[] from = key(index.name(), SCHEMAS).toByteArray();
        byte[] to = key(index.name(), SCHEMAS).raw(0xff).toByteArray();
        try (Cursor descriptions = in.cursor(from, to, false)) {
            for (; descriptions.valid(); descriptions.next()) {
                last = descriptions.value();
                history.add(SchemaCodec.read(last));
            }
        }
        if (!Arrays.equals(last, now)) {
            Shape shape = Shape.of(index.schema(), history, index.name());
            in.put(key(index.name(), SCHEMAS).integer(history.size()).toByteArray(), now);
            return new OpenIndex<>(index, shape, this);
        }
        history.removeLast();
        return new OpenIndex<>(index, Shape.of(index.schema(), history, index.name()), this);
    }

    /** Names of the indexes that something is kept for. */
    public List<String> names(Reading in) {
        List<String> names = new ArrayList<>();
        byte[] from = new KeyWriter().raw(prefix).raw(1).toByteArray();
        byte[] to = new KeyWriter().raw(prefix).raw(0xff).toByteArray();
        try (Cursor cursor = in.cursor(from, to, false)) {
            while (cursor.valid()) {
                String name = new KeyReader(cursor.key(), prefix.length).text();
                names.add(name);
                cursor.seek(key(name, SCHEMAS).raw(0xff).toByteArray());
            }
        }
        return names;
    }

    private KeyWriter key(String name, int slot) {
        return new KeyWriter().raw(prefix).text(name).raw(slot >>> 8).raw(slot);
    }

    byte[] root(String name, int slot) {
        if (slot < 0 || slot >= SLOTS) {
            throw new IllegalArgumentException("slot is " + slot + ", expected 0 to " + (SLOTS - 1));
        }
        return key(name, slot).toByteArray();
    }
}
