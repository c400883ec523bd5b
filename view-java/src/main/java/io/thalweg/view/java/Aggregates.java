package io.thalweg.view.java;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BinaryOperator;
import java.util.function.Function;

/** The usual ways to make one of many values. What each keeps of some values has a schema, if the values have: so batches can carry it. */
public final class Aggregates {
    private Aggregates() {}

    /** What an average is made of. */
    public record Mean(double sum, long count) {}

    /** How many. */
    public static Aggregate<Object, Long, Long> count() {
        return Aggregate.of(() -> 0L, (part, _) -> part + 1, Long::sum, part -> part);
    }

    /** The sum of whole numbers. */
    public static Aggregate<Number, Long, Long> sum() {
        return Aggregate.of(() -> 0L, (part, value) -> part + value.longValue(), Long::sum, part -> part);
    }

    /** The sum of numbers with a fraction. */
    public static Aggregate<Number, Double, Double> sumOfDoubles() {
        return Aggregate.of(() -> 0.0, (part, value) -> part + value.doubleValue(), Double::sum, part -> part);
    }

    /** The average; empty of no values. */
    public static Aggregate<Number, Mean, Optional<Double>> average() {
        return Aggregate.of(
                () -> new Mean(0, 0),
                (part, value) -> new Mean(part.sum + value.doubleValue(), part.count + 1),
                (one, other) -> new Mean(one.sum + other.sum, one.count + other.count),
                part -> part.count == 0 ? Optional.empty() : Optional.of(part.sum / part.count));
    }

    /** Combines values with a function for which their order may matter but not how they are grouped; empty of no values. */
    public static <V> Aggregate<V, List<V>, Optional<V>> combined(BinaryOperator<V> function) {
        return Aggregate.of(
                List::of,
                (part, value) -> part.isEmpty() ? List.of(value) : List.of(function.apply(part.getFirst(), value)),
                (one, other) -> one.isEmpty() || other.isEmpty()
                        ? (one.isEmpty() ? other : one)
                        : List.of(function.apply(one.getFirst(), other.getFirst())),
                part -> part.stream().findFirst());
    }

    /** The smallest, the first of those that are equal. */
    public static <V extends Comparable<? super V>> Aggregate<V, List<V>, Optional<V>> min() {
        return combined((one, other) -> other.compareTo(one) < 0 ? other : one);
    }

    /** The largest, the first of those that are equal. */
    public static <V extends Comparable<? super V>> Aggregate<V, List<V>, Optional<V>> max() {
        return combined((one, other) -> other.compareTo(one) > 0 ? other : one);
    }

    /** The first, in the order of the partitions and, within one, of what it was asked for. */
    public static <V> Aggregate<V, List<V>, Optional<V>> first() {
        return combined((one, _) -> one);
    }

    /** The last, in that order. */
    public static <V> Aggregate<V, List<V>, Optional<V>> last() {
        return combined((_, other) -> other);
    }

    /** All of them, in that order. */
    public static <V> Aggregate<V, List<V>, List<V>> list() {
        return Aggregate.of(
                ArrayList::new,
                (part, value) -> {
                    part.add(value);
                    return part;
                },
                (one, other) -> {
                    one.addAll(other);
                    return one;
                },
                Collections::unmodifiableList);
    }

    /** Each once. */
    public static <V> Aggregate<V, Set<V>, Set<V>> set() {
        return Aggregate.of(
                LinkedHashSet::new,
                (part, value) -> {
                    part.add(value);
                    return part;
                },
                (one, other) -> {
                    one.addAll(other);
                    return one;
                },
                Collections::unmodifiableSet);
    }

    /** How many different ones. */
    public static <V> Aggregate<V, Set<V>, Long> distinct() {
        return Aggregates.<V>set().then(all -> (long) all.size());
    }

    /** How often each. */
    public static <V> Aggregate<V, Map<V, Long>, Map<V, Long>> multiSet() {
        return grouped(value -> value, count());
    }

    /** The largest {@code n} by an order, largest first; of equal ones, those that came first. */
    public static <V> Aggregate<V, List<V>, List<V>> top(int n, Comparator<? super V> order) {
        if (n < 1) {
            throw new IllegalArgumentException("top " + n + " was asked for, expected at least 1");
        }
        return Aggregate.of(
                ArrayList::new,
                (part, value) -> keep(part, value, n, order),
                (one, other) -> {
                    List<V> all = one;
                    for (V value : other) {
                        all = keep(all, value, n, order);
                    }
                    return all;
                },
                Collections::unmodifiableList);
    }

    private static <V> List<V> keep(List<V> part, V value, int n, Comparator<? super V> order) {
        int at = part.size();
        while (at > 0 && order.compare(part.get(at - 1), value) < 0) {
            at--;
        }
        if (at == n) {
            return part;
        }
        List<V> kept = new ArrayList<>(part);
        kept.add(at, value);
        return kept.size() > n ? kept.subList(0, n) : kept;
    }

    /** One for each group. */
    public static <V, K, P, R> Aggregate<V, Map<K, P>, Map<K, R>> grouped(
            Function<? super V, ? extends K> group, Aggregate<? super V, P, R> each) {
        return Aggregate.of(
                LinkedHashMap::new,
                (part, value) -> {
                    K key = group.apply(value);
                    P before = part.get(key);
                    part.put(key, each.add(before == null ? each.none() : before, value));
                    return part;
                },
                (one, other) -> {
                    other.forEach((key, part) -> {
                        P before = one.get(key);
                        one.put(key, each.merge(before == null ? each.none() : before, part));
                    });
                    return one;
                },
                part -> {
                    Map<K, R> results = new LinkedHashMap<>();
                    part.forEach((key, its) -> results.put(key, each.result(its)));
                    return Collections.unmodifiableMap(results);
                });
    }
}
