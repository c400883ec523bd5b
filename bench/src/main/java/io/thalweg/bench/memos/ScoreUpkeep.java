package io.thalweg.bench.memos;

import io.thalweg.memo.durability.DomainRates;
import io.thalweg.memo.durability.DurabilityScore;
import io.thalweg.memo.durability.Holder;
import io.thalweg.memo.durability.HolderSets;
import io.thalweg.memo.durability.LifetimeClass;
import io.thalweg.memo.durability.Partitions;
import io.thalweg.memo.durability.Silence;
import java.util.SplittableRandom;

/**
 * What it costs a slab to know how durable ten million resident memos are: all scores of all sets of holders are computed again with each beat, as a
 * slab does it, while a peer falls silent and is heard again.
 */
public final class ScoreUpkeep {
    private static final int HOLDERS = 24;
    private static final int COPIES = 3;
    private static final int BEATS = 50;
    private static final double BEAT_NS = 10e9;

    private ScoreUpkeep() {}

    /**
     * What was seen.
     *
     * @param sets different sets of holders
     * @param beatNs for one beat, the mean
     * @param coreShare of a core, with a beat each ten seconds
     */
    public record Seen(int memos, int sets, double beatNs, double coreShare) {}

    public static Seen measure(int memos) {
        SplittableRandom random = new SplittableRandom(1);
        HolderSets sets = new HolderSets();
        for (int i = 0; i < memos; i++) {
            // The slab itself, and two of the others: each memo lies where its writer's memos lie.
            int set = HolderSets.EMPTY;
            sets.retain(set);
            set = sets.with(set, 0);
            for (int copy = 1; copy < COPIES; copy++) {
                set = sets.with(set, 1 + random.nextInt(HOLDERS));
            }
        }
        DurabilityScore score = new DurabilityScore(Silence.DEFAULT, DomainRates.USUAL, 3600);
        double nines = 0;
        long start = 0;
        for (int beat = -BEATS; beat < BEATS; beat++) {
            if (beat == 0) {
                start = System.nanoTime();
            }
            double silent = beat % 2 == 0 ? 0 : 300;
            sets.changedAll();
            for (int set : sets.sets()) {
                nines += sets.loss(set, score, Partitions.NONE, holder -> holder(holder, silent))
                        .nines();
            }
        }
        double beatNs = (System.nanoTime() - start) / (double) BEATS;
        if (!(nines > 0)) {
            throw new IllegalStateException("no set of holders is worth anything");
        }
        return new Seen(memos, sets.sets().length, beatNs, beatNs / BEAT_NS);
    }

    private static Holder holder(int number, double silent) {
        return new Holder(
                "global/dc" + number % 3 + "/r" + number,
                1.0 / LifetimeClass.VERY_LONG.seconds(),
                number == 1 ? silent : 0,
                1e-6);
    }
}
