package io.thalweg.index.schema;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Random schemas, and values of them that like to collide and to stand at edges. */
public final class RandomSchemas {
    /** A key of several parts. */
    public record Pair(long left, String right) {}

    /** A value with everything that a record may have. */
    public record Thing(
            @Nullable String name,
            int count,
            List<Long> numbers,
            Map<String, Pair> pairs,
            @Nullable Color color) {}

    /** A value that is spread over several cells. */
    public record Book(@Nullable String title, Map<String, Long> pages, List<String> notes) {}

    /** The schema of {@link Book}. */
    public static final Schema<Book> BOOK = Schema.record(Book.class)
            .with(Book::pages, Schema.map(String.class, Long.class))
            .with(Book::notes, Schema.list(String.class));

    /** Names. */
    public enum Color {
        RED,
        GREEN,
        BLUE
    }

    private final Random random;

    public RandomSchemas(Random random) {
        this.random = random;
    }

    /** A schema whose collections nest up to {@code depth}. */
    public Schema<?> any(int depth) {
        return switch (depth == 0 ? random.nextInt(4) : random.nextInt(12)) {
            case 0 -> new ScalarSchema<>(oneOf(Scalar.values()));
            case 1 -> Schema.of(Long.class);
            case 2 -> Schema.of(Thing.class);
            case 3 -> depth == 0 ? Schema.of(Color.class) : BOOK;
            case 4, 5, 6 -> map(depth);
            case 7, 8 -> layout(Schema.set(key()));
            default -> layout(Schema.list(any(depth - 1)));
        };
    }

    /** A map whose values nest up to {@code depth - 1}. */
    public MapSchema<?, ?> map(int depth) {
        return (MapSchema<?, ?>) layout(Schema.map(key(), any(depth - 1)));
    }

    private CollectionSchema<?> layout(CollectionSchema<?> schema) {
        int layout = random.nextInt(5);
        return switch (schema) {
            case MapSchema<?, ?> map -> layout == 0 ? map.inline() : layout == 1 ? map.unsized() : map;
            case SetSchema<?> set -> layout == 0 ? set.inline() : layout == 1 ? set.unsized() : set;
            case ListSchema<?> list -> layout == 0 ? list.inline() : list;
        };
    }

    /** A schema of keys. */
    public Schema<?> key() {
        return switch (random.nextInt(6)) {
            case 0 -> Schema.of(Pair.class);
            case 1 -> Schema.of(Color.class);
            case 2 -> Schema.of(String.class);
            default -> {
                Scalar scalar = oneOf(Scalar.values());
                yield new ScalarSchema<>(scalar == Scalar.DECIMAL ? Scalar.LONG : scalar);
            }
        };
    }

    /** A value of {@code schema}, with few different ones. */
    public Object value(Schema<?> schema) {
        return schema.coerce(
                switch (schema.current()) {
                    case ScalarSchema<?> scalar -> scalar(scalar.kind());
                    case EnumSchema<?> names ->
                        names.names().get(random.nextInt(names.names().size()));
                    case RecordSchema<?> record -> {
                        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
                        for (RecordField field : record.fields()) {
                            boolean gap = !record.keyable() && random.nextInt(4) == 0;
                            fields.put(field.jsonName(), gap ? null : value(field.schema()));
                        }
                        yield fields;
                    }
                    case MapSchema<?, ?> map -> {
                        Map<Object, Object> entries = new LinkedHashMap<>();
                        for (int i = random.nextInt(4); i > 0; i--) {
                            entries.put(value(map.key()), value(map.value()));
                        }
                        yield entries;
                    }
                    case SetSchema<?> set -> many(set.element());
                    case ListSchema<?> list -> many(list.element());
                    case MigratedSchema<?> migrated -> throw new AssertionError(migrated);
                });
    }

    private List<Object> many(Schema<?> element) {
        List<Object> values = new ArrayList<>();
        for (int i = random.nextInt(5); i > 0; i--) {
            values.add(value(element));
        }
        return values;
    }

    private Object scalar(Scalar kind) {
        return switch (kind) {
            case BYTE -> (byte) number();
            case SHORT -> (short) number();
            case INT -> (int) number();
            case LONG -> number();
            case BIG_INTEGER -> BigInteger.valueOf(number()).shiftLeft(random.nextInt(3) * random.nextInt(40) * 8);
            case FLOAT -> (float) real();
            case DOUBLE -> real();
            case DECIMAL -> BigDecimal.valueOf(number(), random.nextInt(5));
            case BOOLEAN -> random.nextBoolean();
            case STRING -> text();
            case BYTES -> {
                byte[] bytes = new byte[random.nextInt(4)];
                for (int i = 0; i < bytes.length; i++) {
                    bytes[i] = new byte[] {0, 1, 2, 127, -1}[random.nextInt(5)];
                }
                yield new Bytes(bytes);
            }
            case TIME -> Instant.ofEpochSecond(random.nextInt(9) - 4L, random.nextInt(3));
            case DATE -> LocalDate.ofEpochDay(random.nextInt(9) - 4);
            case DURATION -> Duration.ofSeconds(random.nextInt(9) - 4L, random.nextInt(3));
            case UUID -> new UUID(number(), number());
        };
    }

    private <E> E oneOf(E[] all) {
        return all[random.nextInt(all.length)];
    }

    /** A number of which many are near each other, and some at an edge. */
    public long number() {
        return switch (random.nextInt(8)) {
            case 0 -> random.nextLong();
            case 1 -> random.nextBoolean() ? Long.MAX_VALUE : Long.MIN_VALUE;
            case 2 -> (random.nextBoolean() ? 1L : -1L) << random.nextInt(64);
            default -> random.nextInt(9) - 4;
        };
    }

    private double real() {
        double[] edges = {
            0.0, -0.0, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, Double.MIN_VALUE, 1.5
        };
        return random.nextBoolean() ? edges[random.nextInt(edges.length)] : number() / 8.0;
    }

    private String text() {
        String units = "ab\u0000\u0001\u0002\u007f\u0080\u07ff\u0800\ud800\udc00\uffffé";
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(4); i > 0; i--) {
            text.append(units.charAt(random.nextInt(units.length())));
        }
        return text.toString();
    }
}
