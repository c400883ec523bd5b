package io.thalweg.ports.clock;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class SlewingClockTest {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();
    private static final long HOUR = Duration.ofHours(1).toNanos();
    private static final long DAY = Duration.ofDays(1).toNanos();

    /** A machine whose clocks are set by hand. */
    private static final class Machine implements Clock {
        long wallNs = 1_700_000_000L * SECOND;
        long monotonicNs = -5;

        void pass(long ns) {
            wallNs += ns;
            monotonicNs += ns;
        }

        @Override
        public long wallNs() {
            return wallNs;
        }

        @Override
        public long monotonicNs() {
            return monotonicNs;
        }
    }

    private final Machine machine = new Machine();
    private final List<String> warnings = new ArrayList<>();
    private final SlewingClock clock = new SlewingClock(machine, warnings::add);

    /** Lets time pass, while the clock is read every five seconds; returns how far the shown time went. */
    private long shownWhile(long ns) {
        long before = clock.wallNs();
        for (long passed = 0; passed < ns; passed += 5 * SECOND) {
            machine.pass(5 * SECOND);
            clock.wallNs();
        }
        return clock.wallNs() - before;
    }

    @Test
    void aClockThatRunsIsShownAsItIsAndSoIsASmallStep() {
        assertThat(clock.wallNs()).isEqualTo(machine.wallNs);
        machine.pass(HOUR);
        assertThat(clock.wallNs()).isEqualTo(machine.wallNs);
        machine.wallNs -= SECOND / 2;
        assertThat(clock.wallNs()).isEqualTo(machine.wallNs);
        machine.pass(10 * SECOND);
        machine.wallNs += SECOND;
        assertThat(clock.wallNs()).isEqualTo(machine.wallNs);
        assertThat(warnings).isEmpty();
    }

    @Test
    void aJumpOfADayAheadExpiresNothingOfAnHourTooSoon() {
        machine.wallNs += DAY;
        assertThat(shownWhile(HOUR)).isBetween(HOUR, HOUR + HOUR / 10 + SECOND);
        assertThat(warnings).hasSizeBetween(50, 70).first().asString().contains("8639", "ahead", "faster");
    }

    @Test
    void aJumpBackLetsTimeGoOn() {
        machine.wallNs -= DAY;
        assertThat(shownWhile(HOUR)).isBetween(HOUR - HOUR / 10 - SECOND, HOUR);
        assertThat(warnings).first().asString().contains("behind", "slower");
    }

    @Test
    void theTwoMeetAgain() {
        machine.wallNs += HOUR;
        shownWhile(10 * HOUR);
        assertThat(clock.wallNs()).isEqualTo(machine.wallNs);
        machine.wallNs -= HOUR;
        shownWhile(10 * HOUR);
        assertThat(clock.wallNs()).isEqualTo(machine.wallNs);
    }

    @Test
    void whateverTheMachinesClockDoesTimeGoesByTheSteadyClockToATenth() {
        SplittableRandom random = new SplittableRandom(1);
        long shown = clock.wallNs();
        long first = shown;
        long passed = 0;
        for (int i = 0; i < 100_000; i++) {
            long ns = random.nextLong(SECOND);
            machine.pass(ns);
            machine.wallNs += random.nextInt(10) == 0 ? random.nextLong(-DAY, DAY) : random.nextLong(-ns, ns + 1);
            passed += ns;
            long next = clock.wallNs();
            assertThat(next).isGreaterThanOrEqualTo(shown - SECOND);
            assertThat(Math.abs(next - first - passed)).isLessThanOrEqualTo(SECOND + passed / 10);
            shown = next;
        }
    }
}
