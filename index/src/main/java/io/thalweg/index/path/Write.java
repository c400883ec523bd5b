package io.thalweg.index.path;

import java.util.Arrays;
import java.util.List;

/**
 * A path that ends in a change. Immutable; any thread.
 *
 * @param <A> where it begins
 */
@SuppressWarnings("UnusedTypeParameter") // it is what the compiler checks changes by
public final class Write<A> {
    private final List<Nav> navs;

    Write(List<Nav> navs) {
        this.navs = navs;
    }

    List<Nav> navs() {
        return navs;
    }

    /** Several changes from the same place, one after the other; each sees those before it. */
    @SafeVarargs
    @SuppressWarnings("varargs") // read at once
    public static <A> Write<A> all(Write<? super A>... writes) {
        return new Write<>(List.of(new Nav.MultiPath(
                Arrays.stream(writes).<List<Nav>>map(Write::navs).toList())));
    }

    /** One of two changes: {@code then} where {@code condition} finds something. */
    public static <A> Write<A> ifPath(Path<A, ?> condition, Write<? super A> then, Write<? super A> otherwise) {
        return new Write<>(List.of(new Nav.CondPath(List.of(
                new Nav.Branch(condition.navs(), then.navs()),
                new Nav.Branch(List.of(new Nav.Stay()), otherwise.navs())))));
    }

    /** A change where {@code condition} finds something, and otherwise none. */
    public static <A> Write<A> ifPath(Path<A, ?> condition, Write<? super A> then) {
        return new Write<>(List.of(new Nav.CondPath(List.of(new Nav.Branch(condition.navs(), then.navs())))));
    }

    @Override
    public String toString() {
        return navs.toString();
    }
}
