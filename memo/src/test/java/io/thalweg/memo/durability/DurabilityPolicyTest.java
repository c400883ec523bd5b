package io.thalweg.memo.durability;

import static io.thalweg.memo.durability.LifetimeClass.SESSION;
import static io.thalweg.memo.durability.LifetimeClass.VERY_LONG;
import static io.thalweg.memo.durability.Watermarks.Wish.KEEP;
import static io.thalweg.memo.durability.Watermarks.Wish.MAY_EVICT;
import static io.thalweg.memo.durability.Watermarks.Wish.PUSH;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import io.thalweg.memo.durability.Partitions.Heard;
import io.thalweg.memo.durability.Placement.Candidate;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What is done about a score: marks, the last copy, places for the next, silence of a whole domain, learned lifetimes. */
final class DurabilityPolicyTest {
    private static final DomainRates SHOCKS =
            new DomainRates(Map.of("global/a", 1e-9, "global/b", 1e-9, "global/a/1", 1e-8), 0.1);
    private static final DurabilityScore SCORE = new DurabilityScore(Silence.DEFAULT, SHOCKS, 3600);

    private static Loss nines(double nines) {
        return new Loss(-nines * StrictMath.log(10));
    }

    @Test
    void betweenTheMarksNothingIsDone() {
        var marks = new Watermarks(6, 2);
        assertThat(marks.wish(nines(5.9))).isEqualTo(PUSH);
        assertThat(marks.wish(nines(6.1))).isEqualTo(KEEP);
        assertThat(marks.wish(nines(7.9))).isEqualTo(KEEP);
        assertThat(marks.wish(nines(8.1))).isEqualTo(MAY_EVICT);
    }

    @Test
    void theLastKnownCopyStaysWhateverTheScore() {
        var careless = new Watermarks(0, 0);
        assertThat(careless.wish(Loss.CERTAIN)).isEqualTo(MAY_EVICT);
        assertThat(careless.mayEvictOwn(Loss.CERTAIN, 0)).isFalse();
        assertThat(careless.mayEvictOwn(nines(1), 1)).isTrue();
        assertThat(new Watermarks(6, 1).mayEvictOwn(nines(6.5), 3)).isFalse();
    }

    @Test
    void theNextCopyGoesWhereItHelpsMostForItsCost() {
        List<Holder> have = List.of(Holder.of("global/a/1", VERY_LONG));
        var sameRack = new Candidate<>("same rack", Holder.of("global/a/1", VERY_LONG), 1);
        var otherSite = new Candidate<>("other site", Holder.of("global/b", VERY_LONG), 1);
        var laptop = new Candidate<>("laptop elsewhere", Holder.of("global/c", SESSION), 1);
        var dear = new Candidate<>("other site, dear", Holder.of("global/b", VERY_LONG), 50);
        assertThat(Placement.best(SCORE, have, List.of(sameRack, laptop, otherSite, dear)))
                .contains(otherSite);
        assertThat(Placement.best(SCORE, have, List.of(sameRack, laptop, dear))).contains(sameRack);
        assertThat(Placement.best(SCORE, have, List.of())).isEmpty();
    }

    @Test
    void aDomainThatFallsSilentAtOnceIsOnePartitionAndNotManyDeaths() {
        Partitions heard = Partitions.detect(
                List.of(new Heard("global/a/1", 100), new Heard("global/a/2", 104), new Heard("global/b", 3)), 60, 10);
        assertThat(heard.contains("global/a/1")).isTrue();
        assertThat(heard.contains("global/a")).isTrue();
        assertThat(heard.contains("global/b")).isFalse();
        assertThat(heard.contains("global")).isFalse();
        Partitions oneByOne =
                Partitions.detect(List.of(new Heard("global/a/1", 100), new Heard("global/a/2", 4000)), 60, 10);
        assertThat(oneByOne.isEmpty()).as("silent for different times").isTrue();
        assertThat(Partitions.detect(List.of(new Heard("global/a/1", 100)), 60, 10)
                        .isEmpty())
                .as("one slab is no domain")
                .isTrue();
    }

    @Test
    void inAPartitionOneSilenceIsCountedAndItIsCounted() {
        Holder here = Holder.of("global/b", VERY_LONG);
        Holder there = Holder.of("global/a/1", SESSION).silentFor(120);
        Holder elsewhere = Holder.of("global/a/2", SESSION).silentFor(122);
        List<Holder> holders = List.of(here, there, elsewhere);
        Partitions cut = Partitions.detect(
                List.of(new Heard("global/a/1", 120), new Heard("global/a/2", 122), new Heard("global/b", 0)), 60, 10);
        Loss asDeaths = SCORE.loss(holders);
        Loss asPartition = SCORE.loss(holders, cut);
        Loss heard = SCORE.loss(List.of(here, there.silentFor(0), elsewhere.silentFor(0)));
        assertThat(asPartition).isLessThan(asDeaths).isGreaterThan(heard);
    }

    @Test
    void aLongPartitionOfADomainWithoutARateStillCostsNines() {
        var score = new DurabilityScore(Silence.DEFAULT, new DomainRates(Map.of(), 0.1), 3600);
        List<Holder> holders = List.of(
                Holder.of("x/1", VERY_LONG).silentFor(86_400),
                Holder.of("x/2", VERY_LONG).silentFor(86_400));
        Partitions cut = Partitions.detect(List.of(new Heard("x/1", 86_400), new Heard("x/2", 86_400)), 60, 10);
        assertThat(score.loss(holders, cut).nines()).isLessThan(0.1);
    }

    @Test
    void lifetimesAreLearnedFromABelief() {
        LifetimeEstimate belief = LifetimeEstimate.of(VERY_LONG);
        assertThat(belief.deathRate(0, 0)).isEqualTo(VERY_LONG.deathRate());
        assertThat(belief.deathRate(0, 1e9)).isLessThan(VERY_LONG.deathRate());
        assertThat(belief.deathRate(1000, 1e6)).isCloseTo(1e-5, offset(1e-6));
        assertThat(LifetimeClass.of(10)).isEqualTo(LifetimeClass.UNKNOWN);
        assertThat(LifetimeClass.of(7200)).isEqualTo(SESSION);
        assertThat(LifetimeClass.of(1e9)).isEqualTo(VERY_LONG);
    }
}
