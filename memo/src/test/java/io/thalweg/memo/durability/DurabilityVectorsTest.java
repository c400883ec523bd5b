package io.thalweg.memo.durability;

import static io.thalweg.memo.durability.LifetimeClass.EPHEMERAL;
import static io.thalweg.memo.durability.LifetimeClass.SESSION;
import static io.thalweg.memo.durability.LifetimeClass.VERY_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The vectors of the definition: losses to nine digits, as they were calculated apart from this code. */
final class DurabilityVectorsTest {
    private static final double YEAR = Loss.YEAR_SECONDS;
    private static final double HOUR = 3600;
    private static final DomainRates SHOCKS = new DomainRates(
            Map.of(
                    "global", 1 / (1e4 * YEAR),
                    "global/dc1", 1 / (50 * YEAR),
                    "global/dc2", 1 / (50 * YEAR),
                    "global/dc1/r1", 1 / (5 * YEAR),
                    "global/dc1/r2", 1 / (5 * YEAR),
                    "global/dc1/r3", 1 / (5 * YEAR),
                    "global/dc2/r1", 1 / (5 * YEAR)),
            DomainRates.BETA_DEFAULT);

    private static final DurabilityScore ALONE = new DurabilityScore(Silence.DEFAULT, DomainRates.NONE, HOUR);
    private static final DurabilityScore SHAKEN = new DurabilityScore(Silence.DEFAULT, SHOCKS, HOUR);

    private static List<Holder> copies(int count, LifetimeClass lifetime) {
        return new ArrayList<>(Collections.nCopies(count, Holder.of("global", lifetime)));
    }

    private static void expect(Loss loss, double probability, double nines, double annual) {
        assertThat(loss.probability()).isCloseTo(probability, withinPercentage(1e-7));
        assertThat(loss.nines()).isCloseTo(nines, offset(1e-6));
        assertThat(loss.annual(HOUR)).isCloseTo(annual, withinPercentage(1e-4));
    }

    @Test
    void oneTwoAndThreeLongLivedCopies() {
        expect(ALONE.loss(copies(1, VERY_LONG)), 3.805102642e-05, 4.419634, 2.834687e-01);
        expect(ALONE.loss(copies(2, VERY_LONG)), 1.447880612e-09, 8.839267, 1.268335e-05);
        expect(ALONE.loss(copies(3, VERY_LONG)), 5.509334341e-14, 13.258901, 4.826177e-10);
    }

    @Test
    void aSilentCopyIsWorthLessAndAfterADayNothing() {
        List<Holder> holders = copies(2, VERY_LONG);
        holders.add(Holder.of("global", VERY_LONG).silentFor(300));
        expect(ALONE.loss(holders), 1.003632423e-11, 10.998425, 8.791820e-08);
        holders.set(2, Holder.of("global", VERY_LONG).silentFor(86_400));
        expect(ALONE.loss(holders), 1.447880603e-09, 8.839267, 1.268335e-05);
    }

    @Test
    void shortLivedCopiesAddUpSlowlyAndEphemeralOnesAreWorthNothing() {
        expect(ALONE.loss(copies(2, SESSION)), 3.995764009e-01, 0.398400, 1);
        expect(ALONE.loss(copies(5, SESSION)), 1.009251903e-01, 0.996000, 1);
        List<Holder> holders = copies(1, VERY_LONG);
        holders.addAll(copies(5, EPHEMERAL));
        expect(ALONE.loss(holders), 3.805102642e-05, 4.419634, 2.834687e-01);
    }

    @Test
    void copiesInOneRackAreWorthNoMoreThanTheRack() {
        Holder here = Holder.of("global/dc1/r1", VERY_LONG);
        expect(SHAKEN.loss(List.of(here, here, here)), 2.512525519e-05, 4.599890, 1.975615e-01);
    }

    @Test
    void racksAndCentresApartAreWorthMore() {
        Holder first = Holder.of("global/dc1/r1", VERY_LONG);
        Holder second = Holder.of("global/dc1/r2", VERY_LONG);
        Holder third = Holder.of("global/dc1/r3", VERY_LONG);
        Holder away = Holder.of("global/dc2/r1", VERY_LONG);
        expect(SHAKEN.loss(List.of(first, second, third)), 2.294518141e-06, 5.639309, 1.989934e-02);
        expect(SHAKEN.loss(List.of(first, second, away)), 1.155996884e-08, 7.937043, 1.012602e-04);
    }

    @Test
    void aCopyThatMayBeUnreadableIsWorthLess() {
        Holder doubtful = new Holder("global", VERY_LONG.deathRate(), 0, 1e-6);
        expect(ALONE.loss(List.of(doubtful, doubtful, doubtful)), 5.955196425e-14, 13.225104, 5.216752e-10);
    }

    @Test
    void silenceIsJudgedByTheLifetime() {
        double[][] server = {
            {10, 0.999999330},
            {30, 0.999729680},
            {60, 0.993566178},
            {300, 0.993106054},
            {3600, 0.982935231},
            {21600, 0.279594716},
            {86400, 0.000000006},
            {604800, 0}
        };
        for (double[] each : server) {
            assertThat(Silence.DEFAULT.alive(VERY_LONG.deathRate(), each[0])).isCloseTo(each[1], offset(5.1e-10));
        }
        double[][] session = {{10, 0.982654931}, {60, 0.005841685}, {300, 0.005451649}, {3600, 0.002186996}};
        for (double[] each : session) {
            assertThat(Silence.DEFAULT.alive(SESSION.deathRate(), each[0])).isCloseTo(each[1], offset(5.1e-10));
        }
    }

    @Test
    void theTreeOfTheDefinitionHasItsLoss() {
        // The tree gives probabilities; rates and death rates that make them within one second.
        Map<String, Double> rates = Map.of(
                "g", rate(.01), "g/dc1", rate(.05), "g/dc1/r1", rate(.1), "g/dc1/r2", rate(.1), "g/dc2", rate(.05));
        var score = new DurabilityScore(Silence.DEFAULT, new DomainRates(rates, 0), 1);
        Loss loss = score.loss(List.of(
                new Holder("g/dc1/r1", rate(.3), 0, 0),
                new Holder("g/dc1/r1", rate(.2), 0, 0),
                new Holder("g/dc1/r2", rate(.25), 0, 0),
                new Holder("g/dc2", rate(.4), 0, 0)));
        assertThat(loss.probability()).isCloseTo(0.05152597, offset(5e-9));
    }

    private static double rate(double probability) {
        return -StrictMath.log1p(-probability);
    }

    @Test
    void backblazesElevenNinesComeOutOfTheSameArithmetic() {
        // 17 of 20 shares: the annual figure from the window's, which is where 1 - tiny would show.
        double window = 1.3096e-13;
        Loss loss = new Loss(StrictMath.log(window));
        assertThat(loss.annual(6.5 * 86_400)).isCloseTo(7.354e-12, withinPercentage(0.01));
    }

    @Test
    void whatIsTooSmallForADoubleStillHasItsNinesAndDigits() {
        Loss loss = ALONE.loss(copies(100, VERY_LONG));
        assertThat(loss.probability()).isZero();
        assertThat(loss.nines()).isCloseTo(441.9634, offset(1e-3));
        assertThat(loss.decimal(new java.math.MathContext(10)).precision()).isLessThanOrEqualTo(10);
        assertThat(loss.decimal(new java.math.MathContext(10)).toString()).endsWith("E-442");
        assertThat(loss.annual(HOUR)).isZero();
    }
}
