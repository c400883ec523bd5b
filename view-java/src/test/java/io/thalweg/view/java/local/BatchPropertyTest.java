package io.thalweg.view.java.local;

import static io.thalweg.index.path.Maps.entries;
import static io.thalweg.index.path.Maps.key;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.index.Index;
import io.thalweg.index.schema.Schema;
import io.thalweg.view.java.Aggregate;
import io.thalweg.view.java.Aggregates;
import io.thalweg.view.java.Batch;
import io.thalweg.view.java.Codec;
import io.thalweg.view.java.Declaration;
import io.thalweg.view.java.View;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;

/** Every aggregate in batches of random sizes over random partitions, and joins with indexes, beside a model that knows neither. */
class BatchPropertyTest {
    /** A number of a group; of another log, what a group is called. */
    public record Value(String group, long number) {}

    private static final Index<Map<String, Long>> COUNT = Index.of("count", Schema.map(String.class, Long.class));
    private static final Index<Map<String, Long>> SUM = Index.of("sum", Schema.map(String.class, Long.class));
    private static final Index<Map<String, Double>> REAL = Index.of("real", Schema.map(String.class, Double.class));
    private static final Index<Map<String, Long>> MIN = Index.of("min", Schema.map(String.class, Long.class));
    private static final Index<Map<String, Long>> MAX = Index.of("max", Schema.map(String.class, Long.class));
    private static final Index<Map<String, Long>> FIRST = Index.of("first", Schema.map(String.class, Long.class));
    private static final Index<Map<String, Long>> LAST = Index.of("last", Schema.map(String.class, Long.class));
    private static final Index<Map<String, Long>> XOR = Index.of("xor", Schema.map(String.class, Long.class));
    private static final Index<Map<String, List<Long>>> LIST =
            Index.of("list", Schema.map(String.class, Schema.list(Long.class).inline()));
    private static final Index<Map<String, List<Long>>> TOP =
            Index.of("top", Schema.map(String.class, Schema.list(Long.class).inline()));
    private static final Index<Map<String, Set<Long>>> SET =
            Index.of("set", Schema.map(String.class, Schema.set(Long.class).inline()));
    private static final Index<Map<String, Map<Long, Long>>> BAG = Index.of(
            "bag", Schema.map(String.class, Schema.map(Long.class, Long.class).inline()));
    private static final Index<Map<String, Map<Long, List<Long>>>> GROUPS = Index.of(
            "groups",
            Schema.map(
                    String.class,
                    Schema.map(Schema.of(Long.class), Schema.list(Long.class).inline())
                            .inline()));
    private static final Index<Map<String, String>> NAMES = Index.of("names", Schema.map(String.class, String.class));
    private static final Index<Map<String, Long>> INNER = Index.of("inner", Schema.map(String.class, Long.class));
    private static final Index<Map<String, Long>> OUTER = Index.of("outer", Schema.map(String.class, Long.class));

    /** A number that came of the left log, or of the right one. */
    public record Side(boolean left, long number) {}

    private static final Index<Map<String, List<Long>>> LEFT =
            Index.of("left", Schema.map(String.class, Schema.list(Long.class).inline()));
    private static final Index<Map<String, List<Long>>> RIGHT =
            Index.of("right", Schema.map(String.class, Schema.list(Long.class).inline()));
    private static final Index<Map<String, List<String>>> PAIRS =
            Index.of("pairs", Schema.map(String.class, Schema.list(String.class).inline()));
    private static final Index<Map<String, List<Long>>> ALONE =
            Index.of("alone", Schema.map(String.class, Schema.list(Long.class).inline()));

    private static final int TOP_N = 3;

    /** Sends each value to a stage for each aggregate, which merges what comes of the batch into its index. */
    private static final class All implements View {
        private final List<Batch.Stage<Long, ?, ?>> stages = new ArrayList<>();

        @Override
        public void declare(Declaration view) {
            view.index(NAMES);
            view.log(
                    "names",
                    Codec.text(),
                    (step, name) -> step.index(NAMES).at(key(step.key())).set(name));
            view.batch("all", this::declare);
        }

