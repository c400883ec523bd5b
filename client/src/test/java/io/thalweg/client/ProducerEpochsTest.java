package io.thalweg.client;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ProducerEpochsTest {
    private long clockMs = 1_796_000_000_000L;
    private final ProducerEpochs epochs = new ProducerEpochs(() -> clockMs, () -> 4_095);

    @Test
    void sessionsOfOneMillisecondAreTwo() {
        long first = epochs.following();
        assertThat(epochs.following()).isGreaterThan(first);
    }

    @Test
    void aClockThatGoesBackTakesNoNameBack() {
        long first = epochs.following();
        clockMs -= 60_000;
        assertThat(epochs.following()).isGreaterThan(first);
    }

    @Test
    void anyJsonKeepsThem() {
        assertThat(epochs.following()).isPositive().isLessThan(1L << 53);
    }
}
