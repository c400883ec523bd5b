package io.thalweg.memo.durability;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The counting rules, over random holders; a failing seed is in the message. */
final class DurabilityLawsTest {
    private static final int SEEDS = 1500;
    private static final String[] PATHS = {"global", "global/a", "global/a/1", "global/a/2", "global/b", "global/b/1"};

    /** A random question: all that a score depends on. */
    private record Question(
            Silence silence, Map<String, Double> rates, double beta, double horizon, List<Holder> holders) {
        Loss loss() {
            return new DurabilityScore(silence, new DomainRates(rates, beta), horizon).loss(holders);
        }

        Question holders(List<Holder> others) {
            return new Question(silence, rates, beta, horizon, others);
        }
    }

    private static double logUniform(SplittableRandom random, double from, double to) {
        return StrictMath.exp(StrictMath.log(from) + random.nextDouble() * (StrictMath.log(to) - StrictMath.log(from)));
    }

    private static Holder holder(SplittableRandom random) {
        @Nullable String path = random.nextInt(6) == 0 ? null : PATHS[random.nextInt(PATHS.length)];
        return new Holder(
                path,
                1 / logUniform(random, 10, 1e9),
                random.nextInt(3) == 0 ? 0 : logUniform(random, 1, 1e6),
                random.nextInt(3) == 0 ? 0 : logUniform(random, 1e-12, 0.5));
    }

    private static Question question(SplittableRandom random) {
        var silence = new Silence(
                logUniform(random, 0.1, 100),
                0.001 + random.nextDouble() * 0.9,
                1 / logUniform(random, 100, 1e8),
                1 / logUniform(random, 1, 1e6));
        Map<String, Double> rates = new HashMap<>();
        for (String path : PATHS) {
            if (random.nextBoolean()) {
                rates.put(path, 1 / logUniform(random, 1e3, 1e12));
            }
        }
        List<Holder> holders = new ArrayList<>();
        for (int i = random.nextInt(6); i >= 0; i--) {
            holders.add(holder(random));
        }
        return new Question(silence, rates, random.nextDouble() * 0.2, logUniform(random, 1, 1e7), holders);
    }

    private static void notBetter(long seed, String what, Loss before, Loss after) {
        assertThat(after.ln())
                .as("seed %d: %s made the score better", seed, what)
                .isGreaterThanOrEqualTo(before.ln() - 1e-11 * (1 + Math.abs(before.ln())));
    }

    private static Question change(Question question, int which, UnaryOperator<Holder> change) {
        List<Holder> changed = new ArrayList<>(question.holders);
        changed.set(which, change.apply(changed.get(which)));
        return question.holders(changed);
    }

    @Test
    void nothingThatIsWorseMakesTheScoreBetter() {
        for (long seed = 0; seed < SEEDS; seed++) {
            var random = new SplittableRandom(seed);
            Question q = question(random);
            Loss before = q.loss();
            int which = random.nextInt(q.holders.size());
            double more = 1 + logUniform(random, 1e-3, 1e3);
            List<Holder> fewer = new ArrayList<>(q.holders);
            fewer.remove(which);
            notBetter(seed, "a copy less", before, q.holders(fewer).loss());
            notBetter(
                    seed,
                    "more silence",
                    before,
                    change(q, which, h -> h.silentFor(h.silentSeconds() * more)).loss());
            notBetter(
                    seed,
                    "a shorter life",
                    before,
                    change(q, which, h -> new Holder(h.domain(), h.deathRate() * more, h.silentSeconds(), h.error()))
                            .loss());
            notBetter(
                    seed,
                    "more errors",
                    before,
                    change(
                                    q,
                                    which,
                                    h -> new Holder(
                                            h.domain(),
                                            h.deathRate(),
                                            h.silentSeconds(),
                                            Math.min(1, h.error() * more)))
                            .loss());
            notBetter(
                    seed,
                    "a longer horizon",
                    before,
                    new Question(q.silence, q.rates, q.beta, q.horizon * more, q.holders).loss());
            Map<String, Double> shaken = new HashMap<>(q.rates);
            shaken.merge(PATHS[random.nextInt(PATHS.length)], 1e-6, Double::sum);
            notBetter(
                    seed, "more shocks", before, new Question(q.silence, shaken, q.beta, q.horizon, q.holders).loss());
        }
    }

