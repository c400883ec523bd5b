package io.thalweg.index.schema;

import io.thalweg.index.codec.KeyReader;
import io.thalweg.index.codec.KeyWriter;
import io.thalweg.index.codec.ValueReader;
import io.thalweg.index.codec.ValueWriter;
import java.util.Comparator;
import java.util.function.Function;

/**
 * What values look like at one place of an index. Immutable; made by the methods below, as in
 *
 * <pre>{@code
 * Schema.map(String.class, Schema.list(Post.class))
 * }</pre>
 *
 * <p>The methods that work on values take and give plain objects, because paths reach them by way of schemas that are known only when
 * they run; {@code T} is what the compiler checks them by.
 *
 * @param <T> the Java type of a value
 */
public abstract sealed class Schema<T>
        permits ScalarSchema, EnumSchema, RecordSchema, CollectionSchema, MigratedSchema {
    Schema() {}

    /**
     * The schema of a scalar type (numbers and their boxes, {@code String}, {@code Boolean}, {@link Bytes}, {@code Instant},
     * {@code LocalDate}, {@code Duration}, {@code UUID}, {@code BigInteger}, {@code BigDecimal}), an enum or a record.
     */
    public static <T> Schema<T> of(Class<T> type) {
        return new Derivation().of(type);
    }

    /** A record whose fields follow from its components; collections in it are stored with it, unless {@link RecordSchema#with} says more. */
    public static <R extends Record> RecordSchema<R> record(Class<R> type) {
        return new Derivation().record(type);
    }

    public static <K, V> MapSchema<K, V> map(Schema<K> key, Schema<V> value) {
        return new MapSchema<>(key, value, Layout.STORED);
    }

    public static <K, V> MapSchema<K, V> map(Class<K> key, Schema<V> value) {
        return map(of(key), value);
    }

    public static <K, V> MapSchema<K, V> map(Class<K> key, Class<V> value) {
        return map(of(key), of(value));
    }

    public static <E> SetSchema<E> set(Schema<E> element) {
        return new SetSchema<>(element, Layout.STORED);
    }

    public static <E> SetSchema<E> set(Class<E> element) {
        return set(of(element));
    }

    public static <E> ListSchema<E> list(Schema<E> element) {
        return new ListSchema<>(element, Layout.STORED);
    }

    public static <E> ListSchema<E> list(Class<E> element) {
        return list(of(element));
    }

    /**
     * This schema for values that may have been written with {@code from}: {@code migration} makes the new of the old whenever one is
     * read, until it is written again. It must give the same for the same, and stay declared as long as old values may be there.
     */
    public final <O> Schema<T> migrated(Schema<O> from, Function<? super O, ? extends T> migration) {
        return new MigratedSchema<>(this, from, migration);
    }

    /** The schema without its migrations. */
    public Schema<T> current() {
        return this;
    }

    /** As people read it: {@code map of string to list of long}. */
    public abstract String describe();

    /** Whether values may be keys of maps and elements of sets. */
    public abstract boolean keyable();

    /** Whether a value is kept under several keys of the store, unless it stands within one that is not. */
    public abstract boolean spread();

    /** The value that {@code any} stands for: itself, a number of another width, or what JSON says; otherwise a {@link SchemaException}. */
    public abstract Object coerce(Object any);

    /** A value as JSON has it: strings, numbers, booleans, lists, and maps with strings as keys. */
    public abstract Object plain(Object value);

    /** The order of keys, which is the order of their bytes. */
    public abstract Comparator<Object> order();

    public abstract void writeKey(KeyWriter to, Object value);

    public abstract Object readKey(KeyReader from);

    public abstract void writeValue(ValueWriter to, Object value);

    public abstract Object readValue(ValueReader from);

    final SchemaException noKey() {
        return new SchemaException(describe() + " cannot be a key: keys are scalars, enums, and records of these");
    }

    /** A key alone. */
    public final byte[] keyBytes(Object value) {
        KeyWriter writer = new KeyWriter();
        writeKey(writer, value);
        return writer.toByteArray();
    }

    /** {@code any} with the compiler's type. */
    @SuppressWarnings("unchecked") // coerce gives values of this schema, whose type T is
    public final T typed(Object any) {
        return (T) coerce(any);
    }

    @Override
    public final String toString() {
        return describe();
    }
}
