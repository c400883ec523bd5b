package io.thalweg.ledger.store.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.ledger.store.id.Ids;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Groups of keys beside a sorted map: few keys, many, all different, and one use after another with the same memory. */
final class KeyGroupsTest {
    private record Key(long low, long high) implements Comparable<Key> {
        @Override
        public int compareTo(Key other) {
            return equals(other) ? 0 : Ids.less(low, high, other.low, other.high) ? -1 : 1;
        }
    }

    @Test
    void groupsAreThoseOfASortedMap() {
        long seed = Long.getLong("thalweg.seed", System.nanoTime());
        Random random = new Random(seed);
        KeyGroups groups = new KeyGroups();
        for (int use = 0; use < 40; use++) {
            Supplier<Key> keys = keys(random);
            int records = random.nextInt(60_000);
            double skipped = random.nextInt(3) * 0.2;
            Map<Key, List<Integer>> model = new TreeMap<>();
            groups.clear();
            for (int i = 0; i < records; i++) {
                if (random.nextDouble() < skipped) {
                    groups.skip();
                } else {
                    Key key = keys.get();
                    groups.put(key.low, key.high);
                    model.computeIfAbsent(key, _ -> new ArrayList<>()).add(i);
                }
            }
            groups.finish();
            assertThat(read(groups)).as("seed %d, use %d", seed, use).containsExactlyElementsOf(model.entrySet());
        }
    }

    private static Supplier<Key> keys(Random random) {
        int few = 1 + random.nextInt(20_000);
        return switch (random.nextInt(5)) {
            case 0 -> () -> new Key(random.nextLong(), random.nextLong());
            case 1 -> () -> new Key(random.nextLong(), 0);
            case 2 -> () -> new Key(random.nextInt(1 << 16), 0);
            case 3 -> () -> new Key(random.nextInt(few), random.nextInt(2));
            // All different at first, then always the same.
            default -> {
                int[] drawn = {0};
                yield () -> ++drawn[0] < 2 * few ? new Key(0, random.nextLong()) : new Key(0, 7);
            }
        };
    }

    private static List<Map.Entry<Key, List<Integer>>> read(KeyGroups groups) {
        List<Map.Entry<Key, List<Integer>>> read = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < groups.size(); i++) {
            List<Integer> slots =
                    Arrays.stream(groups.slots(), from, groups.end(i)).boxed().toList();
            read.add(Map.entry(new Key(groups.low(i), groups.high(i)), slots));
            from = groups.end(i);
        }
        assertThat(from).isEqualTo(groups.postings());
        return read;
    }
}
