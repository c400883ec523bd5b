package io.thalweg.index.path;

import java.util.function.Predicate;

/** Navigators that stay where they are, or stop. A value that is not there is equal to nothing, and neither less nor greater. */
public final class Filters {
    private Filters() {}

    /** Stays where the value fits; the predicate gets null where nothing stands. */
    @SuppressWarnings("unchecked") // the value is of this path's type
    public static <T> Path<T, T> filter(Predicate<T> fits) {
        return Path.of(new Nav.Filter("filter_pred", value -> fits.test((T) value)));
    }

    public static <T> Path<T, T> equalTo(T value) {
        return compare("filter_equal", value, order -> order == 0);
    }

    public static <T> Path<T, T> notEqualTo(T value) {
        return compare("filter_not_equal", value, order -> order != 0);
    }

    public static <T> Path<T, T> greaterThan(T value) {
        return compare("filter_greater_than", value, order -> order > 0);
    }

    public static <T> Path<T, T> atLeast(T value) {
        return compare("filter_greater_than_or_equal", value, order -> order >= 0);
    }

    public static <T> Path<T, T> lessThan(T value) {
        return compare("filter_less_than", value, order -> order < 0);
    }

    public static <T> Path<T, T> atMost(T value) {
        return compare("filter_less_than_or_equal", value, order -> order <= 0);
    }

    private static <T> Path<T, T> compare(String name, T value, Predicate<Integer> fits) {
        return Path.of(new Nav.Compare(name, value, fits));
    }

    /** Stays where {@code path} finds something. */
    public static <T> Path<T, T> selected(Path<T, ?> path) {
        return Path.of(new Nav.FilterSelected(path.navs(), true));
    }

    /** Stays where {@code path} finds nothing. */
    public static <T> Path<T, T> notSelected(Path<T, ?> path) {
        return Path.of(new Nav.FilterSelected(path.navs(), false));
    }
}
