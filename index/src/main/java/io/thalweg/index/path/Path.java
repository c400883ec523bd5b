package io.thalweg.index.path;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A way from values of one type to values of another, of which it finds none, one or many. Immutable; any thread. Paths are made of
 * small ones: {@code key("alice").then(elements())}. What a function in a path gets is null where nothing stands.
 *
 * <p>Where one path ends and the next begins is the same type, not a wider one: otherwise numbers could be compared with a text as the things that both are.
 *
 * @param <A> where it begins
 * @param <B> where it leads
 */
public final class Path<A, B> {
    private final List<Nav> navs;

    Path(List<Nav> navs) {
        this.navs = navs;
    }

    static <A, B> Path<A, B> of(Nav nav) {
        return new Path<>(List.of(nav));
    }

    List<Nav> navs() {
        return navs;
    }

    private List<Nav> and(List<Nav> more) {
        List<Nav> all = new ArrayList<>(navs);
        all.addAll(more);
        return List.copyOf(all);
    }

    /** Goes on by {@code next} from each place that this leads to. */
    public <C> Path<A, C> then(Path<B, C> next) {
        return new Path<>(and(next.navs));
    }

    /** Writes from each place that this leads to. */
    public Write<A> then(Write<? super B> write) {
        return new Write<>(and(write.navs()));
    }

    /** Replaces what stands at each place. */
    public Write<A> set(B value) {
        return new Write<>(and(List.of(new Nav.TermVal(value))));
    }

    /** Replaces what stands at each place by a function of it, which gets null where nothing stands and must not give null. */
    @SuppressWarnings("unchecked") // places of this path hold its type
    public Write<A> update(UnaryOperator<B> function) {
        return new Write<>(and(List.of(new Nav.Term((_, value) -> function.apply((B) value)))));
    }

    /** The same with what was collected on the way. */
    @SuppressWarnings("unchecked") // places of this path hold its type
    public Write<A> update(BiFunction<List<@Nullable Object>, B, B> function) {
        return new Write<>(and(List.of(new Nav.Term((collected, value) -> function.apply(collected, (B) value)))));
    }

    /** Removes each place from what it stands in. */
    public Write<A> remove() {
        return new Write<>(and(List.of(new Nav.TermVoid())));
    }

    /** The key of a map that it begins with, as {@code key}, {@code must} and {@code mapKey} do; null where it begins otherwise. */
    public @Nullable Object firstKey() {
        return switch (navs.isEmpty() ? null : navs.getFirst()) {
            case Nav.Key(Object key) -> key;
            case Nav.Must(Object key) -> key;
            case Nav.MapKey(Object key) -> key;
            case null, default -> null;
        };
    }

    @Override
    public String toString() {
        return navs.toString();
    }
}
