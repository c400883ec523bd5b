package io.thalweg.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.model.LogId;
import io.thalweg.model.StreamId;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Thousands wait for one stream: each is woken at what he waits for, and those who give up leave the others. */
class WaitersTest {
    private static final int SEQUENCES = 500;
    private static final long LONG_NS = TimeUnit.HOURS.toNanos(1);

    @Test
    void eachIsWokenAtItsSequenceAndWhoGivesUpLeavesTheOthers() throws Exception {
        Waiters waiters = new Waiters();
        StreamState stream = new StreamState(new StreamId(new LogId(new UUID(0, 1)), 0));
        List<Future<Boolean>> patient = new ArrayList<>();
        List<Future<Boolean>> hasty = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 4 * SEQUENCES; i++) {
                long sequence = 1L + i % SEQUENCES;
                patient.add(threads.submit(() -> waiters.await(sequence, stream, LONG_NS)));
                hasty.add(threads.submit(() -> waiters.await(SEQUENCES + sequence, stream, 1)));
            }
            for (Future<Boolean> each : hasty) {
                assertThat(each.get()).isFalse();
            }
            for (long head = 1; head <= SEQUENCES; head++) {
                stream.head = head;
                waiters.reached(head);
            }
            for (Future<Boolean> each : patient) {
                assertThat(each.get()).isTrue();
            }
        }
    }
}
