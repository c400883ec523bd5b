package io.thalweg.index.tree;

import io.thalweg.index.codec.ValueReader;
import io.thalweg.index.codec.ValueWriter;
import io.thalweg.index.schema.CollectionSchema;
import io.thalweg.index.schema.ListSchema;
import io.thalweg.index.schema.MapSchema;
import io.thalweg.index.schema.RecordField;
import io.thalweg.index.schema.RecordSchema;
import io.thalweg.index.schema.Schema;
import io.thalweg.index.schema.SchemaException;
import io.thalweg.index.schema.SetSchema;
import io.thalweg.index.schema.Upgrade;
import io.thalweg.model.MalformedException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A schema at one place of an index, with what its cells may have been written with before. Immutable; made once when an index is
 * opened, which is when schemas that do not fit each other are refused.
 */
public final class Shape {
    private final Schema<?> schema;
    private final boolean spread;
    private final @Nullable Shape element;
    private final List<Shape> fields;
    private final List<@Nullable Older> older;

    /** How cells of an older schema are read. */
    private record Older(Schema<?> schema, UnaryOperator<Object> upgrade) {}

    private Shape(
            Schema<?> schema,
            boolean spread,
            @Nullable Shape element,
            List<Shape> fields,
            List<@Nullable Older> older) {
        this.schema = schema;
        this.spread = spread;
        this.element = element;
        this.fields = fields;
        this.older = older;
    }

    /**
     * @param history the descriptions of all schemas before, oldest first; a cell's number is a place in it, or its size for now
     * @param name of the index, for errors
     */
    public static Shape of(Schema<?> now, List<Schema<?>> history, String name) {
        return of(now, new ArrayList<>(history), name, now.spread());
    }

    /** Values that stand alone, outside of any store. */
    public static Shape whole(Schema<?> schema) {
        return of(schema, List.of(), "value", false);
    }

    private static Shape of(Schema<?> now, List<? extends @Nullable Schema<?>> history, String where, boolean spread) {
        Schema<?> current = now.current();
        for (Schema<?> old : history) {
            if (old != null && spread) {
                checkStructure(old, current, where);
            } else if (old != null && old.spread() && !history.isEmpty()) {
                throw structure(old, now, where);
            }
        }
        Shape element = switch (current) {
            case MapSchema<?, ?> map ->
                of(
                        map.value(),
                        parts(history, old -> old instanceof MapSchema<?, ?> was ? was.value() : null),
                        where + "[]",
                        spread && map.value().spread());
            case ListSchema<?> list ->
                of(
                        list.element(),
                        parts(history, old -> old instanceof ListSchema<?> was ? was.element() : null),
                        where + "[]",
                        spread && list.element().spread());
            case SetSchema<?> set -> of(set.element(), List.of(), where + "[]", false);
            default -> null;
        };
        List<Shape> fields = new ArrayList<>();
        if (current instanceof RecordSchema<?> record) {
            for (RecordField field : record.fields()) {
                fields.add(of(
                        field.schema(),
                        parts(history, old -> old instanceof RecordSchema<?> was ? fieldOf(was, field) : null),
                        where + "." + field.jsonName(),
                        spread && field.schema().spread()));
            }
        }
        List<@Nullable Older> older = new ArrayList<>();
        for (Schema<?> old : history) {
            older.add(old == null || spread ? null : new Older(old, Upgrade.between(old, now, where)));
        }
        return new Shape(current, spread, element, List.copyOf(fields), older);
    }

    private static List<@Nullable Schema<?>> parts(
            List<? extends @Nullable Schema<?>> history, Function<Schema<?>, @Nullable Schema<?>> part) {
        List<@Nullable Schema<?>> parts = new ArrayList<>();
        for (Schema<?> old : history) {
            parts.add(old == null || !old.spread() ? null : part.apply(old));
        }
        return parts;
    }

    private static @Nullable Schema<?> fieldOf(RecordSchema<?> old, RecordField field) {
        return old.fields().stream()
                .filter(each -> each.storedAs().equals(field.storedAs()))
                .findFirst()
                .<Schema<?>>map(RecordField::schema)
                .orElse(null);
    }

    private static void checkStructure(Schema<?> old, Schema<?> now, String where) {
        boolean fits = old.spread()
                && switch (now) {
                    case MapSchema<?, ?> map ->
                        old instanceof MapSchema<?, ?> was
                                && was.layout() == map.layout()
                                && Upgrade.sameKeys(was.key(), map.key());
                    case SetSchema<?> set ->
                        old instanceof SetSchema<?> was
                                && was.layout() == set.layout()
                                && Upgrade.sameKeys(was.element(), set.element());
                    case ListSchema<?> _ -> old instanceof ListSchema<?>;
                    case RecordSchema<?> _ -> old instanceof RecordSchema<?>;
                    default -> false;
                };
        if (!fits) {
            throw structure(old, now, where);
        }
    }

    private static SchemaException structure(Schema<?> old, Schema<?> now, String where) {
        return new SchemaException(where + " was stored as " + text(old) + " and is " + text(now)
                + "; only values change in place: give the index another name, or rebuild the view from its logs");
    }

    private static String text(Schema<?> schema) {
        return schema.describe()
                + (schema instanceof CollectionSchema<?> collection
                        ? " (" + collection.layout().name().toLowerCase(java.util.Locale.ROOT) + ")"
                        : "");
    }

    /** The schema now. */
    public Schema<?> schema() {
        return schema;
    }

    /** Whether a value here takes several cells. */
    public boolean spread() {
        return spread;
    }

    /** Of a map's values, a list's or set's elements. */
    public Shape element() {
        if (element == null) {
            throw new IllegalStateException(schema.describe() + " has no elements");
        }
        return element;
    }

    /** Of a record's fields, in order. */
    public List<Shape> fields() {
        return fields;
    }

    byte[] encode(Object value) {
        ValueWriter writer = new ValueWriter();
        writer.count(older.size());
        schema.writeValue(writer, value);
        return writer.toByteArray();
    }

    Object decode(byte[] cell) {
        ValueReader reader = new ValueReader(cell);
        long number = reader.count();
        if (number > older.size()) {
            throw new MalformedException("a cell was written with schema " + number + ", but only " + older.size()
                    + " are older than today's");
        }
        if (number == older.size()) {
            Object value = schema.readValue(reader);
            reader.end();
            return value;
        }
        Older old = older.get((int) number);
        if (old == null) {
            throw new MalformedException("a cell was written with schema " + number + ", which has no such place");
        }
        Object value = old.schema.readValue(reader);
        reader.end();
        return old.upgrade.apply(value);
    }

    /** Whether cells of an older schema may be there at all. */
    public boolean hasHistory() {
        return !older.isEmpty();
    }

    /** Whether a cell was written with an older schema than today's. */
    boolean isOld(byte[] cell) {
        return new ValueReader(cell).count() < older.size();
    }
}
