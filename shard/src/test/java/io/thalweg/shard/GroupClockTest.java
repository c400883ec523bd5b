package io.thalweg.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.ports.clock.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class GroupClockTest {
    private static final long DAY_NS = Duration.ofDays(1).toNanos();
    private static final long STEP_NS = Duration.ofSeconds(2).toNanos();
    private static final List<String> OTHERS = List.of("b", "c");

    private final Own own = new Own();
    private final List<String> warnings = new ArrayList<>();
    private final GroupClock clock = new GroupClock(own, Duration.ofNanos(STEP_NS), warnings::add);

    private static final class Own implements Clock {
        long wallNs = 1_000 * DAY_NS;
        long monotonicNs = 5;

        @Override
        public long wallNs() {
            return wallNs;
        }

        @Override
        public long monotonicNs() {
            return monotonicNs;
        }

        void pass(long ns) {
            wallNs += ns;
            monotonicNs += ns;
        }
    }

    @Test
    void aClockADayAheadIsHeldAStepAheadOfTheMajorityAndGoesOnWithTheSteadyClock() {
        long right = own.wallNs;
        own.wallNs += DAY_NS;
        clock.heard("b", right);
        clock.heard("c", right - 7);
        assertThat(clock.stampNs(OTHERS)).isEqualTo(right + STEP_NS);
        own.pass(1_000);
        assertThat(clock.stampNs(OTHERS)).isEqualTo(right + STEP_NS + 1_000);
        assertThat(warnings).singleElement().asString().contains("ahead of the majority's");
    }

    @Test
    void anotherThatIsADayAheadMovesNobodysStamps() {
        clock.heard("b", own.wallNs + DAY_NS);
        clock.heard("c", own.wallNs);
        assertThat(clock.stampNs(OTHERS)).isEqualTo(own.wallNs);
        assertThat(warnings).isEmpty();
        own.wallNs += DAY_NS;
        // Two of three say so now: that is the majority's time.
        assertThat(clock.stampNs(OTHERS)).isEqualTo(own.wallNs);
    }

    @Test
    void aClockADayBehindIsHeldAStepBehindTheMajority() {
        long right = own.wallNs;
        own.wallNs -= DAY_NS;
        clock.heard("b", right);
        assertThat(clock.stampNs(OTHERS))
                .as("of two that differ nobody knows which is right")
                .isEqualTo(own.wallNs);
        clock.heard("c", right - 7);
        assertThat(clock.stampNs(OTHERS)).isEqualTo(right - 7 - STEP_NS);
        own.pass(1_000);
        assertThat(clock.stampNs(OTHERS)).isEqualTo(right - 7 - STEP_NS + 1_000);
        assertThat(warnings).singleElement().asString().contains("behind the majority's");
    }

    @Test
    void aClockThatIsBehindHoldsNobodyUp() {
        clock.heard("b", own.wallNs - DAY_NS);
        clock.heard("c", own.wallNs - 1);
        assertThat(clock.stampNs(OTHERS)).isEqualTo(own.wallNs);
        assertThat(warnings).isEmpty();
    }

    @Test
    void oneThatWasHeardIsEnoughInAGroupOfThreeForAMinuteAndIfNeedBeForAnHour() {
        long right = own.wallNs;
        own.wallNs += DAY_NS;
        assertThat(clock.isKnown(OTHERS)).as("alone among three").isFalse();
        clock.heard("b", right);
        assertThat(clock.isKnown(OTHERS)).isTrue();
        assertThat(clock.stampNs(OTHERS)).isEqualTo(right + STEP_NS);
        long passed = Duration.ofSeconds(61).toNanos();
        own.pass(passed);
        assertThat(clock.isKnown(OTHERS)).isFalse();
        assertThat(clock.stampNs(OTHERS)).as("by old news").isEqualTo(right + passed + STEP_NS);
        own.pass(Duration.ofHours(1).toNanos());
        assertThat(clock.stampNs(OTHERS)).as("its own").isEqualTo(own.wallNs);
        assertThat(clock.isKnown(List.of())).as("alone").isTrue();
        assertThat(clock.stampNs(List.of())).as("alone").isEqualTo(own.wallNs);
    }

    @Test
    void aMemberThatFellSilentWithAWrongClockDoesNotVouchForAnotherWrongOne() {
        long right = own.wallNs;
        own.wallNs += DAY_NS;
        clock.heard("b", right + DAY_NS);
        clock.heard("c", right);
        assertThat(clock.stampNs(OTHERS)).as("two of three").isEqualTo(own.wallNs);
        long passed = Duration.ofSeconds(6).toNanos();
        own.pass(passed);
        clock.heard("c", right + passed);
        assertThat(clock.stampNs(OTHERS)).isEqualTo(right + passed + STEP_NS);
    }

    @Test
    void whatNoClockCanShowIsNotHeard() {
        for (long impossible : new long[] {-1, Long.MIN_VALUE, Long.MAX_VALUE}) {
            clock.heard("b", impossible);
        }
        assertThat(clock.isKnown(OTHERS)).isFalse();
    }
}
