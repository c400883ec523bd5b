package io.thalweg.view.java.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.view.java.Aggregate;
import io.thalweg.view.java.Aggregates;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Whichever parts values come in, the aggregate of the parts is that of all, and what it is called. */
class AggregatesTest {
    private static final long FIRST = Long.getLong("thalweg.seed", new Random().nextInt(1 << 20));

    private static <P, R> void check(
            Aggregate<? super Integer, P, R> how, Function<List<Integer>, ? extends R> expected) {
        for (long seed = FIRST; seed < FIRST + 200; seed++) {
            Random random = new Random(seed);
            List<Integer> values = new ArrayList<>();
            for (int i = random.nextInt(12); i > 0; i--) {
                values.add(random.nextInt(8));
            }
            P sum = how.none();
            int at = 0;
            while (at < values.size()) {
                int to = at + random.nextInt(values.size() - at + 1);
                P part = how.none();
                for (int value : values.subList(at, to)) {
                    part = how.add(part, value);
                }
                sum = how.merge(sum, part);
                at = to;
            }
            assertThat(how.result(sum))
                    .as("-Dthalweg.seed=" + seed + " " + values)
                    .isEqualTo(expected.apply(values));
        }
    }

    @Test
    void inTwoPhasesTheyGiveWhatOneWouldGive() {
        check(Aggregates.count(), values -> (long) values.size());
        check(
                Aggregates.sum(),
                values -> values.stream().mapToLong(each -> each).sum());
        check(Aggregates.min(), values -> values.stream().min(Comparator.naturalOrder()));
        check(Aggregates.max(), values -> values.stream().max(Comparator.naturalOrder()));
        check(Aggregates.first(), values -> values.stream().findFirst());
        check(Aggregates.last(), values -> values.isEmpty() ? Optional.empty() : Optional.of(values.getLast()));
        check(Aggregates.list(), Function.identity());
        check(Aggregates.distinct(), values -> (long) new TreeSet<>(values).size());
        check(
                Aggregates.average(),
                values -> values.isEmpty()
                        ? Optional.empty()
                        : Optional.of(values.stream().mapToDouble(each -> each).sum() / values.size()));
        check(Aggregates.multiSet(), AggregatesTest::counted);
        check(Aggregates.grouped(value -> value % 2 == 0, Aggregates.sum()), values -> {
            Map<Boolean, Long> sums = new HashMap<>();
            values.forEach(value -> sums.merge(value % 2 == 0, (long) value, Long::sum));
            return sums;
        });
    }

    private static Map<Integer, Long> counted(List<Integer> values) {
        Map<Integer, Long> counts = new HashMap<>();
        values.forEach(value -> counts.merge(value, 1L, Long::sum));
        return counts;
    }

    @Test
    void theLargestComeLargestFirstAndOfEqualOnesThoseThatCameFirst() {
        // By fours only, so that many are equal and their order is seen.
        check(
                Aggregates.<Integer>top(3, Comparator.comparingInt(value -> value / 4)),
                values -> values.stream()
                        .sorted(Comparator.comparingInt((Integer value) -> value / 4)
                                .reversed())
                        .limit(3)
                        .toList());
    }
}
