package io.thalweg.index.schema;

import io.thalweg.index.codec.ValueReader;
import io.thalweg.index.codec.ValueWriter;
import io.thalweg.model.MalformedException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The description of a schema, which needs no classes to be read:
 *
 * <pre>
 * description = magic "TWSC", version 1, schema
 * schema      = 0 scalar
 *             | 1 count name*                        enum
 *             | 2 name count (name schema)*          record; names are those in storage
 *             | 3 layout schema schema               map
 *             | 4 layout schema                      set
 *             | 5 layout schema                      list
 * scalar, layout = their codes in Scalar and Layout
 * </pre>
 *
 * <p>Read again, records give maps by name and enums give names; {@link Upgrade} makes today's values of them.
 */
public final class SchemaCodec {
    private static final byte[] MAGIC = {'T', 'W', 'S', 'C'};
    private static final int VERSION = 1;
    private static final int MAX_DEPTH = 64;

    private SchemaCodec() {}

    public static byte[] write(Schema<?> schema) {
        ValueWriter to = new ValueWriter().raw(MAGIC).raw(VERSION);
        write(to, schema, 0);
        return to.toByteArray();
    }

    private static void write(ValueWriter to, Schema<?> schema, int depth) {
        if (depth > MAX_DEPTH) {
            throw new SchemaException("schema is deeper than " + MAX_DEPTH);
        }
        switch (schema) {
            case ScalarSchema<?> scalar -> to.raw(0).raw(scalar.kind().code);
            case EnumSchema<?> names -> {
                to.raw(1).count(names.names().size());
                names.names().forEach(to::text);
            }
            case RecordSchema<?> record -> {
                to.raw(2).text(record.name()).count(record.fields().size());
                for (RecordField field : record.fields()) {
                    write(to.text(field.storedAs()), field.schema(), depth + 1);
                }
            }
            case MapSchema<?, ?> map -> {
                write(to.raw(3).raw(map.layout().code), map.key(), depth + 1);
                write(to, map.value(), depth + 1);
            }
            case SetSchema<?> set -> write(to.raw(4).raw(set.layout().code), set.element(), depth + 1);
            case ListSchema<?> list -> write(to.raw(5).raw(list.layout().code), list.element(), depth + 1);
            case MigratedSchema<?> migrated -> write(to, migrated.now(), depth);
        }
    }

    public static Schema<?> read(byte[] bytes) {
        ValueReader from = new ValueReader(bytes);
        if (!Arrays.equals(from.raw(MAGIC.length), MAGIC)) {
            throw new MalformedException("description of a schema does not begin with TWSC");
        }
        int version = from.raw();
        if (version != VERSION) {
            throw new MalformedException("description of a schema has version " + version + ", expected " + VERSION);
        }
        Schema<?> schema = read(from, 0);
        from.end();
        return schema;
    }

    private static Schema<?> read(ValueReader from, int depth) {
        if (depth > MAX_DEPTH) {
            throw new MalformedException("schema is deeper than " + MAX_DEPTH);
        }
        int kind = from.raw();
        return switch (kind) {
            case 0 -> new ScalarSchema<>(scalar(from.raw()));
            case 1 -> {
                int count = from.size();
                List<String> names = new ArrayList<>();
                for (int i = 0; i < count; i++) {
                    names.add(from.text());
                }
                yield new EnumSchema<>(List.copyOf(names));
            }
            case 2 -> {
                String name = from.text();
                int count = from.size();
                List<RecordField> fields = new ArrayList<>();
                for (int i = 0; i < count; i++) {
                    String field = from.text();
                    fields.add(new RecordField(field, field, read(from, depth + 1), null, false));
                }
                yield new RecordSchema<>(name, fields, null);
            }
            case 3 -> {
                Layout layout = layout(from.raw());
                yield new MapSchema<>(read(from, depth + 1), read(from, depth + 1), layout);
            }
            case 4 -> {
                Layout layout = layout(from.raw());
                yield new SetSchema<>(read(from, depth + 1), layout);
            }
            case 5 -> {
                Layout layout = layout(from.raw());
                yield new ListSchema<>(read(from, depth + 1), layout);
            }
            default -> throw new MalformedException("kind of schema is " + kind + ", expected 0 to 5");
        };
    }

    private static Scalar scalar(int code) {
        return Arrays.stream(Scalar.values())
                .filter(each -> each.code == code)
                .findFirst()
                .orElseThrow(() -> new MalformedException("no scalar has code " + code));
    }

    private static Layout layout(int code) {
        return Arrays.stream(Layout.values())
                .filter(each -> each.code == code)
                .findFirst()
                .orElseThrow(() -> new MalformedException("no layout has code " + code));
    }
}
