package io.thalweg.index.schema;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Finds the schema of a Java type. */
final class Derivation {
    private static final Map<Class<?>, Scalar> SCALARS = scalars();
    private static final Map<Class<?>, Object> ZEROES = Map.of(
            byte.class,
            (byte) 0,
            short.class,
            (short) 0,
            int.class,
            0,
            long.class,
            0L,
            float.class,
            0f,
            double.class,
            0d,
            boolean.class,
            false);

    private final Deque<Class<?>> within = new ArrayDeque<>();

    private static Map<Class<?>, Scalar> scalars() {
        Map<Class<?>, Scalar> scalars = new HashMap<>(Map.of(
                byte.class, Scalar.BYTE,
                short.class, Scalar.SHORT,
                int.class, Scalar.INT,
                long.class, Scalar.LONG,
                float.class, Scalar.FLOAT,
                double.class, Scalar.DOUBLE,
                boolean.class, Scalar.BOOLEAN));
        for (Scalar scalar : Scalar.values()) {
            scalars.put(scalar.type, scalar);
        }
        return scalars;
    }

    @SuppressWarnings("unchecked") // a schema of type has its values
    <T> Schema<T> of(Class<T> type) {
        return (Schema<T>) of((Type) type);
    }

    private Schema<?> of(Type type) {
        if (type instanceof ParameterizedType generic) {
            Type[] arguments = generic.getActualTypeArguments();
            if (generic.getRawType() == List.class) {
                return new ListSchema<>(of(arguments[0]), Layout.INLINE);
            }
            if (generic.getRawType() == Set.class) {
                return new SetSchema<>(of(arguments[0]), Layout.INLINE);
            }
            if (generic.getRawType() == Map.class) {
                return new MapSchema<>(of(arguments[0]), of(arguments[1]), Layout.INLINE);
            }
        }
        if (type instanceof Class<?> plain) {
            Scalar scalar = SCALARS.get(plain);
            if (scalar != null) {
                return new ScalarSchema<>(scalar);
            }
            if (plain.isEnum()) {
                return new EnumSchema<>(plain);
            }
            if (plain.isRecord()) {
                return record(plain);
            }
        }
        throw new SchemaException(type.getTypeName() + " has no schema: it is no scalar, enum, record, or List, Set or"
                + " Map of these");
    }

    <R> RecordSchema<R> record(Class<R> type) {
        if (within.contains(type)) {
            throw new SchemaException("record " + type.getName() + " contains itself; the depth of a schema is fixed");
        }
        within.push(type);
        List<RecordField> fields = new ArrayList<>();
        for (RecordComponent component : type.getRecordComponents()) {
            fields.add(field(type, component));
        }
        within.pop();
        return new RecordSchema<>(type.getSimpleName(), fields, new RecordForm(type));
    }

    private RecordField field(Class<?> type, RecordComponent component) {
        Was was = component.getAnnotation(Was.class);
        String name = component.getName();
        try {
            Schema<?> schema = of(component.getGenericType());
            @Nullable
            Object absent = schema instanceof CollectionSchema<?>
                    ? schema.coerce(empty(schema))
                    : ZEROES.get(component.getType());
            return new RecordField(
                    name,
                    was == null ? name : was.value(),
                    schema,
                    absent,
                    component.getType().isPrimitive());
        } catch (SchemaException e) {
            throw new SchemaException(type.getSimpleName() + "." + name + ": " + e.getMessage(), e);
        }
    }

    private static Object empty(Schema<?> schema) {
        return schema instanceof MapSchema<?, ?> ? Map.of() : List.of();
    }
}
