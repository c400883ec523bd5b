package io.thalweg.memo.durability;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Whether a number of nines means what it says: a million memo-years of copies that die, of racks that are destroyed with all that is in them, and of repairs
 * that take up to half of the horizon, played event by event. What is lost must not be more than was predicted, and not less than a hundredth of
 * it: a score that is always right because it is always afraid would make copies for nothing.
 *
 * <p>A repair that took all of the horizon would lose more than predicted (with two copies twice as much): the horizon counts from a moment, and
 * deaths do not wait for it to begin. That is why the horizon has to be twice the time that a repair takes.
 */
final class CalibrationTest {
    private static final double DAY = 86_400;
    private static final double HORIZON = DAY;
    private static final double YEAR = 365 * DAY;

    /** Standard errors by which chance may push an observation over what was predicted. */
    private static final double SIGMAS = 4;

    /** Copies by the rack that each is in; how long slabs live; how often a rack is destroyed. */
    private record Scenario(String name, int[] racks, double lifetimeDays, double rackYears, int memoYears) {
        DurabilityScore score() {
            double rate = rackYears == 0 ? 0 : 1 / (rackYears * YEAR);
            return new DurabilityScore(
                    Silence.DEFAULT, new DomainRates(java.util.Map.of(), List.of(0.0, rate), 0), HORIZON);
        }

        List<Holder> holders() {
            return Arrays.stream(racks)
                    .mapToObj(rack -> new Holder("global/r" + rack, 1 / (lifetimeDays * DAY), 0, 0))
                    .toList();
        }
    }

    private static final List<Scenario> SCENARIOS = List.of(
            new Scenario("2 copies, a month each", new int[] {0, 1}, 30, 0, 100_000),
            new Scenario("3 copies, a month each", new int[] {0, 1, 2}, 30, 0, 200_000),
            new Scenario("4 copies, a month each", new int[] {0, 1, 2, 3}, 30, 0, 300_000),
            new Scenario("3 copies, a year each, 2 racks", new int[] {0, 0, 1}, 365, 5, 200_000),
            new Scenario("3 copies in one rack", new int[] {0, 0, 0}, 365, 5, 100_000),
            new Scenario("2 copies in two racks, racks burn", new int[] {0, 1}, 365, 1, 100_000));

    @Test
    void whatIsLostInAMillionMemoYearsIsNotMoreThanPredictedAndNotLessThanAHundredthOfIt() {
        List<String> table = new ArrayList<>();
        int years = 0;
        for (Scenario scenario : SCENARIOS) {
            Loss loss = scenario.score().loss(scenario.holders());
            double predicted = loss.probability() / HORIZON * YEAR;
            double observed = (double) play(scenario, new SplittableRandom(17)) / scenario.memoYears;
            double chance = SIGMAS * Math.sqrt(predicted / scenario.memoYears);
            table.add(String.format(
                    "| %s | %.2f | %.3e | %.3e | %.2f |",
                    scenario.name, loss.nines(), predicted, observed, observed / predicted));
            assertThat(observed).as(scenario.name).isLessThanOrEqualTo(predicted + chance);
            assertThat(observed).as(scenario.name).isGreaterThanOrEqualTo(predicted / 100 - chance);
            years += scenario.memoYears;
        }
        assertThat(years).isEqualTo(1_000_000);
        System.out.println("| scenario | nines | predicted losses a memo-year | observed | observed / predicted |");
        table.forEach(System.out::println);
    }

    /** How often a memo was lost; a lost one begins again with all its copies. */
    private static long play(Scenario scenario, SplittableRandom random) {
        int copies = scenario.racks.length;
        int racks = Arrays.stream(scenario.racks).max().orElse(0) + 1;
        double death = 1 / (scenario.lifetimeDays * DAY);
        double shock = scenario.rackYears == 0 ? 0 : 1 / (scenario.rackYears * YEAR);
        // One memo lives through all the years: copies die and are made again independently of how long it was there.
        double end = scenario.memoYears * YEAR;
        double[] diesAt = new double[copies];
        double[] repairedAt = new double[copies];
        double[] burnsAt = new double[racks];
        for (int i = 0; i < copies; i++) {
            diesAt[i] = exponential(random, death);
        }
        for (int i = 0; i < racks; i++) {
            burnsAt[i] = exponential(random, shock);
        }
        int alive = copies;
        long lost = 0;
        while (true) {
            double now = Double.POSITIVE_INFINITY;
            int which = -1;
            for (int i = 0; i < copies; i++) {
                double next = diesAt[i] > 0 ? diesAt[i] : repairedAt[i];
                if (next < now) {
                    now = next;
                    which = i;
                }
            }
            for (int i = 0; i < racks; i++) {
                if (burnsAt[i] < now) {
                    now = burnsAt[i];
                    which = copies + i;
                }
            }
            if (now >= end) {
                return lost;
            }
            if (which >= copies) {
                for (int i = 0; i < copies; i++) {
                    if (scenario.racks[i] == which - copies && diesAt[i] > 0) {
                        diesAt[i] = 0;
                        repairedAt[i] = now + repair(random);
                        alive--;
                    }
                }
                burnsAt[which - copies] = now + exponential(random, shock);
            } else if (diesAt[which] > 0) {
                diesAt[which] = 0;
                repairedAt[which] = now + repair(random);
                alive--;
            } else {
                diesAt[which] = now + exponential(random, death);
                alive++;
            }
            if (alive == 0) {
                lost++;
                for (int i = 0; i < copies; i++) {
                    diesAt[i] = now + exponential(random, death);
                }
                alive = copies;
            }
        }
    }

    private static double repair(SplittableRandom random) {
        return HORIZON * (0.125 + 0.375 * random.nextDouble());
    }

    private static double exponential(SplittableRandom random, double rate) {
        return rate == 0 ? Double.POSITIVE_INFINITY : -StrictMath.log(1 - random.nextDouble()) / rate;
    }
}
