package io.thalweg.index.schema;

import io.thalweg.index.codec.ValueReader;
import io.thalweg.index.codec.ValueWriter;
import io.thalweg.model.MalformedException;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.TreeSet;

/** A set, sorted. As JSON a list. */
public final class SetSchema<E> extends CollectionSchema<Set<E>> {
    private final Schema<E> element;

    SetSchema(Schema<E> element, Layout layout) {
        super(layout);
        if (!element.keyable()) {
            throw element.noKey();
        }
        this.element = element;
    }

    /** The same, stored as one value: for small ones. */
    public SetSchema<E> inline() {
        return new SetSchema<>(element, Layout.INLINE);
    }

    /** The same without a size at hand, so that elements are written without reading any. */
    public SetSchema<E> unsized() {
        return new SetSchema<>(element, Layout.UNSIZED);
    }

    public Schema<E> element() {
        return element;
    }

    @Override
    public String describe() {
        return "set of " + element.describe();
    }

    @Override
    public Object coerce(Object any) {
        if (!(any instanceof Collection<?> elements)) {
            throw SchemaException.unfit(describe(), any);
        }
        Set<Object> sorted = new TreeSet<>(element.order());
        elements.forEach(each -> sorted.add(element.coerce(each)));
        return Collections.unmodifiableSet(new LinkedHashSet<>(sorted));
    }

    @Override
    public Object plain(Object any) {
        return ((Collection<?>) any).stream().map(element::plain).toList();
    }

    @Override
    public void writeValue(ValueWriter to, Object any) {
        Collection<?> elements = (Collection<?>) any;
        to.count(elements.size());
        elements.forEach(each -> element.writeValue(to, each));
    }

    @Override
    public Object readValue(ValueReader from) {
        int size = from.size();
        Set<Object> set = new LinkedHashSet<>();
        for (int i = 0; i < size; i++) {
            set.add(element.readValue(from));
        }
        if (set.size() != size) {
            throw new MalformedException("a set of " + size + " elements has " + set.size());
        }
        return Collections.unmodifiableSet(set);
    }
}
