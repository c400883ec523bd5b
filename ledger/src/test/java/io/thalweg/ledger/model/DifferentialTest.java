package io.thalweg.ledger.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The engine answers everything as the model does. See the package's page for how to replay a seed. */
final class DifferentialTest {
    private static final long EVENTS = Long.getLong("thalweg.ledger.events", 1_000_000);
    private static final int REQUESTS_PER_SEED = 600;

    /** Only clients before 0.16.0 were told so; a transfer of nothing is legal since. */
    private static final Set<Integer> UNREACHABLE = Set.of(TransferStatus.AMOUNT_MUST_NOT_BE_ZERO.code);

    /** Two lives at a time: alone this would be what the module's build waits for. */
    private static final int THREADS = 2;

    private final Map<Integer, Long> accounts = new TreeMap<>();
    private final Map<Integer, Long> transfers = new TreeMap<>();
    private long events;

    @Test
    void engineAndModelAgreeOnAMillionEventsAndProduceEveryStatus() throws Exception {
        Long onlySeed = Long.getLong("thalweg.ledger.seed");
        boolean endless = Boolean.getBoolean("thalweg.ledger.endless");
        long first = onlySeed != null ? onlySeed : endless ? System.nanoTime() : 1;
        AtomicLong next = new AtomicLong(first);
        try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < (onlySeed == null ? THREADS : 1); i++) {
                all.add(threads.submit(() -> {
                    do {
                        live(next.getAndIncrement());
                        if (endless) {
                            System.out.println(
                                    "seeds " + first + " to " + (next.get() - 1) + ": " + events() + " events");
                        }
                    } while (endless || (onlySeed == null && events() < EVENTS));
                    return null;
                }));
            }
            for (Future<?> each : all) {
                each.get();
            }
        }
        System.out.println("seeds " + first + " to " + (next.get() - 1) + ": " + events() + " events");
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

    private void live(long seed) throws IOException {
        try (Run run = new Run(seed)) {
            for (int i = 0; i < REQUESTS_PER_SEED; i++) {
                run.step();
            }
            run.end();
            synchronized (this) {
                run.accountStatuses.forEach((code, count) -> accounts.merge(code, count, Long::sum));
                run.transferStatuses.forEach((code, count) -> transfers.merge(code, count, Long::sum));
                events += run.events();
            }
        }
    }

    private synchronized long events() {
        return events;
    }
}
