package io.thalweg.index.path;

import io.thalweg.index.schema.Schema;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Navigators that branch, gather, look at values in another way, and collect. */
public final class Control {
    private Control() {}

    /** Here. */
    public static <T> Path<T, T> stay() {
        return Path.of(new Nav.Stay());
    }

    /** Nowhere. */
    public static <T> Path<T, T> stop() {
        return Path.of(new Nav.Stop());
    }

    /** One path where {@code condition} finds something, and the other where it does not. */
    public static <T, C> Path<T, C> ifPath(Path<T, ?> condition, Path<T, C> then, Path<T, C> otherwise) {
        return Path.of(new Nav.CondPath(List.of(
                new Nav.Branch(condition.navs(), then.navs()),
                new Nav.Branch(List.of(new Nav.Stay()), otherwise.navs()))));
    }

    /** A path where {@code condition} finds something, and otherwise nowhere. */
    public static <T, C> Path<T, C> ifPath(Path<T, ?> condition, Path<T, C> then) {
        return Path.of(new Nav.CondPath(List.of(new Nav.Branch(condition.navs(), then.navs()))));
    }

    /** Each path in turn from here. */
    @SafeVarargs
    @SuppressWarnings("varargs") // read at once
    public static <T, C> Path<T, C> multiPath(Path<T, ? extends C>... paths) {
        return Path.of(new Nav.MultiPath(
                Arrays.stream(paths).<List<Nav>>map(Path::navs).toList()));
    }

    /** All that {@code path} finds as one list; writing puts the elements back at their places, and removes those that get none. */
    public static <T, C> Path<T, List<C>> subselect(Path<T, C> path) {
        return Path.of(new Nav.Subselect(path.navs()));
    }

    /** By {@code path} first, then here. */
    public static <T> Path<T, T> continueThenStay(Path<T, ? extends T> path) {
        return Path.of(new Nav.ContinueThenStay(path.navs()));
    }

    /** {@code value} where nothing stands. */
    public static <T> Path<T, T> nullTo(T value) {
        return Path.of(new Nav.NullToVal(value));
    }

    /** An empty list where nothing stands. */
    public static <E> Path<List<E>, List<E>> nullToList() {
        return Path.of(new Nav.NullToEmpty("null_to_list"));
    }

    /** An empty set where nothing stands. */
    public static <E> Path<Set<E>, Set<E>> nullToSet() {
        return Path.of(new Nav.NullToEmpty("null_to_set"));
    }

    /** What a function makes of the value, which is null where nothing stands. */
    @SuppressWarnings({"unchecked", "NullAway"}) // the value is of this path's type, and may be null
    public static <T, R extends @Nullable Object> Path<T, R> view(Function<T, R> function) {
        return Path.of(new Nav.View(value -> function.apply((T) value)));
    }

    /**
     * What a navigator of one's own leads to. It is not written through {@link #subselect}.
     *
     * @param to what that is
     */
    @SuppressWarnings("unchecked") // the value is of this path's type
    public static <T, C> Path<T, C> custom(Schema<C> to, Navigator<T, C> navigator) {
        return Path.of(new Nav.Custom(to, (Navigator<Object, Object>) navigator));
    }

    /** The value as it would be after a change, which is not made. */
    public static <T> Path<T, T> transformed(Write<? super T> write) {
        return Path.of(new Nav.Transformed(write.navs()));
    }

    /** Collects the list of what {@code path} finds, and stays. */
    public static <T> Path<T, T> collect(Path<T, ?> path) {
        return Path.of(new Nav.Collect(path.navs()));
    }

    /** Collects the one value that {@code path} finds, and stays. */
    public static <T> Path<T, T> collectOne(Path<T, ?> path) {
        return Path.of(new Nav.CollectOne(path.navs()));
    }

    /** Collects {@code value}, and stays. */
    public static <T> Path<T, T> putCollected(Object value) {
        return Path.of(new Nav.PutCollected(value));
    }

    /** Collects the value here, and stays. */
    public static <T> Path<T, T> collectHere() {
        return Path.of(new Nav.Val());
    }

    /** Stays where what was collected fits. */
    public static <T> Path<T, T> isCollected(Predicate<List<@Nullable Object>> fits) {
        return Path.of(new Nav.IsCollected(fits));
    }

    /** Forgets what was collected. */
    public static <T> Path<T, T> dispenseCollected() {
        return Path.of(new Nav.DispenseCollected());
    }

    /** Goes by {@code path} with nothing collected, and has again afterwards what was. */
    public static <T, C> Path<T, C> withFreshCollected(Path<T, C> path) {
        return Path.of(new Nav.WithFreshCollected(path.navs()));
    }
}
