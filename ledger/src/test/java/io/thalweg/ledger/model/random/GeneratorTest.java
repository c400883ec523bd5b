package io.thalweg.ledger.model.random;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.ledger.model.Account;
import io.thalweg.ledger.model.ChangeEvent;
import io.thalweg.ledger.model.Conservation;
import io.thalweg.ledger.model.ModelLedger;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What the model and the generator promise each other; no engine takes part. */
final class GeneratorTest {
    private static final int SEEDS = 60;
    private static final int REQUESTS = 300;

    @Test
    void aSeedAlwaysGivesTheSameRequests() {
        Generator first = new Generator(5);
        Generator second = new Generator(5);
        for (int i = 0; i < REQUESTS; i++) {
            assertThat(first.next()).isEqualTo(second.next());
        }
    }

    @Test
    void moneyIsConservedAndNoTwoObjectsShareATimestamp() {
        for (long seed = 1; seed <= SEEDS; seed++) {
            Generator generator = new Generator(seed);
            ModelLedger model = new ModelLedger();
            for (int i = 0; i < REQUESTS; i++) {
                generator.next().askOf(model);
                Conservation.check(model.state().accounts());
            }
            Set<Long> timestamps = new HashSet<>();
            for (Account a : model.state().accounts()) {
                assertThat(timestamps.add(a.timestamp()))
                        .as("seed %d: %s", seed, a)
                        .isTrue();
            }
            for (ChangeEvent e : model.state().events()) {
                assertThat(timestamps.add(e.timestamp()))
                        .as("seed %d: %s", seed, e)
                        .isTrue();
            }
        }
    }
}
