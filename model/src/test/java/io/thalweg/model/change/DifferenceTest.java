package io.thalweg.model.change;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class DifferenceTest {
    @Test
    void whatIsDifferentMakesTheOneOfTheOtherAndTheChecksumsMeetThenOnly() {
        long first = Long.getLong("thalweg.seed", new Random().nextLong());
        int different = 0;
        for (long seed = first; seed < first + 3_000; seed++) {
            Random random = new Random(seed);
            Object before = document(random, 4);
            Object now = random.nextBoolean() ? document(random, 4) : edited(Change.copy(before), random);
            Object copy = Change.copy(before);
            for (Change change : Difference.between(before, now)) {
                copy = change.apply(copy);
            }
            assertThat(copy).as("seed %s", seed).isEqualTo(now);
            assertThat(Difference.checksum(copy)).isEqualTo(Difference.checksum(now));
            assertThatFewMakeTheSame(before, now, random.nextInt(4), seed);
            if (before == null ? now != null : !before.equals(now)) {
                different++;
                assertThat(Difference.checksum(before)).as("seed %s", seed).isNotEqualTo(Difference.checksum(now));
            }
        }
        System.out.println("seed " + first + ": " + different + " different");
        assertThat(different).isGreaterThan(1_000);
    }

    private static void assertThatFewMakeTheSame(@Nullable Object before, @Nullable Object now, int most, long seed) {
        List<Change> few = Difference.between(before, now, most);
        assertThat(few.size()).as("seed %s", seed).isLessThanOrEqualTo(Math.max(1, most));
        Object copy = Change.copy(before);
        for (Change change : few) {
            copy = change.apply(copy);
        }
        assertThat(copy).as("seed %s, at most %s", seed, most).isEqualTo(now);
    }

    private static @Nullable Object document(Random random, int depth) {
        return switch (random.nextInt(depth == 0 ? 4 : 6)) {
            case 0 -> random.nextInt(3);
            case 1 -> "s" + random.nextInt(3);
            case 2 -> random.nextBoolean();
            case 3 -> null;
            case 4 -> {
                List<@Nullable Object> list = new ArrayList<>();
                for (int i = random.nextInt(5); i > 0; i--) {
                    list.add(document(random, depth - 1));
                }
                yield list;
            }
            default -> {
                Map<String, @Nullable Object> map = new LinkedHashMap<>();
                for (int i = random.nextInt(5); i > 0; i--) {
                    map.put("k" + random.nextInt(6), document(random, depth - 1));
                }
                yield map;
            }
        };
    }

    @SuppressWarnings("unchecked") // documents are made here
    private static @Nullable Object edited(@Nullable Object document, Random random) {
        if (document instanceof List<?> list && !list.isEmpty()) {
            List<@Nullable Object> edited = (List<@Nullable Object>) list;
            int at = random.nextInt(edited.size());
            switch (random.nextInt(3)) {
                case 0 -> edited.remove(at);
                case 1 -> edited.add(at, "new");
                default -> edited.set(at, edited(edited.get(at), random));
            }
            return edited;
        }
        if (document instanceof Map<?, ?> map && !map.isEmpty()) {
            Map<String, @Nullable Object> edited = (Map<String, @Nullable Object>) map;
            String key = edited.keySet().iterator().next();
            if (random.nextInt(3) == 0) {
                edited.remove(key);
            } else {
                edited.put(key, edited(edited.get(key), random));
            }
            return edited;
        }
        return "edited";
    }

    @Test
    void oneElementMoreInAListIsOneInsertion() {
        assertThat(Difference.between(Map.of("a", List.of(1, 2, 3)), Map.of("a", List.of(0, 1, 2, 3))))
                .containsExactly(new Change.Insert(List.of("a", 0), 0));
        assertThat(Difference.between(Map.of("a", List.of(1, 2, 3)), Map.of("a", List.of(1, 3))))
                .containsExactly(new Change.Remove(List.of("a", 1)));
    }

    @Test
    void theChecksumIsOfTheValueAndNotOfHowANumberOrAMapIsWritten() {
        assertThat(Difference.checksum(Map.of("a", 100L))).isEqualTo(Difference.checksum(Map.of("a", 1e2)));
        assertThat(Difference.checksum(new ArrayList<>(List.of("a", "b"))))
                .isNotEqualTo(Difference.checksum(List.of("ab")));
    }

    @Test
    void aChangeForAnotherDocumentIsRefused() {
        Object list = Change.copy(List.of(1));
        assertThatThrownBy(() -> new Change.Remove(List.of(1)).apply(list)).hasMessageContaining("[1]");
        assertThatThrownBy(() -> new Change.Set(List.of("a", 0), 1).apply(list)).hasMessageContaining("[a, 0]");
        assertThatThrownBy(() -> new Change.Insert(List.of(), 1).apply(list)).hasMessageContaining("whole document");
    }
}
