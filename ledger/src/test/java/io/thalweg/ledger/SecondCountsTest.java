package io.thalweg.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class SecondCountsTest {
    @Test
    void itIsWhatAMapOfAllSecondsIs() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        SecondCounts counts = new SecondCounts();
        TreeMap<Long, Long> model = new TreeMap<>();
        for (int i = 0; i < 50_000; i++) {
            long second = random.nextInt(3) * 1_000_000L + random.nextInt(8_000);
            long change = random.nextInt(5) - 2L;
            counts.add(second, change);
            model.merge(second, change, Long::sum);
            model.remove(second, 0L);
            assertThat(counts.size()).isEqualTo(model.size());
            assertThat(counts.get(second)).isEqualTo(model.getOrDefault(second, 0L));
            assertThat(counts.isEmpty()).isEqualTo(model.isEmpty());
            if (!model.isEmpty()) {
                assertThat(counts.first()).isEqualTo(model.firstKey());
            }
        }
        TreeMap<Long, Long> all = new TreeMap<>();
        counts.forEach((second, count) -> assertThat(all.put(second, count)).isNull());
        assertThat(all).isEqualTo(model);
    }
}
