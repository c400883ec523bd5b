package io.thalweg.server.javaviews.watch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ProgressTest {
    private static final long PATIENCE_NS = Duration.ofMinutes(1).toNanos();

    /** Many wait for a count that another thread makes, each for its own; whoever would not be woken waits for a minute, and the test for longer than it may. */
    @Test
    void eachGoesOnWhenWhatItWaitsForHasCome() throws Exception {
        int many = 200;
        Progress progress = new Progress();
        AtomicLong count = new AtomicLong();
        List<CompletableFuture<Boolean>> waits = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 1; i <= many; i++) {
                int wanted = i;
                waits.add(CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                return progress.await(() -> count.get() >= wanted, System.nanoTime() + PATIENCE_NS);
                            } catch (InterruptedException e) {
                                throw new AssertionError(e);
                            }
                        },
                        threads));
            }
            for (int i = 1; i <= many; i++) {
                count.set(i);
                progress.made();
                assertThat(waits.get(i - 1).get(30, TimeUnit.SECONDS)).isTrue();
                assertThat(i == many || !waits.get(many - 1).isDone()).isTrue();
            }
        }
    }

    @Test
    void whatDoesNotComeIsNotWaitedForLonger() throws Exception {
        Progress progress = new Progress();
        assertThat(progress.await(() -> false, System.nanoTime() + 1)).isFalse();
        assertThat(progress.await(() -> true, System.nanoTime() - 1)).isTrue();
    }
}
