package io.thalweg.index.schema;

import io.thalweg.index.codec.KeyReader;
import io.thalweg.index.codec.KeyWriter;
import io.thalweg.index.codec.ValueReader;
import io.thalweg.index.codec.ValueWriter;
import io.thalweg.model.MalformedException;
import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A record. Its fields may be null where their type allows it; as JSON an object with names in snake_case. Where a field is declared
 * as a stored collection ({@link #with}), the record itself is spread: each field has keys of its own.
 */
public final class RecordSchema<R> extends Schema<R> {
    private final String name;
    private final List<RecordField> fields;

    /** Of each field its name in JSON: every event and answer asks for them. */
    private final List<String> jsonNames;

    private final @Nullable RecordForm form;
    private final boolean spread;

    /** @param form null for a description alone, whose values are maps by the names in storage */
    RecordSchema(String name, List<RecordField> fields, @Nullable RecordForm form) {
        this.name = name;
        this.fields = List.copyOf(fields);
        this.jsonNames = fields.stream().map(RecordField::jsonName).toList();
        this.form = form;
        this.spread = fields.stream().anyMatch(field -> field.schema().spread());
        Set<String> names = new HashSet<>();
        for (RecordField field : fields) {
            if (!names.add(field.storedAs())) {
                throw new SchemaException("record " + name + " has two fields that are stored as " + field.storedAs());
            }
        }
    }

    /** The same with another schema for a field, as for a collection that is stored element by element. */
    public <F> RecordSchema<R> with(Getter<R, F> field, Schema<F> schema) {
        return changed(field, old -> new RecordField(old.name(), old.storedAs(), schema, old.absent(), old.required()));
    }

    /** The same with a value for a field that older records, or JSON, do not have. Without, it is null, zero, false, or empty. */
    public <F> RecordSchema<R> orElse(Getter<R, F> field, F value) {
        return changed(
                field,
                old -> new RecordField(
                        old.name(), old.storedAs(), old.schema(), old.schema().coerce(value), old.required()));
    }

    private RecordSchema<R> changed(Getter<R, ?> getter, java.util.function.UnaryOperator<RecordField> change) {
        List<RecordField> changed = new ArrayList<>(fields);
        changed.replaceAll(each -> each.name().equals(Getter.nameOf(getter)) ? change.apply(each) : each);
        return new RecordSchema<>(name, changed, form);
    }

    /** The record's name without its package. */
    public String name() {
        return name;
    }

    public List<RecordField> fields() {
        return fields;
    }

    /** Where a field stands, by its name in Java or in JSON; -1 if there is none. */
    public int fieldAt(String field) {
        for (int i = 0; i < fields.size(); i++) {
            if (fields.get(i).name().equals(field) || jsonNames.get(i).equals(field)) {
                return i;
            }
        }
        return -1;
    }

    /** The values of a record's fields, in order. */
    public @Nullable Object[] parts(Object record) {
        return form == null ? ((Map<?, ?>) record).values().toArray() : form.parts(record);
    }

    /** A record of these values; absent ones are null and get what the field says. */
    public Object whole(@Nullable Object[] parts) {
        @Nullable Object[] all = parts.clone();
        for (int i = 0; i < all.length; i++) {
            if (all[i] == null) {
                all[i] = fields.get(i).absent();
            }
        }
        if (form != null) {
            try {
                return form.whole(all);
            } catch (InvocationTargetException e) {
                throw new SchemaException("record " + name + " refuses its fields: " + e.getCause(), e);
            }
        }
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        for (int i = 0; i < all.length; i++) {
            map.put(fields.get(i).storedAs(), all[i]);
        }
        return map;
    }

    @Override
    public String describe() {
        return name.toLowerCase(Locale.ROOT)
                + fields.stream()
                        .map(field -> field.jsonName() + " " + field.schema().describe())
                        .collect(Collectors.joining(", ", " {", "}"));
    }

    @Override
    public boolean keyable() {
        return fields.stream().allMatch(field -> field.schema().keyable());
    }

    @Override
    public boolean spread() {
        return spread;
    }

    @Override
    public Object coerce(Object any) {
        if (form != null && form.type().isInstance(any)) {
            return any;
        }
        if (!(any instanceof Map<?, ?> map)) {
            throw SchemaException.unfit(describe(), any);
        }
        @Nullable Object[] parts = new Object[fields.size()];
        for (int i = 0; i < parts.length; i++) {
            RecordField field = fields.get(i);
            String jsonName = jsonNames.get(i);
            Object part = map.containsKey(jsonName) ? map.get(jsonName) : map.get(field.name());
            try {
                parts[i] = part == null ? null : field.schema().coerce(part);
            } catch (SchemaException e) {
                throw new SchemaException(jsonName + ": " + e.getMessage(), e);
            }
        }
        return whole(parts);
    }

    @Override
    public Object plain(Object record) {
        @Nullable Object[] parts = parts(record);
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        for (int i = 0; i < parts.length; i++) {
            Object part = parts[i];
            object.put(
                    jsonNames.get(i),
                    part == null ? null : fields.get(i).schema().plain(part));
        }
        return object;
    }

    @Override
    public Comparator<Object> order() {
        if (!keyable()) {
            throw noKey();
        }
        return (a, b) -> Arrays.compareUnsigned(keyBytes(a), keyBytes(b));
    }

    @Override
    public void writeKey(KeyWriter to, Object record) {
        @Nullable Object[] parts = parts(record);
        for (int i = 0; i < parts.length; i++) {
            Object part = parts[i];
            if (part == null) {
                throw new SchemaException(
                        "field " + fields.get(i).jsonName() + " of the key " + name + " is null; keys are whole");
            }
            fields.get(i).schema().writeKey(to, part);
        }
    }

    @Override
    public Object readKey(KeyReader from) {
        return whole(fields.stream().map(field -> field.schema().readKey(from)).toArray());
    }

    @Override
    public void writeValue(ValueWriter to, Object record) {
        @Nullable Object[] parts = parts(record);
        to.count(parts.length);
        for (int i = 0; i < parts.length; i += 8) {
            int bits = 0;
            for (int j = i; j < Math.min(i + 8, parts.length); j++) {
                bits |= parts[j] == null ? 0 : 1 << (j - i);
            }
            to.raw(bits);
        }
        for (int i = 0; i < parts.length; i++) {
            Object part = parts[i];
            if (part != null) {
                fields.get(i).schema().writeValue(to, part);
            }
        }
    }

    @Override
    public Object readValue(ValueReader from) {
        long count = from.count();
        if (count != fields.size()) {
            throw new MalformedException("record " + name + " has " + count + " fields, expected " + fields.size());
        }
        byte[] bits = from.raw((fields.size() + 7) / 8);
        @Nullable Object[] parts = new Object[fields.size()];
        for (int i = 0; i < parts.length; i++) {
            if ((bits[i / 8] >> i % 8 & 1) != 0) {
                parts[i] = fields.get(i).schema().readValue(from);
            }
        }
        return whole(parts);
    }
}
