package io.thalweg.index.tree;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A map or set that is stored whole: read when it is entered, written back when it was changed and is left. */
final class InlineKeyed extends Keyed {
    private final Place place;
    private final NavigableMap<Object, Object> entries;
    private boolean changed;

    InlineKeyed(Place place) {
        super(place.shape());
        this.place = place;
        this.entries = new TreeMap<>(order());
        Object value = place.value();
        if (value instanceof Map<?, ?> map) {
            entries.putAll(map);
        } else if (value != null) {
            ((Collection<?>) value).forEach(each -> entries.put(each, each));
        }
    }

    @Override
    public boolean has(Object key) {
        return entries.containsKey(key);
    }

    @Override
    public Place at(Object key) {
        return new Entry(key);
    }

    @Override
    public long size() {
        return entries.size();
    }

    @Override
    public boolean each(Bounds bounds, Visitor visitor) {
        NavigableMap<Object, Object> part = entries;
        if (bounds.from() != null && bounds.to() != null) {
            int width = order().compare(bounds.to(), bounds.from());
            if (width < 0 || (width == 0 && !(bounds.withFrom() && bounds.withTo()))) {
                return true;
            }
        }
        if (bounds.from() != null) {
            part = part.tailMap(bounds.from(), bounds.withFrom());
        }
        if (bounds.to() != null) {
            part = part.headMap(bounds.to(), bounds.withTo());
        }
        ArrayList<Object> keys = new ArrayList<>(part.keySet());
        int some = (int) Math.min(keys.size(), bounds.max());
        for (Object key : bounds.last() ? keys.subList(keys.size() - some, keys.size()) : keys.subList(0, some)) {
            if (!visitor.at(key, new Entry(key))) {
                return false;
            }
        }
        return true;
    }

    @Override
    void clear() {
        entries.clear();
        changed = true;
    }

    @Override
    public void flush() {
        if (changed) {
            changed = false;
            place.put(
                    isMap()
                            ? Collections.unmodifiableMap(new LinkedHashMap<>(entries))
                            : Collections.unmodifiableSet(new LinkedHashSet<>(entries.keySet())));
        }
    }

    private final class Entry extends Place {
        private Object key;

        Entry(Object key) {
            super(InlineKeyed.this.shape().element());
            this.key = key;
        }

        @Override
        public boolean exists() {
            return entries.containsKey(key);
        }

        @Override
        public @Nullable Object value() {
            return entries.get(key);
        }

        @Override
        protected void put(Object value) {
            changed = true;
            if (!isMap()) {
                entries.remove(key);
                key = value;
            }
            entries.put(key, value);
        }

        @Override
        public void remove() {
            changed |= entries.remove(key) != null;
        }
    }
}
