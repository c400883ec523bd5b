package io.thalweg.index.tree;

import io.thalweg.index.schema.Schema;
import org.jspecify.annotations.Nullable;

/** A value that stands nowhere: a default, a result, a scratch copy. It can be written, and nothing else sees it. */
public final class ValuePlace extends Place {
    private @Nullable Object value;

    public ValuePlace(Schema<?> schema, @Nullable Object value) {
        super(Shape.whole(schema));
        this.value = value == null ? null : schema.coerce(value);
    }

    @Override
    public @Nullable Object value() {
        return value;
    }

    @Override
    protected void put(Object newValue) {
        value = newValue;
    }

    @Override
    public void remove() {
        value = null;
    }
}
