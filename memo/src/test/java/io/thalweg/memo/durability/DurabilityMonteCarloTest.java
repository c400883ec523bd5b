package io.thalweg.memo.durability;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The formulas against the processes that they describe, played many times from a fixed seed. */
final class DurabilityMonteCarloTest {
    /** Standard errors that a right formula may be off by at these seeds. */
    private static final double SIGMAS = 4;

    private static double exponential(SplittableRandom random, double rate) {
        return -StrictMath.log(1 - random.nextDouble()) / rate;
    }

    private static void agree(double formula, long hits, long trials, String what) {
        double observed = (double) hits / trials;
        double error = Math.sqrt(formula * (1 - formula) / trials);
        assertThat(observed).as(what).isBetween(formula - SIGMAS * error, formula + SIGMAS * error);
    }

    @Test
    void aliveGivenSilenceIsWhatHappensToThoseWhoFellSilent() {
        double death = 1 / 20_000.0;
        double outage = 1 / 3000.0;
        double back = 1 / 600.0;
        double heard = 1 / 30.0;
        // h = -ln q / tau: a tau of 1 and the q that gives it.
        var silence = new Silence(1, StrictMath.exp(-heard), outage, back);
        for (double a : new double[] {10, 60, 300}) {
            var random = new SplittableRandom(7);
            long silent = 0;
            long alive = 0;
            for (int i = 0; i < 3_000_000 && silent < 40_000; i++) {
                double first = exponential(random, death + outage + heard);
                if (first >= a) {
                    silent++;
                    alive++;
                    continue;
                }
                double kind = random.nextDouble() * (death + outage + heard);
                if (kind < death) {
                    silent++;
                } else if (kind < death + outage && first + exponential(random, back) > a) {
                    silent++;
                    alive++;
                }
            }
            agree(silence.alive(death, a), alive, silent, "alive after " + a + " s of silence");
        }
    }

    @Test
    void theTreeOfDomainsIsWhatHappensToCopiesInIt() {
        double horizon = 1;
        Map<String, Double> rates = Map.of("g", .02, "g/a", .1, "g/a/1", .2, "g/b", .1);
        var score = new DurabilityScore(Silence.DEFAULT, new DomainRates(rates, 0), horizon);
        List<Holder> holders = List.of(
                new Holder("g/a/1", .5, 0, 0),
                new Holder("g/a/1", .3, 0, 0.1),
                new Holder("g/a", .4, 0, 0),
                new Holder("g/b", 1, 0, 0));
        var random = new SplittableRandom(11);
        int trials = 1_000_000;
        long lost = 0;
        for (int i = 0; i < trials; i++) {
            boolean g = exponential(random, .02) < horizon;
            boolean a = g || exponential(random, .1) < horizon;
            boolean rack = a || exponential(random, .2) < horizon;
            boolean b = g || exponential(random, .1) < horizon;
            boolean one = rack || exponential(random, .5) < horizon;
            boolean two = rack || exponential(random, .3) < horizon || random.nextDouble() < 0.1;
            boolean three = a || exponential(random, .4) < horizon;
            boolean four = b || exponential(random, 1) < horizon;
            lost += one && two && three && four ? 1 : 0;
        }
        agree(score.loss(holders).probability(), lost, trials, "loss of four copies in three domains");
    }
}
