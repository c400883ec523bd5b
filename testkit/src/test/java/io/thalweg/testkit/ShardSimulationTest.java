package io.thalweg.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/**
 * Lives of a shard under faults. {@code -Dthalweg.seed=N} starts at another seed, {@code -Dthalweg.seeds=N} runs more or fewer of
 * them; see the package's page for runs without end.
 */
final class ShardSimulationTest {
    private static final long FIRST_SEED = Long.getLong("thalweg.seed", 1);
    private static final long SEEDS = Long.getLong("thalweg.seeds", 1_000);

    @Test
    void nothingAcknowledgedIsLostOrDoubledAndEveryReplayGivesTheSameState() {
        long acknowledged = 0;
        long crashes = 0;
        for (long seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
            ShardSimulation simulation = ShardSimulation.check(seed);
            acknowledged += simulation.acknowledged();
            crashes += simulation.crashes();
        }
        System.out.println(SEEDS + " seeds from " + FIRST_SEED + ": " + crashes + " crashes, " + acknowledged
                + " acknowledged appends");
        assertThat(acknowledged)
                .as("a simulation in which nothing happens proves nothing")
                .isGreaterThan(20 * SEEDS);
        assertThat(crashes).isGreaterThanOrEqualTo(SEEDS);
    }

    @Test
    void theSameSeedLivesTheSameLife() {
        ShardSimulation first = ShardSimulation.check(FIRST_SEED);
        ShardSimulation second = ShardSimulation.check(FIRST_SEED);
        assertThat(second.acknowledged()).isEqualTo(first.acknowledged());
        assertThat(second.diskOperations()).isEqualTo(first.diskOperations());
    }

    @Test
    void aCrashAtEachAndEveryDiskOperationIsSurvived() {
        for (long seed = 1; seed <= 3; seed++) {
            long operation = 1;
            while (runUntil(seed, operation)) {
                operation++;
            }
            assertThat(operation).isGreaterThan(100);
        }
    }

    private static boolean runUntil(long seed, long operation) {
        try {
            return new ShardSimulation(seed).runUntilOperation(operation);
        } catch (RuntimeException | Error e) {
            throw new AssertionError("seed " + seed + " with a crash at operation " + operation + " fails", e);
        }
    }
}