        private void declare(Batch its) {
            Schema<Long> number = Schema.of(Long.class);
            merged(its, COUNT, number, longs(Aggregates.count()), Long::sum);
            merged(its, SUM, number, longs(Aggregates.sum()), Long::sum);
            merged(its, REAL, Schema.of(Double.class), longs(Aggregates.sumOfDoubles()), Double::sum);
            merged(its, MIN, Schema.list(Long.class), Aggregates.<Long>min().then(All::some), Math::min);
            merged(its, MAX, Schema.list(Long.class), Aggregates.<Long>max().then(All::some), Math::max);
            merged(its, FIRST, Schema.list(Long.class), Aggregates.<Long>first().then(All::some), (one, _) -> one);
            merged(its, LAST, Schema.list(Long.class), Aggregates.<Long>last().then(All::some), (_, other) -> other);
            merged(
                    its,
                    XOR,
                    number,
                    Aggregate.of(() -> 0L, (part, value) -> part ^ value, (one, other) -> one ^ other, part -> part),
                    (one, other) -> one ^ other);
            merged(its, LIST, Schema.list(Long.class), Aggregates.list(), (one, other) -> {
                List<Long> both = new ArrayList<>(one);
                both.addAll(other);
                return both;
            });
            merged(
                    its,
                    TOP,
                    Schema.list(Long.class),
                    Aggregates.top(TOP_N, Comparator.<Long>naturalOrder()),
                    (one, other) -> {
                        List<Long> both = new ArrayList<>(one);
                        both.addAll(other);
                        both.sort(Comparator.reverseOrder());
                        return List.copyOf(both.subList(0, Math.min(TOP_N, both.size())));
                    });
            merged(its, SET, Schema.set(Long.class), Aggregates.set(), (one, other) -> {
                Set<Long> both = new TreeSet<>(one);
                both.addAll(other);
                return both;
            });
            merged(its, BAG, Schema.map(Long.class, Long.class), Aggregates.multiSet(), (one, other) -> {
                Map<Long, Long> both = new TreeMap<>(one);
                other.forEach((value, count) -> both.merge(value, count, Long::sum));
                return both;
            });
            merged(
                    its,
                    GROUPS,
                    Schema.map(Schema.of(Long.class), Schema.list(Long.class)),
                    Aggregates.grouped(value -> value % 3, Aggregates.<Long>list()),
                    (one, other) -> {
                        Map<Long, List<Long>> both = new TreeMap<>(one);
                        other.forEach((group, its2) -> both.merge(group, its2, (before, more) -> {
                            List<Long> all = new ArrayList<>(before);
                            all.addAll(more);
                            return all;
                        }));
                        return both;
                    });
            its.index(INNER);
            its.index(OUTER);
            Batch.Stage<Number, Long, Long> named = its.stage(
                    "named",
                    number,
                    Aggregates.sum(),
                    (at, sum) -> at.index(INNER)
                            .at(key(at.key()))
                            .update(before -> before == null ? sum : (Long) (before + sum)));
            Batch.Stage<Number, Long, Long> outer = its.stage(
                    "outer",
                    number,
                    Aggregates.sum(),
                    (at, sum) -> at.index(OUTER)
                            .at(key(at.key()))
                            .update(before -> before == null ? sum : (Long) (before + sum)));
            Batch.Stage<Number, Long, Long> joined = its.stage("joined", number, Aggregates.sum(), (at, sum) -> {
                String name = at.look(NAMES).at(key(at.key())).get();
                if (name != null) {
                    at.send(named, name, sum);
                }
                at.send(outer, name == null ? "nobody" : name, sum);
            });
            its.log("values", Codec.json(Value.class), (from, value) -> {
                assertThat(from.key()).isEqualTo(value.group());
                stages.forEach(stage -> from.send(stage, value.group(), value.number()));
                from.send(joined, value.group(), value.number());
            });
        }

        private static Long some(Optional<Long> one) {
            return one.orElseThrow();
        }

