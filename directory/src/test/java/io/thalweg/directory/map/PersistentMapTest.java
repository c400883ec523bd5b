package io.thalweg.directory.map;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class PersistentMapTest {

    @Test
    void behavesAsATreeMapAndNeverChangesWhatWasHandedOut() {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        PersistentMap<Integer, Integer> map = PersistentMap.empty();
        TreeMap<Integer, Integer> expected = new TreeMap<>();
        List<PersistentMap<Integer, Integer>> kept = new ArrayList<>();
        List<TreeMap<Integer, Integer>> keptExpected = new ArrayList<>();
        for (int step = 0; step < 20_000; step++) {
            int key = random.nextInt(step < 10_000 ? 3_000 : 200);
            if (random.nextInt(3) > 0) {
                map = map.with(key, step);
                expected.put(key, step);
            } else {
                map = map.without(key);
                expected.remove(key);
            }
            assertThat(map.size()).isEqualTo(expected.size());
            assertThat(map.get(key)).isEqualTo(expected.get(key));
            assertThat(map.height()).isLessThanOrEqualTo((int) (1.45 * Math.log(map.size() + 2) / Math.log(2)));
            if (step % 1_000 == 0) {
                kept.add(map);
                keptExpected.add(new TreeMap<>(expected));
            }
        }
        for (int i = 0; i < kept.size(); i++) {
            assertThat(kept.get(i).keys())
                    .isEqualTo(List.copyOf(keptExpected.get(i).keySet()));
            assertThat(kept.get(i).values())
                    .isEqualTo(List.copyOf(keptExpected.get(i).values()));
        }
    }

    @Test
    void staysShallowWhenKeysComeInOrder() {
        PersistentMap<Integer, Integer> map = PersistentMap.empty();
        for (int i = 0; i < 100_000; i++) {
            map = map.with(i, i);
        }
        assertThat(map.height()).isLessThan(25);
        for (int i = 0; i < 99_000; i++) {
            map = map.without(i);
        }
        assertThat(map.keys()).hasSize(1_000).isSorted().startsWith(99_000);
        assertThat(map.height()).isLessThan(15);
    }
}
