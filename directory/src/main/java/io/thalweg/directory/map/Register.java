package io.thalweg.directory.map;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Things of one kind that are found by their identifier and by their name: immutable, as the maps in it are.
 *
 * @param <I> identifiers
 * @param <N> names, unique
 * @param <V> the things
 */
public record Register<I extends Comparable<? super I>, N extends Comparable<? super N>, V>(
        PersistentMap<I, V> byId, PersistentMap<N, I> byName) {

    public static <I extends Comparable<? super I>, N extends Comparable<? super N>, V> Register<I, N, V> empty() {
        return new Register<>(PersistentMap.<I, V>empty(), PersistentMap.<N, I>empty());
    }

    public @Nullable V get(I id) {
        return byId.get(id);
    }

    public @Nullable V named(N name) {
        I id = byName.get(name);
        return id == null ? null : byId.get(id);
    }

    /** Adds a thing, or replaces the one with its identifier, whose name is the same. */
    public Register<I, N, V> with(I id, N name, V value) {
        return new Register<>(byId.with(id, value), byName.with(name, id));
    }

    public Register<I, N, V> without(I id, N name) {
        return new Register<>(byId.without(id), byName.without(name));
    }

    /** All, by identifier. */
    public List<V> values() {
        return byId.values();
    }

    public int size() {
        return byId.size();
    }
}
