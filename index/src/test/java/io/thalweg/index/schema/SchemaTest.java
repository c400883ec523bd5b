package io.thalweg.index.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.index.codec.KeyReader;
import io.thalweg.index.codec.KeyWriter;
import io.thalweg.index.codec.ValueReader;
import io.thalweg.index.codec.ValueWriter;
import io.thalweg.model.MalformedException;
import java.math.BigInteger;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SchemaTest {
    private static byte[] written(Schema<?> schema, Object value) {
        ValueWriter writer = new ValueWriter();
        schema.writeValue(writer, value);
        return writer.toByteArray();
    }

    private static Object read(Schema<?> schema, byte[] bytes) {
        ValueReader reader = new ValueReader(bytes);
        Object value = schema.readValue(reader);
        reader.end();
        return value;
    }

    @Test
    void keysSortAsTheirTypeDoesAndEndByThemselves() {
        for (long seed = 1; seed <= 400; seed++) {
            RandomSchemas random = new RandomSchemas(new Random(seed));
            Schema<?> schema = random.key();
            for (int i = 0; i < 50; i++) {
                Object a = random.value(schema);
                Object b = random.value(schema);
                byte[] first = schema.keyBytes(a);
                byte[] second = schema.keyBytes(b);
                String about = "seed " + seed + ": " + schema + " " + a + " and " + b;
                if (!(a instanceof Record) || a instanceof Bytes) {
                    assertThat(Integer.signum(Arrays.compareUnsigned(first, second)))
                            .as(about)
                            .isEqualTo(Integer.signum(schema.order().compare(a, b)));
                } else {
                    RandomSchemas.Pair x = (RandomSchemas.Pair) a;
                    RandomSchemas.Pair y = (RandomSchemas.Pair) b;
                    int left = Long.compare(x.left(), y.left());
                    assertThat(Integer.signum(Arrays.compareUnsigned(first, second)))
                            .as(about)
                            .isEqualTo(
                                    Integer.signum(left != 0 ? left : x.right().compareTo(y.right())));
                }
                KeyReader reader =
                        new KeyReader(new KeyWriter().raw(first).raw(second).toByteArray(), 0);
                assertThat(schema.readKey(reader)).as(about).isEqualTo(a);
                assertThat(schema.readKey(reader)).as(about).isEqualTo(b);
                assertThat(reader.hasMore()).as(about).isFalse();
            }
        }
    }

    @Test
    void valuesAreReadAsTheyWereWrittenAndAsTheirDescriptionSays() {
        for (long seed = 1; seed <= 400; seed++) {
            RandomSchemas random = new RandomSchemas(new Random(seed));
            Schema<?> schema = random.any(3);
            Object value = random.value(schema);
            byte[] bytes = written(schema, value);
            assertThat(read(schema, bytes)).as("seed " + seed + ": " + schema).isEqualTo(value);
            Schema<?> described = SchemaCodec.read(SchemaCodec.write(schema));
            Object old = read(described, bytes);
            assertThat(Upgrade.between(described, schema, "value").apply(old))
                    .as("seed " + seed + ": " + schema)
                    .isEqualTo(value);
        }
    }

    @Test
    void theJsonOfAValueIsThatValue() {
        for (long seed = 1; seed <= 400; seed++) {
            RandomSchemas random = new RandomSchemas(new Random(seed));
            Schema<?> schema = random.any(3);
            Object value = random.value(schema);
            Object again;
            try {
                again = schema.coerce(schema.plain(value));
            } catch (SchemaException e) {
                // Reals that JSON has no number for are texts, and no number again.
                assertThat(e).as("seed " + seed).hasMessageContaining("string");
                continue;
            }
            assertThat(again).as("seed " + seed + ": " + schema).isEqualTo(value);
        }
    }

    @Test
    void strangeBytesAreRefusedAndNeverAnythingElse() {
        for (long seed = 1; seed <= 2_000; seed++) {
            Random source = new Random(seed);
            RandomSchemas random = new RandomSchemas(source);
            Schema<?> schema = random.any(2);
            byte[] bytes = written(schema, random.value(schema));
            byte[] broken = Arrays.copyOf(bytes, source.nextInt(bytes.length + 2));
            if (broken.length > 0) {
                broken[source.nextInt(broken.length)] = (byte) source.nextInt(256);
            }
            refusesOnly(seed, () -> read(schema, broken));
            byte[] description = SchemaCodec.write(schema);
            description[source.nextInt(description.length)] = (byte) source.nextInt(256);
            refusesOnly(seed, () -> SchemaCodec.read(description));
            Schema<?> key = random.key();
            byte[] cut = key.keyBytes(random.value(key));
            cut[source.nextInt(cut.length)] = (byte) source.nextInt(256);
            refusesOnly(seed, () -> key.readKey(new KeyReader(cut, 0)));
        }
    }

    private static void refusesOnly(long seed, Runnable reading) {
        try {
            reading.run();
        } catch (MalformedException | SchemaException expected) {
            // Refused, with words.
        } catch (RuntimeException e) {
            throw new AssertionError("seed " + seed, e);
        }
    }

    @Test
    void numbersOfAnyWidthFitWhereTheirValueDoes() {
        Schema<Long> longs = Schema.of(Long.class);
        assertThat(longs.typed(5)).isEqualTo(5L);
        assertThat(longs.typed(5.0)).isEqualTo(5L);
        assertThat(longs.typed("9007199254740993")).isEqualTo(9007199254740993L);
        assertThat(Schema.of(Integer.class).typed(5L)).isEqualTo(5);
        assertThat(Schema.of(Double.class).typed(5)).isEqualTo(5.0);
        assertThat(Schema.of(BigInteger.class).typed(7)).isEqualTo(BigInteger.valueOf(7));
        assertThatThrownBy(() -> Schema.of(Integer.class).typed(1L << 40)).hasMessageContaining("expected int");
        assertThatThrownBy(() -> longs.typed(5.5)).hasMessage("expected long, found number 5.5");
        assertThatThrownBy(() -> longs.typed("1e999999999")).isInstanceOf(SchemaException.class);
        assertThatThrownBy(() -> longs.typed("five")).hasMessage("expected long, found string five");
    }

    record Inner(List<Inner> inners) {}

    record Holder(Object anything) {}

    @Test
    void whatCannotBeStoredIsRefusedWhereItIsDeclared() {
        assertThatThrownBy(() -> Schema.of(Inner.class)).hasMessageContaining("contains itself");
        assertThatThrownBy(() -> Schema.of(Holder.class)).hasMessageContaining("Holder.anything");
        assertThatThrownBy(() -> Schema.map(Schema.list(Long.class), Schema.of(Long.class)))
                .hasMessageContaining("list of long cannot be a key");
        assertThatThrownBy(() -> Schema.set(RandomSchemas.Thing.class)).hasMessageContaining("cannot be a key");
        assertThatThrownBy(() -> Schema.record(RandomSchemas.Pair.class).orElse(pair -> pair.left(), 1L))
                .hasMessageContaining("Profile::name");
    }

    record First(String nick, int age, String gone) {}

    record Second(
            @Was("nick") String name, long age, @Nullable Instant seen, Set<String> tags, String city) {}

    record Third(@Was("nick") String name, String age) {}

    @Test
    void fieldsAreAddedRenamedWidenedAndDroppedWithoutAMigration() {
        Schema<?> old = SchemaCodec.read(SchemaCodec.write(Schema.record(First.class)));
        RecordSchema<Second> now = Schema.record(Second.class).orElse(Second::city, "nowhere");
        Object value = read(old, written(Schema.record(First.class), new First("ada", 36, "x")));
        assertThat(Upgrade.between(old, now, "people").apply(value))
                .isEqualTo(new Second("ada", 36, null, Set.of(), "nowhere"));
    }

    @Test
    void anotherTypeNeedsAMigrationAndTheErrorSaysWhere() {
        Schema<?> old = SchemaCodec.read(SchemaCodec.write(Schema.record(First.class)));
        Object value = read(old, written(Schema.record(First.class), new First("ada", 36, "x")));
        assertThatThrownBy(() -> Upgrade.between(old, Schema.record(Third.class), "people"))
                .hasMessageContaining("people.age was int and is string");
        Schema<Third> field = Schema.record(Third.class)
                .with(Third::age, Schema.of(String.class).migrated(Schema.of(Integer.class), age -> age + " years"));
        assertThat(Upgrade.between(old, field, "people").apply(value)).isEqualTo(new Third("ada", "36 years"));
        Schema<Third> whole =
                Schema.of(Third.class).migrated(Schema.of(First.class), first -> new Third(first.gone(), first.nick()));
        assertThat(Upgrade.between(old, whole, "people").apply(value)).isEqualTo(new Third("x", "ada"));
        Schema<Long> chain = Schema.of(Long.class)
                .migrated(
                        Schema.of(Integer.class).migrated(Schema.of(String.class), Integer::parseInt),
                        number -> number * 2L);
        Schema<?> text = SchemaCodec.read(SchemaCodec.write(Schema.of(String.class)));
        assertThat(Upgrade.between(text, chain, "n").apply("21")).isEqualTo(42L);
    }

    @Test
    void keysMayOnlyBecomeWider() {
        assertThat(Upgrade.sameKeys(Schema.of(Integer.class), Schema.of(Long.class)))
                .isTrue();
        assertThat(Upgrade.sameKeys(Schema.of(Long.class), Schema.of(Integer.class)))
                .isFalse();
        assertThat(Upgrade.sameKeys(Schema.of(String.class), Schema.of(Long.class)))
                .isFalse();
        assertThat(Upgrade.sameKeys(new EnumSchema<>(List.of("A")), new EnumSchema<>(List.of("A", "B"))))
                .isTrue();
        assertThat(Upgrade.sameKeys(new EnumSchema<>(List.of("B")), new EnumSchema<>(List.of("A", "B"))))
                .isFalse();
    }

    @Test
    void jsonOfARecordHasNamesInSnakeCase() {
        record Sample(String firstName, Map<Long, Boolean> byNumber) {}
        Schema<Sample> schema = Schema.of(Sample.class);
        Sample sample = new Sample("ada", Map.of(1L, true));
        assertThat(schema.plain(sample)).isEqualTo(Map.of("first_name", "ada", "by_number", Map.of("1", true)));
        assertThat(schema.typed(Map.of("first_name", "ada", "by_number", Map.of("1", true))))
                .isEqualTo(sample);
    }
}
