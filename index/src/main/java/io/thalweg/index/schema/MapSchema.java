package io.thalweg.index.schema;

import io.thalweg.index.codec.ValueReader;
import io.thalweg.index.codec.ValueWriter;
import io.thalweg.model.MalformedException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A map, sorted by its keys. As JSON an object where keys are scalars, otherwise a list of pairs. */
public final class MapSchema<K, V> extends CollectionSchema<Map<K, V>> {
    private final Schema<K> key;
    private final Schema<V> value;

    MapSchema(Schema<K> key, Schema<V> value, Layout layout) {
        super(layout);
        if (!key.keyable()) {
            throw key.noKey();
        }
        this.key = key;
        this.value = value;
    }

    /** The same, stored as one value: for small ones. */
    public MapSchema<K, V> inline() {
        return new MapSchema<>(key, value, Layout.INLINE);
    }

    /** The same without a size at hand, so that entries are written without reading any. */
    public MapSchema<K, V> unsized() {
        return new MapSchema<>(key, value, Layout.UNSIZED);
    }

    public Schema<K> key() {
        return key;
    }

    public Schema<V> value() {
        return value;
    }

    @Override
    public String describe() {
        return "map of " + key.describe() + " to " + value.describe();
    }

    @Override
    public Object coerce(Object any) {
        Map<Object, Object> sorted = new TreeMap<>(key.order());
        switch (any) {
            case Map<?, ?> map -> map.forEach((k, v) -> add(sorted, k, v));
            case List<?> pairs -> {
                for (Object pair : pairs) {
                    if (!(pair instanceof List<?> two) || two.size() != 2) {
                        throw SchemaException.unfit("[key, value]", pair);
                    }
                    add(sorted, two.get(0), two.get(1));
                }
            }
            default -> throw SchemaException.unfit(describe(), any);
        }
        return Collections.unmodifiableMap(new LinkedHashMap<>(sorted));
    }

    private void add(Map<Object, Object> to, Object k, Object v) {
        if (to.put(key.coerce(k), value.coerce(v)) != null) {
            throw new SchemaException("key " + k + " stands twice in a map");
        }
    }

    @Override
    public Object plain(Object any) {
        Map<?, ?> map = (Map<?, ?>) any;
        if (key.current() instanceof RecordSchema<?>) {
            List<Object> pairs = new ArrayList<>();
            map.forEach((k, v) -> pairs.add(List.of(key.plain(k), value.plain(v))));
            return pairs;
        }
        Map<String, Object> object = new LinkedHashMap<>();
        map.forEach((k, v) -> object.put(String.valueOf(key.plain(k)), value.plain(v)));
        return object;
    }

    @Override
    public void writeValue(ValueWriter to, Object any) {
        Map<?, ?> map = (Map<?, ?>) any;
        to.count(map.size());
        map.forEach((k, v) -> {
            key.writeValue(to, k);
            value.writeValue(to, v);
        });
    }

    @Override
    public Object readValue(ValueReader from) {
        int size = from.size();
        Map<Object, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < size; i++) {
            map.put(key.readValue(from), value.readValue(from));
        }
        if (map.size() != size) {
            throw new MalformedException("a map of " + size + " entries has " + map.size() + " keys");
        }
        return Collections.unmodifiableMap(map);
    }
}
