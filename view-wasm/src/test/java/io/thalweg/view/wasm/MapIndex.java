package io.thalweg.view.wasm;

import io.thalweg.view.ViewIndex;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** An index in memory, ordered as the port demands. */
final class MapIndex implements ViewIndex {
    final NavigableMap<byte[], byte[]> map = new TreeMap<>(Arrays::compareUnsigned);

    @Override
    public byte @Nullable [] get(byte[] key) {
        return map.get(key);
    }

    @Override
    public void put(byte[] key, byte[] value) {
        map.put(key, value);
    }

    @Override
    public void delete(byte[] key) {
        map.remove(key);
    }

    @Override
    public List<Item> range(byte[] from, byte[] to, int limit, boolean reverse) {
        NavigableMap<byte[], byte[]> part = map;
        if (from.length > 0) {
            part = part.tailMap(from, true);
        }
        if (to.length > 0) {
            part = part.headMap(to, false);
        }
        return (reverse ? part.descendingMap() : part)
                .entrySet().stream()
                        .limit(limit)
                        .map(entry -> new Item(entry.getKey(), entry.getValue()))
                        .toList();
    }
}
