package io.thalweg.shard.thread;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class SerialLoopTest {
    private final List<Throwable> told = new CopyOnWriteArrayList<>();
    private final List<Throwable> uncaught = new CopyOnWriteArrayList<>();

    private SerialLoop loop() {
        return new SerialLoop(
                Thread.ofPlatform()
                        .name("loop")
                        .uncaughtExceptionHandler((_, thrown) -> uncaught.add(thrown))
                        .factory(),
                told::add);
    }

    @Test
    void whatATaskThrowsIsToldAndTheNextTaskIsDone() {
        List<Integer> done = new CopyOnWriteArrayList<>();
        RuntimeException failure = new IllegalStateException("of a task");
        try (SerialLoop loop = loop()) {
            loop.execute(() -> done.add(1));
            loop.execute(() -> {
                throw failure;
            });
            loop.execute(() -> done.add(2));
        }
        assertThat(done).containsExactly(1, 2);
        assertThat(told).containsExactly(failure);
        assertThat(uncaught).isEmpty();
    }

    @Test
    void anErrorIsToldAndGoesOnToWhomeverEndsTheProcess() {
        Error error = new StackOverflowError();
        try (SerialLoop loop = loop()) {
            loop.execute(() -> {
                throw error;
            });
        }
        assertThat(told).containsExactly(error);
        assertThat(uncaught).containsExactly(error);
    }

    @Test
    void whatIsDoneAgainAndAgainEndsWithTheLoopOrWithAFailure() throws InterruptedException {
        CountDownLatch thrice = new CountDownLatch(3);
        try (SerialLoop loop = loop()) {
            loop.every(Duration.ofMillis(1), thrice::countDown);
            assertThat(thrice.await(30, TimeUnit.SECONDS)).isTrue();
        }
        Error error = new LinkageError();
        try (SerialLoop loop = loop()) {
            CountDownLatch thrown = new CountDownLatch(1);
            loop.every(Duration.ofMillis(1), () -> {
                thrown.countDown();
                throw error;
            });
            assertThat(thrown.await(30, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(told).containsExactly(error);
    }
}
