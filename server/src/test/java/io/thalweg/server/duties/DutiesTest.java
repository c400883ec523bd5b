package io.thalweg.server.duties;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What a duty survives, and what it does not. */
class DutiesTest {
    private static final Duration SOON = Duration.ofMillis(1);
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @Test
    void aStepThatFailsIsTriedAgain() {
        AtomicInteger steps = new AtomicInteger();
        Duty.Step step = () -> {
            if (steps.incrementAndGet() < 3) {
                throw new IllegalStateException("not yet");
            }
        };
        try (Duties duties = Duties.begin(List.of(new Duty("fails twice", SOON, Duty.always(), step)))) {
            await().atMost(PATIENCE).until(() -> steps.get() > 3);
            assertThat(duties.failure()).isEmpty();
        }
    }

    @Test
    void anErrorEndsTheDutyAndIsToldAndTheOthersGoOn() {
        AtomicInteger steps = new AtomicInteger();
        Duty.Step broken = () -> {
            throw new StackOverflowError("in a test");
        };
        try (Duties duties = Duties.begin(List.of(
                new Duty("breaks", SOON, Duty.always(), broken),
                new Duty("counts", SOON, Duty.always(), () -> steps.incrementAndGet())))) {
            // In a process that the command started such an Error ends it; here it would end the waiting instead.
            await().atMost(PATIENCE)
                    .dontCatchUncaughtExceptions()
                    .until(() -> duties.failure().isPresent());
            int before = steps.get();
            await().atMost(PATIENCE).dontCatchUncaughtExceptions().until(() -> steps.get() > before);
        }
    }

    @Test
    void nothingIsDoneWhereItIsAnothersToDoAndSomethingAsSoonAsItIsOurs() {
        AtomicBoolean ours = new AtomicBoolean();
        AtomicBoolean early = new AtomicBoolean();
        AtomicInteger steps = new AtomicInteger();
        AtomicInteger asked = new AtomicInteger();
        Duty duty = new Duty(
                "changes hands",
                SOON,
                () -> {
                    asked.incrementAndGet();
                    return ours.get();
                },
                () -> {
                    early.compareAndSet(false, !ours.get());
                    steps.incrementAndGet();
                });
        try (Duties _ = Duties.begin(List.of(duty))) {
            await().atMost(PATIENCE).until(() -> asked.get() > 3);
            assertThat(steps).hasValue(0);
            ours.set(true);
            await().atMost(PATIENCE).until(() -> steps.get() > 0);
            assertThat(early).isFalse();
        }
    }

    @Test
    void closingInterruptsAStepThatWaitsAndNoStepBeginsAfterwards() throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        AtomicBoolean interrupted = new AtomicBoolean();
        AtomicInteger steps = new AtomicInteger();
        Duty.Step waits = () -> {
            steps.incrementAndGet();
            begun.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                interrupted.set(true);
                throw e;
            }
        };
        Duties duties = Duties.begin(List.of(new Duty("waits", SOON, Duty.always(), waits)));
        begun.await();
        duties.close();
        assertThat(interrupted).isTrue();
        assertThat(steps).hasValue(1);
    }
}
