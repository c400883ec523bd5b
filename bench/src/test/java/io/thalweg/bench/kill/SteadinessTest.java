package io.thalweg.bench.kill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.thalweg.bench.node.Terms;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What {@code bench steady} makes of what it saw. */
final class SteadinessTest {
    @Test
    void electionsAreTheTermsThatAnyNodeHasHeardOfSince() {
        Terms before = Terms.of(List.of(Map.of("0", 1.0, "1", 2.0), Map.of("0", 1.0, "1", 3.0)));
        assertThat(before.since(before)).isZero();
        // One lags behind, and one of another shard has heard of two more.
        Terms after = Terms.of(List.of(Map.of("0", 1.0, "1", 2.0), Map.of("0", 3.0, "1", 3.0)));
        assertThat(after.since(before)).isEqualTo(2);
        assertThat(before.since(after))
                .as("a node that did not answer takes none back")
                .isZero();
        assertThat(Terms.of(List.of(Map.of("2", 4.0))).since(before)).isEqualTo(4);
    }

    @Test
    void aPausedFollowerIsComparedWithinEachTurn() {
        PausedTurns turns = new PausedTurns();
        assertThat(turns.loss()).isNaN();
        turns.add(window(900, 20), window(1000, 10));
        assertThat(turns.loss()).isCloseTo(0.1, within(1e-9));
        // The machine is twice as fast for a while.
        turns.add(window(1600, 5), window(2000, 5));
        assertThat(turns.loss()).isCloseTo(0.15, within(1e-9));
        assertThat(turns.slower()).isCloseTo(1.5, within(1e-9));
        turns.add(window(100, 900), window(1000, 9));
        assertThat(turns.loss()).isCloseTo(0.2, within(1e-9));
        assertThat(turns.slower()).isCloseTo(2, within(1e-9));
    }

    private static PausedTurns.Window window(double perSecond, long p99Ms) {
        return new PausedTurns.Window(perSecond, p99Ms * 1_000_000);
    }
}