    @Test
    void theOrderOfHoldersChangesNoBit() {
        for (long seed = 0; seed < 300; seed++) {
            Question q = question(new SplittableRandom(seed));
            List<Holder> other = new ArrayList<>(q.holders);
            Collections.shuffle(other, new Random(seed));
            assertThat(q.holders(other).loss()).as("seed %d", seed).isEqualTo(q.loss());
        }
    }

    @Test
    void noNumberOfCopiesInOneDomainBeatsItsShock() {
        var score = new DurabilityScore(Silence.DEFAULT, new DomainRates(Map.of("global/r", 1e-8), 0), 3600);
        List<Holder> copies = Collections.nCopies(50, Holder.of("global/r", LifetimeClass.VERY_LONG));
        double shock = -StrictMath.expm1(-1e-8 * 3600);
        assertThat(score.loss(copies).probability()).isGreaterThanOrEqualTo(shock * (1 - 1e-12));
    }

    @Test
    void thoseOfUnknownDomainAreNeverIndependent() {
        var score = new DurabilityScore(Silence.DEFAULT, new DomainRates(Map.of(), 0.1), 3600);
        Holder somewhere = Holder.of(null, LifetimeClass.LONG);
        double shared = -StrictMath.expm1(-0.1 * somewhere.deathRate() * 3600);
        assertThat(score.loss(Collections.nCopies(20, somewhere)).probability())
                .isGreaterThanOrEqualTo(shared * (1 - 1e-12));
    }

    @Test
    void nobodyIsNoCopy() {
        assertThat(new DurabilityScore(Silence.DEFAULT, DomainRates.NONE, 1).loss(List.of()))
                .isEqualTo(Loss.CERTAIN);
        assertThat(Loss.CERTAIN.nines()).isZero();
    }

    @Test
    void aBeatMakesAReturningHolderCountAgainAtOnce() {
        var score = new DurabilityScore(Silence.DEFAULT, DomainRates.NONE, 3600);
        Holder holder = Holder.of("global", LifetimeClass.VERY_LONG);
        Loss before = score.loss(List.of(holder));
        assertThat(score.loss(List.of(holder.silentFor(1e5)))).isGreaterThan(before);
        assertThat(score.loss(List.of(holder.silentFor(1e5).silentFor(0)))).isEqualTo(before);
    }

    @Test
    void inputsOutOfBoundsAreRefusedByName() {
        assertThatThrownBy(() -> new Holder("global", Double.NaN, 0, 0)).hasMessageContaining("death rate is NaN");
        assertThatThrownBy(() -> new Holder("global", 1, -1, 0)).hasMessageContaining("silence in seconds is -1.0");
        assertThatThrownBy(() -> new Silence(10, 1, 0, 1)).hasMessageContaining("lost beats is 1.0");
        assertThatThrownBy(() -> new DurabilityScore(Silence.DEFAULT, DomainRates.NONE, 0))
                .hasMessageContaining("horizon in seconds is 0.0");
        assertThatThrownBy(() -> new DomainRates(Map.of("global//r", 1.0), 0)).hasMessageContaining("empty level");
    }

    @Test
    void extremesStayFinite() {
        for (double lifetime : new double[] {1e-6, 1, 1e12}) {
            for (double silent : new double[] {0, 1e-9, 1e6, 1e12}) {
                var score = new DurabilityScore(new Silence(1e-3, 1e-9, 1e6, 1e9), DomainRates.NONE, 1e9);
                Loss loss = score.loss(List.of(new Holder("g", 1 / lifetime, silent, 0)));
                assertThat(loss.nines()).isFinite().isNotNegative();
                assertThat(loss.annual(1e9)).isBetween(0.0, 1.0);
            }
        }
    }
}
