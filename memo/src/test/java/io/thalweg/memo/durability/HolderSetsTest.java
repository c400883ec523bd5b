package io.thalweg.memo.durability;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Scores by sets of holders against scores by memo. */
final class HolderSetsTest {
    private static final DurabilityScore SCORE = new DurabilityScore(Silence.DEFAULT, DomainRates.NONE, 3600);
    private final HolderSets sets = new HolderSets();
    private final double[] silent = new double[12];

    private Holder holder(int number) {
        return Holder.of("global/" + number, LifetimeClass.LONG).silentFor(silent[number]);
    }

    private Loss loss(int set) {
        return sets.loss(set, SCORE, Partitions.NONE, this::holder);
    }

    @Test
    void setsAgreeWithAMemoByMemoModel() {
        for (long seed = 0; seed < 20; seed++) {
            var random = new SplittableRandom(seed);
            int memos = 300;
            int[] set = new int[memos];
            List<TreeSet<Integer>> model = new ArrayList<>();
            for (int i = 0; i < memos; i++) {
                sets.retain(HolderSets.EMPTY);
                model.add(new TreeSet<>());
            }
            for (int step = 0; step < 3000; step++) {
                int memo = random.nextInt(memos);
                int slab = random.nextInt(silent.length);
                if (random.nextBoolean()) {
                    set[memo] = sets.with(set[memo], slab);
                    model.get(memo).add(slab);
                } else {
                    set[memo] = sets.without(set[memo], slab);
                    model.get(memo).remove(slab);
                }
                if (random.nextInt(100) == 0) {
                    silent[slab] = random.nextInt(10_000);
                    sets.changed(slab);
                }
                assertThat(sets.holders(set[memo]))
                        .as("seed %d", seed)
                        .containsExactly(
                                model.get(memo).stream().mapToInt(i -> i).toArray());
                assertThat(loss(set[memo]))
                        .as("seed %d", seed)
                        .isEqualTo(SCORE.loss(
                                model.get(memo).stream().map(this::holder).toList()));
            }
            for (int i = 0; i < memos; i++) {
                sets.release(set[i]);
            }
        }
        assertThat(sets.sets()).as("only the empty set is left").containsExactly(HolderSets.EMPTY);
    }

    @Test
    void tenMillionMemosCostAsManyScoresAsTheyHaveSets() {
        int[] sample = new int[40];
        for (int i = 0; i < sample.length; i++) {
            sets.retain(HolderSets.EMPTY);
            sample[i] = sets.with(sets.with(HolderSets.EMPTY, i % 12), (i + 1 + i / 12) % 12);
        }
        for (int memo = 0; memo < 10_000_000; memo++) {
            sets.retain(sample[memo % sample.length]);
        }
        for (int set : sets.sets()) {
            loss(set);
        }
        long before = sets.scored();
        silent[3] = 500;
        sets.changed(3);
        for (int set : sets.sets()) {
            loss(set);
        }
        assertThat(sets.scored() - before).isBetween(1L, 20L);
    }

    @Test
    void aSetWithoutMemosIsForgottenAndItsNumberUsedAgain() {
        sets.retain(HolderSets.EMPTY);
        int one = sets.with(HolderSets.EMPTY, 1);
        int two = sets.with(one, 2);
        sets.release(two);
        assertThatThrownBy(() -> sets.release(two)).hasMessageContaining("more often than it was retained");
        assertThatThrownBy(() -> sets.retain(two)).hasMessageContaining("after its last memo left");
        sets.retain(HolderSets.EMPTY);
        assertThat(sets.with(HolderSets.EMPTY, 5)).isIn(one, two);
        assertThatThrownBy(() -> sets.with(HolderSets.EMPTY, -1)).hasMessageContaining("holder -1");
    }
}
