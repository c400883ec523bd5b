package io.thalweg.server.javaviews;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.view.java.run.Answer;
import io.thalweg.view.java.run.Origin;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Who waits for an event hears of its end, with all that came of it, and of nothing else. */
class FullWaitsTest {
    private static final String LOG = "log/0";
    private static final Duration LONG = Duration.ofHours(1);
    private static final int EVENTS = 500;

    private final FullWaits waits = new FullWaits(true);

    private static Origin event(long sequence) {
        return new Origin(LOG, sequence);
    }

    private void commit(long taken, String answer) {
        waits.committed(List.of(event(taken)), List.of(new Answer(event(taken), answer.getBytes(US_ASCII))));
    }

    private static String text(FullWaits.@Nullable Outcome outcome) {
        return new String(Objects.requireNonNull(Objects.requireNonNull(outcome).answer()), US_ASCII);
    }

    @Test
    void eachHearsOfHisOwnEventWhetherItEndsBeforeOrAfterHeAsks() throws Exception {
        waits.watch(LOG);
        for (int i = 0; i < EVENTS / 2; i++) {
            commit(i, "a" + i);
        }
        List<Future<FullWaits.Outcome>> all = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < EVENTS; i++) {
                Origin event = event(i);
                all.add(threads.submit(() -> Objects.requireNonNull(waits.await(event, 0, LONG))));
            }
            for (int i = EVENTS - 1; i >= EVENTS / 2; i--) {
                commit(i, "a" + i);
            }
            for (int i = 0; i < EVENTS; i++) {
                assertThat(text(all.get(i).get())).isEqualTo("a" + i);
            }
        }
    }

    @Test
    void whatHopsIsWaitedForAndWhatWasRefusedIsNot() throws Exception {
        waits.watch(LOG);
        waits.emitting(List.of(event(1), event(1)));
        commit(1, "first");
        assertThat(waits.await(event(2), 0, Duration.ZERO))
                .as("nobody has taken it")
                .isNull();
        waits.refused(List.of(event(1)));
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<FullWaits.Outcome> end =
                    threads.submit(() -> Objects.requireNonNull(waits.await(event(1), 0, LONG)));
            commit(1, "last");
            assertThat(text(end.get())).isEqualTo("last");
        }
    }

    @Test
    void thoseWhoLookForOldAnswersLookTogether() throws Exception {
        AtomicInteger looks = new AtomicInteger();
        CountDownLatch all = new CountDownLatch(1);
        Function<Set<Origin>, Map<Origin, byte[]>> look = events -> {
            if (looks.incrementAndGet() == 1) {
                await(all);
                throw new IllegalStateException("the first look fails");
            }
            return events.stream()
                    .filter(event -> event.sequence() > 1)
                    .collect(Collectors.toMap(event -> event, event -> ("a" + event.sequence()).getBytes(US_ASCII)));
        };
        List<Thread> threads = new ArrayList<>();
        Map<Long, String> found = new ConcurrentHashMap<>();
        for (long i = 0; i < EVENTS; i++) {
            long sequence = i;
            threads.add(Thread.ofVirtual().start(() -> {
                try {
                    byte[] answer = waits.find(event(sequence), look);
                    found.put(sequence, answer == null ? "none" : new String(answer, US_ASCII));
                } catch (InterruptedException | IllegalStateException e) {
                    found.put(sequence, String.valueOf(e.getMessage()));
                }
            }));
            while (i == 0 && looks.get() == 0) {
                Thread.onSpinWait();
            }
        }
        for (Thread thread : threads) {
            while (thread.getState() != Thread.State.WAITING) {
                Thread.onSpinWait();
            }
        }
        all.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(looks).as("one that failed, and one for all others").hasValue(2);
        assertThat(found)
                .hasSize(EVENTS)
                .containsEntry(0L, "the first look fails")
                .containsEntry(1L, "none");
        for (long i = 2; i < EVENTS; i++) {
            assertThat(found).containsEntry(i, "a" + i);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void thoseWhoWaitHearWhenNobodyTellsAnyMore() throws Exception {
        waits.watch(LOG);
        commit(1, "told");
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Boolean> left = threads.submit(() -> waits.await(event(2), 0, LONG) == null);
            waits.end();
            assertThat(left.get()).isTrue();
        }
        assertThat(text(Objects.requireNonNull(waits.await(event(1), 0, LONG)))).isEqualTo("told");
        assertThat(waits.await(event(3), 0, LONG)).isNull();
    }

    @Test
    void thoseWhoWaitHearWhenAPartitionHasBegunAgainOfWhoseStepsNobodyHeard() throws Exception {
        waits.watch(LOG);
        waits.emitting(List.of(event(1), event(1)));
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Boolean> left = threads.submit(() -> waits.await(event(1), 0, LONG) == null);
            waits.begunAgain();
            assertThat(left.get()).isTrue();
        }
        assertThat(waits.await(event(2), 0, LONG))
                .as("appended before, and asked for behind it")
                .isNull();
        long turn = waits.turn();
        commit(3, "told");
        assertThat(text(waits.await(event(3), turn, LONG))).isEqualTo("told");
        waits.emitting(List.of(event(4))); // what was taken before counts for nothing any more
        commit(4, "first");
        commit(4, "last");
        assertThat(text(waits.await(event(4), turn, LONG))).isEqualTo("last");
    }
}
