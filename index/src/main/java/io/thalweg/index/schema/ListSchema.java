package io.thalweg.index.schema;

import io.thalweg.index.codec.ValueReader;
import io.thalweg.index.codec.ValueWriter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;

/** A list; elements may be inserted anywhere. A stored one always knows its size, because its order is kept by counting. */
public final class ListSchema<E> extends CollectionSchema<List<E>> {
    private final Schema<E> element;

    ListSchema(Schema<E> element, Layout layout) {
        super(layout);
        this.element = element;
    }

    /** The same, stored as one value: for small ones. */
    public ListSchema<E> inline() {
        return new ListSchema<>(element, Layout.INLINE);
    }

    public Schema<E> element() {
        return element;
    }

    @Override
    public String describe() {
        return "list of " + element.describe();
    }

    @Override
    public Object coerce(Object any) {
        if (!(any instanceof Collection<?> elements)) {
            throw SchemaException.unfit(describe(), any);
        }
        List<Object> coerced = new ArrayList<>(elements.size());
        for (Object each : elements) {
            coerced.add(element.coerce(each));
        }
        return Collections.unmodifiableList(coerced);
    }

    @Override
    public Object plain(Object any) {
        return ((Collection<?>) any).stream().map(element::plain).toList();
    }

    @Override
    public void writeValue(ValueWriter to, Object any) {
        Collection<?> elements = (Collection<?>) any;
        to.count(elements.size());
        for (Object each : elements) {
            element.writeValue(to, each);
        }
    }

    @Override
    public Object readValue(ValueReader from) {
        int size = from.size();
        List<Object> list = new ArrayList<>(size);
        for (int i = 0; i < size; i++) {
            list.add(element.readValue(from));
        }
        return Collections.unmodifiableList(list);
    }
}
