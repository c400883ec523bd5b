package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.server.Comebacks.Verdict;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class ComebacksTest {
    private final AtomicLong nowNs = new AtomicLong(7);
    private final Comebacks comebacks = new Comebacks(nowNs::get);

    private void pass(Duration time) {
        nowNs.addAndGet(time.toNanos());
    }

    @Test
    void whatHaltsAgainWaitsLongerAndAfterAFewTimesForAPerson() {
        for (int seconds : new int[] {1, 10, 60}) {
            assertThat(comebacks.ask(3)).isEqualTo(Verdict.WAIT);
            pass(Duration.ofSeconds(seconds).minusNanos(1));
            assertThat(comebacks.ask(3)).isEqualTo(Verdict.WAIT);
            pass(Duration.ofNanos(1));
            assertThat(comebacks.ask(3)).isEqualTo(Verdict.NOW);
            pass(Duration.ofSeconds(5));
        }
        assertThat(comebacks.ask(3)).isEqualTo(Verdict.TOO_OFTEN);
        pass(Duration.ofMinutes(50));
        assertThat(comebacks.ask(3)).isEqualTo(Verdict.TOO_OFTEN);
        assertThat(comebacks.ask(4)).as("another").isEqualTo(Verdict.WAIT);
        pass(Duration.ofMinutes(11));
        assertThat(comebacks.ask(3)).as("an hour later").isEqualTo(Verdict.WAIT);
        assertThat(Comebacks.NONE.ask(3)).isEqualTo(Verdict.TOO_OFTEN);
    }

    @Test
    void whatCameBackOtherwiseWaitsWhenItHaltsAgain() {
        assertThat(comebacks.ask(3)).isEqualTo(Verdict.WAIT);
        comebacks.well(3);
        pass(Duration.ofDays(1));
        assertThat(comebacks.ask(3)).isEqualTo(Verdict.WAIT);
        pass(Duration.ofSeconds(1));
        assertThat(comebacks.ask(3)).isEqualTo(Verdict.NOW);
    }
}
