package io.thalweg.index.schema;

import io.thalweg.index.codec.KeyReader;
import io.thalweg.index.codec.KeyWriter;
import io.thalweg.index.codec.ValueReader;
import io.thalweg.index.codec.ValueWriter;
import java.util.Comparator;
import java.util.function.Function;

/** A schema that knows how values of an older one become its own; in all else it is the newer one. */
final class MigratedSchema<T> extends Schema<T> {
    private final Schema<T> now;
    private final Schema<?> from;
    private final Function<Object, Object> migration;

    @SuppressWarnings("unchecked") // values of from have its type
    <O> MigratedSchema(Schema<T> now, Schema<O> from, Function<? super O, ? extends T> migration) {
        this.now = now;
        this.from = from;
        this.migration = value -> migration.apply((O) value);
    }

    Schema<T> now() {
        return now;
    }

    Schema<?> from() {
        return from;
    }

    /** The new value of an old one. */
    Object migrate(Object old) {
        return now.coerce(migration.apply(old));
    }

    @Override
    public Schema<T> current() {
        return now.current();
    }

    @Override
    public String describe() {
        return now.describe();
    }

    @Override
    public boolean keyable() {
        return now.keyable();
    }

    @Override
    public boolean spread() {
        return now.spread();
    }

    @Override
    public Object coerce(Object any) {
        return now.coerce(any);
    }

    @Override
    public Object plain(Object value) {
        return now.plain(value);
    }

    @Override
    public Comparator<Object> order() {
        return now.order();
    }

    @Override
    public void writeKey(KeyWriter to, Object value) {
        now.writeKey(to, value);
    }

    @Override
    public Object readKey(KeyReader from) {
        return now.readKey(from);
    }

    @Override
    public void writeValue(ValueWriter to, Object value) {
        now.writeValue(to, value);
    }

    @Override
    public Object readValue(ValueReader from) {
        return now.readValue(from);
    }
}