        private static <P, R> Aggregate<Long, P, R> longs(Aggregate<? super Long, P, R> how) {
            return Aggregate.of(how::none, (part, value) -> how.add(part, value), how::merge, how::result);
        }

        private <P, R> void merged(
                Batch batch,
                Index<Map<String, R>> index,
                Schema<P> part,
                Aggregate<Long, P, R> how,
                BiFunction<R, R, R> merge) {
            batch.index(index);
            stages.add(batch.stage(
                    index.name(),
                    part,
                    how,
                    (at, result) -> at.index(index)
                            .at(key(at.key()))
                            .update(before -> before == null ? result : merge.apply(before, result))));
        }
    }

    /**
     * Joins two logs, whichever partitions and batches their events are in: what is equal in both in pairs, and what the left one has alone.
     *
     * @param together counts where both had something in one batch
     */
    private record Pairs(AtomicInteger together) implements View {
        @Override
        public void declare(Declaration view) {
            view.batch("pairs", this::declare);
        }

        private void declare(Batch its) {
            its.index(LEFT);
            its.index(RIGHT);
            its.index(PAIRS);
            its.index(ALONE);
            Batch.Stage<Side, List<Side>, List<Side>> sides =
                    its.stage("sides", Schema.list(Side.class), Aggregates.list(), this::join);
            its.log(
                    "left",
                    Codec.json(Value.class),
                    (from, value) -> from.send(sides, value.group(), new Side(true, value.number())));
            its.log(
                    "right",
                    Codec.json(Value.class),
                    (from, value) -> from.send(sides, value.group(), new Side(false, value.number())));
        }

        private void join(Batch.At at, List<Side> news) {
            if (news.stream().map(Side::left).distinct().count() == 2) {
                together.incrementAndGet();
            }
            List<Long> left = more(at, LEFT, news, true);
            List<Long> right = more(at, RIGHT, news, false);
            List<String> pairs = pairs(left, right);
            if (!pairs.isEmpty()) {
                at.index(PAIRS).at(key(at.key())).set(pairs);
            }
            var alone = at.index(ALONE).at(key(at.key()));
            if (right.isEmpty()) {
                alone.set(left);
            } else {
                alone.remove();
            }
        }

        private static List<Long> more(
                Batch.At at, Index<Map<String, List<Long>>> index, List<Side> news, boolean ofLeft) {
            var its = at.index(index).at(key(at.key()));
            List<Long> all = new ArrayList<>(its.orElse(List.of()));
            news.stream()
                    .filter(side -> side.left() == ofLeft)
                    .map(Side::number)
                    .forEach(all::add);
            all.sort(Comparator.naturalOrder());
            if (!all.isEmpty()) {
                its.set(List.copyOf(all));
            }
            return all;
        }

        static List<String> pairs(List<Long> left, List<Long> right) {
            List<String> pairs = new ArrayList<>();
            left.forEach(one -> right.forEach(other -> pairs.add(one + "-" + other)));
            return pairs;
        }
    }

