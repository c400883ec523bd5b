package io.thalweg.server.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class AttemptsTest {
    private final AtomicLong clock = new AtomicLong(-5);
    private final Attempts attempts = new Attempts(10, Duration.ofMinutes(1), clock::get);

    @Test
    void aBurstIsTakenAndThenOneForEachInterval() {
        for (int i = 0; i < 10; i++) {
            assertThat(attempts.mayTry("eve")).isTrue();
            assertThat(attempts.tryOnce("eve")).isTrue();
        }
        assertThat(attempts.tryOnce("eve")).isFalse();
        assertThat(attempts.mayTry("eve")).isFalse();
        clock.addAndGet(Duration.ofSeconds(6).toNanos());
        assertThat(attempts.tryOnce("eve")).isTrue();
        assertThat(attempts.tryOnce("eve")).isFalse();
        clock.addAndGet(Duration.ofHours(1).toNanos());
        int taken = 0;
        while (attempts.tryOnce("eve")) {
            taken++;
        }
        assertThat(taken).isEqualTo(10);
    }

    @Test
    void manyOtherNamesMakeNobodysTriesForgotten() {
        while (attempts.tryOnce("eve")) {
            // until there are none left
        }
        for (int i = 0; i < 100_000; i++) {
            attempts.tryOnce("somebody" + i);
        }
        assertThat(attempts.tryOnce("eve")).isFalse();
    }
}
