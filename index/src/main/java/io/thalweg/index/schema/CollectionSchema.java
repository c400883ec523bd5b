package io.thalweg.index.schema;

import io.thalweg.index.codec.KeyReader;
import io.thalweg.index.codec.KeyWriter;
import java.util.Comparator;

/** What maps, sets and lists have in common: a layout, and that they are no keys. */
public abstract sealed class CollectionSchema<T> extends Schema<T> permits MapSchema, SetSchema, ListSchema {
    private final Layout layout;

    CollectionSchema(Layout layout) {
        this.layout = layout;
    }

    /** How it is stored, unless it stands within something that is stored whole. */
    public final Layout layout() {
        return layout;
    }

    @Override
    public final boolean keyable() {
        return false;
    }

    @Override
    public final boolean spread() {
        return layout != Layout.INLINE;
    }

    @Override
    public final Comparator<Object> order() {
        throw noKey();
    }

    @Override
    public final void writeKey(KeyWriter to, Object any) {
        throw noKey();
    }

    @Override
    public final Object readKey(KeyReader from) {
        throw noKey();
    }
}
