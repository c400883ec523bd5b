package io.thalweg.ledger.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The engine answers everything as the model does. See the package's page for how to replay a seed. */
final class DifferentialTest {
    private static final long EVENTS = Long.getLong("thalweg.ledger.events", 1_000_000);
    private static final int REQUESTS_PER_SEED = 600;

    /** Only clients before 0.16.0 were told so; a transfer of nothing is legal since. */
    private static final Set<Integer> UNREACHABLE = Set.of(TransferStatus.AMOUNT_MUST_NOT_BE_ZERO.code);

    @Test
    void engineAndModelAgreeOnAMillionEventsAndProduceEveryStatus() throws IOException {
        Long onlySeed = Long.getLong("thalweg.ledger.seed");
        boolean endless = Boolean.getBoolean("thalweg.ledger.endless");
        long seed = onlySeed != null ? onlySeed : endless ? System.nanoTime() : 1;
        Map<Integer, Long> accounts = new TreeMap<>();
        Map<Integer, Long> transfers = new TreeMap<>();
        long first = seed;
        long events = 0;
        do {
            try (Run run = new Run(seed)) {
                for (int i = 0; i < REQUESTS_PER_SEED; i++) {
                    run.step();
                }
                run.end();
                run.accountStatuses.forEach((code, count) -> accounts.merge(code, count, Long::sum));
                run.transferStatuses.forEach((code, count) -> transfers.merge(code, count, Long::sum));
                events += run.events();
            }
            seed++;
            if (endless) {
                System.out.println("seeds " + first + " to " + (seed - 1) + ": " + events + " events");
            }
        } while (endless || (onlySeed == null && events < EVENTS));
        System.out.println("seeds " + first + " to " + (seed - 1) + ": " + events + " events");
        System.out.println("accounts by status: " + accounts);
        System.out.println("transfers by status: " + transfers);
        if (onlySeed == null && EVENTS >= 1_000_000) {
            assertThat(accounts.keySet())
                    .isEqualTo(Arrays.stream(AccountStatus.values())
                            .map(it -> it.code)
                            .collect(Collectors.toSet()));
            Set<Integer> reachable = Arrays.stream(TransferStatus.values())
                    .map(it -> it.code)
                    .collect(Collectors.toCollection(TreeSet::new));
            reachable.removeAll(UNREACHABLE);
            assertThat(transfers.keySet()).isEqualTo(reachable);
        }
    }
}