    private static <V> Map<String, V> all(LocalView view, Index<Map<String, V>> index) {
        Map<String, V> all = new HashMap<>();
        view.select(index, entries()).forEach(entry -> all.put(entry.getKey(), entry.getValue()));
        return all;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void whatComesOfBatchesIsWhatComesOfTheirEvents() {
        for (long seed = 1; seed <= 60; seed++) {
            live(seed);
        }
    }

    private static void live(long seed) {
        Random random = new Random(seed);
        int partitions = 1 + random.nextInt(5);
        LocalView view = new LocalView(All::new, partitions);
        Map<String, String> names = new HashMap<>();
        for (int i = 0; i < 4; i++) {
            String group = "g" + random.nextInt(6);
            names.put(group, "n" + random.nextInt(3));
            view.append("names", group, utf8(names.get(group)));
        }
        view.process();
        Map<String, List<Long>> model = new HashMap<>();
        int count = random.nextInt(60);
        for (int i = 0; i < count; i++) {
            String group = "g" + random.nextInt(6);
            long value = random.nextInt(20);
            model.computeIfAbsent(group, _ -> new ArrayList<>()).add(value);
            view.append("values", group, utf8("{\"group\":\"" + group + "\",\"number\":" + value + "}"));
            disturb(view, partitions, random);
        }
        view.process();
        assertThat(view.parked()).as("seed " + seed).isEmpty();
        compare(view, model, names, "seed " + seed);
    }

    private static void disturb(LocalView view, int partitions, Random random) {
        switch (random.nextInt(8)) {
            case 0 -> view.process();
            case 1 -> view.leader(random.nextInt(partitions)).step();
            case 2 -> view.crash(random.nextInt(partitions), random);
            default -> {}
        }
    }

    @Test
    void twoLogsOfABatchAreJoinedWhereverTheirEventsAre() {
        AtomicInteger together = new AtomicInteger();
        for (long seed = 1; seed <= 60; seed++) {
            joinLogs(seed, together);
        }
        assertThat(together).as("both logs in one batch").hasPositiveValue();
    }

    private static void joinLogs(long seed, AtomicInteger together) {
        Random random = new Random(seed);
        int partitions = 1 + random.nextInt(5);
        LocalView view = new LocalView(() -> new Pairs(together), partitions);
        Map<String, List<Long>> left = new TreeMap<>();
        Map<String, List<Long>> right = new TreeMap<>();
        int count = random.nextInt(40);
        for (int i = 0; i < count; i++) {
            String group = "g" + random.nextInt(6);
            boolean ofLeft = random.nextInt(3) > 0;
            (ofLeft ? left : right)
                    .computeIfAbsent(group, _ -> new ArrayList<>())
                    .add((long) i);
            view.append(
                    ofLeft ? "left" : "right",
                    "k" + random.nextInt(9),
                    utf8("{\"group\":\"" + group + "\",\"number\":" + i + "}"));
            disturb(view, partitions, random);
        }
        view.process();
        assertThat(view.parked()).as("seed " + seed).isEmpty();
        Map<String, List<String>> pairs = new TreeMap<>();
        Map<String, List<Long>> alone = new TreeMap<>();
        left.forEach((group, numbers) -> {
            List<Long> others = right.get(group);
            if (others == null) {
                alone.put(group, numbers);
            } else {
                pairs.put(group, Pairs.pairs(numbers, others));
            }
        });
        assertThat(all(view, PAIRS)).as("pairs of seed " + seed).isEqualTo(pairs);
        assertThat(all(view, ALONE)).as("alone, seed " + seed).isEqualTo(alone);
        assertThat(all(view, RIGHT)).as("right of seed " + seed).isEqualTo(right);
    }

    private static void compare(LocalView view, Map<String, List<Long>> model, Map<String, String> names, String as) {
        Map<String, Long> inner = new HashMap<>();
        Map<String, Long> outer = new HashMap<>();
        for (Map.Entry<String, List<Long>> group : model.entrySet()) {
            List<Long> values = group.getValue();
            String of = group.getKey();
            long sum = values.stream().mapToLong(Long::longValue).sum();
            String name = names.get(of);
            if (name != null) {
                inner.merge(name, sum, Long::sum);
            }
            outer.merge(name == null ? "nobody" : name, sum, Long::sum);
            List<Long> sorted =
                    values.stream().sorted(Comparator.reverseOrder()).toList();
            assertThat(all(view, COUNT)).as(as).containsEntry(of, (long) values.size());
            assertThat(all(view, SUM)).as(as).containsEntry(of, sum);
            assertThat(all(view, REAL)).as(as).containsEntry(of, (double) sum);
            assertThat(all(view, MAX)).as(as).containsEntry(of, sorted.getFirst());
            assertThat(all(view, MIN)).as(as).containsEntry(of, sorted.getLast());
            assertThat(all(view, FIRST)).as(as).containsEntry(of, values.getFirst());
            assertThat(all(view, LAST)).as(as).containsEntry(of, values.getLast());
            assertThat(all(view, XOR)).as(as).containsEntry(of, values.stream().reduce(0L, (a, b) -> a ^ b));
            assertThat(all(view, LIST)).as(as).containsEntry(of, values);
            assertThat(all(view, TOP)).as(as).containsEntry(of, sorted.subList(0, Math.min(TOP_N, sorted.size())));
            assertThat(all(view, SET)).as(as).containsEntry(of, new TreeSet<>(values));
            Map<Long, Long> bag = new TreeMap<>();
            Map<Long, List<Long>> groups = new TreeMap<>();
            values.forEach(value -> {
                bag.merge(value, 1L, Long::sum);
                groups.computeIfAbsent(value % 3, _ -> new ArrayList<>()).add(value);
            });
            assertThat(all(view, BAG)).as(as).containsEntry(of, bag);
            assertThat(all(view, GROUPS)).as(as).containsEntry(of, groups);
        }
        assertThat(all(view, COUNT)).as(as).hasSameSizeAs(model);
        assertThat(all(view, INNER)).as(as).isEqualTo(inner);
        assertThat(all(view, OUTER)).as(as).isEqualTo(outer);
    }

    private static final Index<Map<String, String>> WAITING =
            Index.of("waiting", Schema.map(String.class, String.class).unsized());
    private static final Index<Map<String, Long>> MATCHED = Index.of("matched", Schema.map(String.class, Long.class));

    /** Joins two logs: what waits for its other half is kept, and gone when that comes, in the same batch or in a later one. */
    private static final class Halves implements View {
        @Override
        public void declare(Declaration view) {
            view.batch("halves", batch -> {
                batch.index(WAITING);
                batch.index(MATCHED);
                Batch.Stage<String, List<String>, List<String>> both =
                        batch.stage("both", Schema.list(String.class), Aggregates.list(), (at, halves) -> {
                            for (String half : halves) {
                                String other =
                                        at.index(WAITING).at(key(at.key())).get();
                                if (other == null || other.equals(half)) {
                                    at.index(WAITING).at(key(at.key())).set(half);
                                } else {
                                    at.index(WAITING).at(key(at.key())).remove();
                                    at.index(MATCHED)
                                            .at(key(at.key()))
                                            .update(before -> before == null ? 1L : (Long) (before + 1));
                                }
                            }
                        });
                for (String log : List.of("left", "right")) {
                    batch.log(log, Codec.text(), (from, pair) -> from.send(both, pair, log));
                }
            });
        }
    }

    @Test
    void twoLogsAreJoinedWhereverTheirHalvesCome() {
        for (long seed = 1; seed <= 60; seed++) {
            Random random = new Random(seed);
            int partitions = 1 + random.nextInt(4);
            LocalView view = new LocalView(Halves::new, partitions);
            Map<String, Set<String>> model = new TreeMap<>();
            for (int i = random.nextInt(80); i > 0; i--) {
                String log = random.nextBoolean() ? "left" : "right";
                String pair = "p" + random.nextInt(30);
                if (model.computeIfAbsent(pair, _ -> new TreeSet<>()).add(log)) {
                    view.append(log, "k" + i, utf8(pair));
                }
                switch (random.nextInt(8)) {
                    case 0 -> view.process();
                    case 1 -> view.leader(random.nextInt(partitions)).step();
                    case 2 -> view.crash(random.nextInt(partitions), random);
                    default -> {}
                }
            }
            view.process();
            Map<String, String> waiting = new HashMap<>();
            Map<String, Long> pairs = new HashMap<>();
            model.forEach((pair, logs) -> {
                if (logs.size() == 1) {
                    waiting.put(pair, logs.iterator().next());
                } else {
                    pairs.put(pair, 1L);
                }
            });
            assertThat(view.parked()).as("seed " + seed).isEmpty();
            assertThat(all(view, WAITING)).as("seed " + seed).isEqualTo(waiting);
            assertThat(all(view, MATCHED)).as("seed " + seed).isEqualTo(pairs);
        }
    }
}
