package io.thalweg.testkit.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.testkit.history.Violation.Rule;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;

/** Seeded histories of a log that is right, and then wrong in one way. */
final class LogHistoryTest {
    private static final int SEEDS = 200;

    /** A stream that takes appends one after the other, and clients whose operations overlap; reads are of the newest state. */
    private static final class World {
        final SplittableRandom random;
        final LogHistory history = new LogHistory();
        final List<String> stream = new ArrayList<>();
        final List<LogHistory.Append> acknowledged = new ArrayList<>();
        final List<LogHistory.Append> refused = new ArrayList<>();
        final List<String> neverAppended = new ArrayList<>();
        long nowNs = 1000;

        World(long seed) {
            random = new SplittableRandom(seed);
            for (int i = 0; i < 60; i++) {
                step(i);
            }
        }

        private void step(int number) {
            String client = "c" + random.nextInt(3);
            List<String> events = new ArrayList<>();
            for (int i = 0; i <= random.nextInt(3); i++) {
                events.add(number + "." + i);
            }
            // It may have begun while others were under way, but takes its place now.
            LogHistory.Append append = history.append(client, events, nowNs - random.nextInt(30));
            nowNs += 10;
            switch (number < 4 ? 9 : random.nextInt(10)) {
                case 0 -> {
                    append.refused(nowNs);
                    refused.add(append);
                    neverAppended.addAll(events);
                }
                case 1 -> {
                    if (random.nextBoolean()) {
                        stream.addAll(events);
                    } else {
                        neverAppended.addAll(events);
                    }
                }
                default -> {
                    append.acknowledged(stream.size() + 1L, nowNs + random.nextInt(30));
                    acknowledged.add(append);
                    stream.addAll(events);
                }
            }
            nowNs += 10;
            if (random.nextInt(3) == 0) {
                long first = stream.isEmpty() ? 1 : 1 + random.nextInt(stream.size());
                history.read(
                        client,
                        nowNs,
                        nowNs + 1,
                        first,
                        stream.subList((int) first - 1, stream.size()),
                        stream.size(),
                        true);
            }
        }

        List<Rule> rules() {
            return history.check(stream).stream()
                    .map(Violation::rule)
                    .distinct()
                    .toList();
        }
    }

    @Test
    void aCleanHistoryPasses() {
        for (long seed = 1; seed <= SEEDS; seed++) {
            World world = new World(seed);
            assertThat(world.history.check(world.stream)).as("seed %d", seed).isEmpty();
            assertThat(world.history.acknowledged()).isGreaterThan(20);
        }
    }

    @Test
    void eachKindOfViolationIsFound() {
        Map<Rule, BiConsumer<World, SplittableRandom>> wrongs = Map.of(
                Rule.LOST, (world, random) -> world.stream.removeLast(),
                Rule.DOUBLED,
                        (world, random) -> world.stream.add(world.stream.get(random.nextInt(world.stream.size()))),
                Rule.INVENTED, (world, random) -> world.stream.add("nobody's"),
                Rule.MOVED, (world, random) -> Collections.rotate(world.stream, 1 + random.nextInt(5)),
                Rule.REFUSED_AND_DONE,
                        (world, random) -> {
                            world.history
                                    .append("c9", List.of("late"), world.nowNs)
                                    .refused(world.nowNs + 1);
                            world.stream.add("late");
                        },
                Rule.TORN,
                        (world, random) -> {
                            var _ = world.history.append("c9", List.of("whole.0", "whole.1"), world.nowNs);
                            world.stream.add("whole.0");
                        },
                Rule.REORDERED,
                        (world, random) -> {
                            world.history.append("c9", List.of("early"), 5).acknowledged(world.stream.size() + 1L, 6);
                            world.stream.add("early");
                        },
                Rule.MISREAD,
                        (world, random) -> {
                            int at = random.nextInt(world.stream.size());
                            world.history.read(
                                    "c9", world.nowNs, world.nowNs, at + 1L, List.of("other"), at + 1L, false);
                        },
                Rule.STALE,
                        (world, random) -> world.history.read(
                                "c9", world.nowNs + 1000, world.nowNs + 1000, 1, List.of(), random.nextInt(3), true),
                Rule.WENT_BACK,
                        (world, random) -> {
                            world.history.read("c9", world.nowNs, world.nowNs, 1, List.of(), 5, false);
                            world.history.read("c9", world.nowNs + 1, world.nowNs + 2, 1, List.of(), 4, false);
                        });
        wrongs.forEach((rule, wrong) -> {
            for (long seed = 1; seed <= SEEDS; seed++) {
                World world = new World(seed);
                if (rule == Rule.LOST) {
                    world.history
                            .append("c9", List.of("last"), world.nowNs)
                            .acknowledged(world.stream.size() + 1L, world.nowNs + 1);
                    world.stream.add("last");
                }
                wrong.accept(world, new SplittableRandom(seed));
                assertThat(world.rules()).as("seed %d", seed).contains(rule);
            }
        });
    }

    @Test
    void anUnknownOutcomeMayBeThereOnceOrNotAtAll() {
        LogHistory history = new LogHistory();
        var _ = history.append("a", List.of("x"), 1);
        assertThat(history.check(List.of())).isEmpty();
        assertThat(history.check(List.of("x"))).isEmpty();
        assertThat(history.check(List.of("x", "x"))).extracting(Violation::rule).containsExactly(Rule.DOUBLED);
    }

    @Test
    void aReadThatMayBeStaleIsNotAskedForTheNewest() {
        LogHistory history = new LogHistory();
        history.append("a", List.of("x"), 1).acknowledged(1, 2);
        history.read("b", 3, 4, 1, List.of(), 0, false);
        assertThat(history.check(List.of("x"))).isEmpty();
        history.read("c", 3, 4, 1, List.of(), 0, true);
        assertThat(history.check(List.of("x"))).extracting(Violation::rule).containsExactly(Rule.STALE);
    }
}
