package io.thalweg.index.schema;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * How a value of an older description becomes one of today's schema. Found once, when an index is opened, so that what cannot be
 * upgraded is refused before anything is read; then applied to each old value on read.
 */
public final class Upgrade {
    private Upgrade() {}

    /**
     * @param old a description that was read by {@link SchemaCodec}
     * @param where the place in the index, for the error
     * @throws SchemaException if there is no way from one to the other
     */
    public static UnaryOperator<Object> between(Schema<?> old, Schema<?> now, String where) {
        if (now instanceof MigratedSchema<?> migrated) {
            if (reaches(old, migrated.from())) {
                UnaryOperator<Object> first = between(old, migrated.from(), where);
                return value -> migrated.migrate(first.apply(value));
            }
            return between(old, migrated.now(), where);
        }
        return switch (now) {
            case ScalarSchema<?> to
            when old instanceof ScalarSchema<?> from && widens(from.kind(), to.kind()) -> to::coerce;
            case EnumSchema<?> to
            when old instanceof EnumSchema<?> from && to.names().containsAll(from.names()) -> to::coerce;
            case RecordSchema<?> to when old instanceof RecordSchema<?> from -> record(from, to, where);
            case ListSchema<?> to
            when old instanceof ListSchema<?> from -> {
                var each = between(from.element(), to.element(), where + "[]");
                yield value -> ((List<?>) value).stream().map(each).toList();
            }
            case SetSchema<?> to
            when old instanceof SetSchema<?> from -> {
                var each = between(from.element(), to.element(), where + "[]");
                yield value -> to.coerce(
                        ((java.util.Collection<?>) value).stream().map(each).toList());
            }
            case MapSchema<?, ?> to
            when old instanceof MapSchema<?, ?> from -> {
                var key = between(from.key(), to.key(), where + "[key]");
                var each = between(from.value(), to.value(), where + "[]");
                yield value -> {
                    Map<Object, Object> map = new LinkedHashMap<>();
                    ((Map<?, ?>) value).forEach((k, v) -> map.put(key.apply(k), each.apply(v)));
                    return to.coerce(map);
                };
            }
            default ->
                throw new SchemaException(where + " was " + old.describe() + " and is " + now.describe()
                        + "; declare how one becomes the other with migrated(from, function)");
        };
    }

    private static UnaryOperator<Object> record(RecordSchema<?> old, RecordSchema<?> now, String where) {
        List<Function<Map<?, ?>, @Nullable Object>> parts = new ArrayList<>();
        for (RecordField field : now.fields()) {
            RecordField from = old.fields().stream()
                    .filter(each -> each.storedAs().equals(field.storedAs()))
                    .findFirst()
                    .orElse(null);
            if (from == null) {
                parts.add(_ -> null);
                continue;
            }
            var each = between(from.schema(), field.schema(), where + "." + field.jsonName());
            parts.add(map -> {
                Object part = map.get(field.storedAs());
                return part == null ? null : each.apply(part);
            });
        }
        return value -> now.whole(
                parts.stream().map(part -> part.apply((Map<?, ?>) value)).toArray());
    }

    private static boolean reaches(Schema<?> old, Schema<?> from) {
        return same(old, from)
                || (from instanceof MigratedSchema<?> migrated
                        && (reaches(old, migrated.from()) || reaches(old, migrated.now())));
    }

    /** Whether both are written alike. */
    static boolean same(Schema<?> one, Schema<?> other) {
        return Arrays.equals(SchemaCodec.write(one), SchemaCodec.write(other));
    }

    /**
     * Whether keys that were written with {@code old} are those of {@code now}: the store's keys are never rewritten.
     */
    public static boolean sameKeys(Schema<?> old, Schema<?> now) {
        return switch (now.current()) {
            case ScalarSchema<?> to ->
                old instanceof ScalarSchema<?> from
                        && (from.kind() == to.kind()
                                || (from.kind().compareTo(to.kind()) <= 0
                                        && to.kind().compareTo(Scalar.BIG_INTEGER) <= 0));
            case EnumSchema<?> to ->
                old instanceof EnumSchema<?> from
                        && to.names().size() >= from.names().size()
                        && Objects.equals(to.names().subList(0, from.names().size()), from.names());
            case RecordSchema<?> to -> {
                if (!(old instanceof RecordSchema<?> from)
                        || from.fields().size() != to.fields().size()) {
                    yield false;
                }
                boolean all = true;
                for (int i = 0; i < to.fields().size(); i++) {
                    all &= sameKeys(
                            from.fields().get(i).schema(), to.fields().get(i).schema());
                }
                yield all;
            }
            default -> false;
        };
    }

    private static boolean widens(Scalar from, Scalar to) {
        boolean whole = from.compareTo(Scalar.BIG_INTEGER) <= 0;
        return from == to
                || (whole && to.compareTo(Scalar.BIG_INTEGER) <= 0 && from.compareTo(to) <= 0)
                || (whole && to == Scalar.DECIMAL)
                || (from.compareTo(Scalar.INT) <= 0 && to == Scalar.DOUBLE)
                || (from == Scalar.FLOAT && to == Scalar.DOUBLE);
    }
}
