package io.thalweg.view.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class SliceSchedulerTest {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private static SliceScheduler scheduler(int workers, int max) {
        return new SliceScheduler(workers, max, 1 << 18, () -> {}, Duration.ofSeconds(1));
    }

    @Test
    void aGroupOfOneGetsAsManyTurnsAsAGroupOfAHundred() throws Exception {
        SliceScheduler scheduler = scheduler(1, 1);
        AtomicInteger many = new AtomicInteger();
        AtomicInteger one = new AtomicInteger();
        CountDownLatch go = new CountDownLatch(1);
        AtomicInteger left = new AtomicInteger(2_000);
        List<SliceScheduler.Seat> seats = new ArrayList<>();
        SliceScheduler.Seat gate = scheduler.seat("gate", _ -> {
            try {
                go.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return false;
        });
        gate.signal();
        for (int i = 0; i < 100; i++) {
            seats.add(scheduler.seat("many", _ -> left.getAndDecrement() > 0 && many.incrementAndGet() > 0));
        }
        seats.add(scheduler.seat("one", _ -> left.getAndDecrement() > 0 && one.incrementAndGet() > 0));
        seats.forEach(SliceScheduler.Seat::signal);
        go.countDown();
        await().atMost(PATIENCE).until(() -> left.get() <= 0);
        assertThat(one.get()).isBetween(990, 1_010);
        assertThat(many.get()).isBetween(990, 1_010);
        assertThat(scheduler.shutdown(Duration.ofSeconds(10))).isTrue();
    }

    @Test
    void noSignalIsLostAndNoTaskRunsTwiceAtOnce() throws Exception {
        SliceScheduler scheduler = scheduler(3, 6);
        AtomicLong wanted = new AtomicLong();
        AtomicLong seen = new AtomicLong();
        AtomicBoolean inside = new AtomicBoolean();
        AtomicBoolean twice = new AtomicBoolean();
        SliceScheduler.Seat seat = scheduler.seat("group", _ -> {
            if (!inside.compareAndSet(false, true)) {
                twice.set(true);
            }
            seen.set(wanted.get());
            inside.set(false);
            return false;
        });
        Thread[] callers = new Thread[4];
        for (int i = 0; i < callers.length; i++) {
            callers[i] = Thread.ofPlatform().start(() -> {
                for (int n = 0; n < 20_000; n++) {
                    wanted.incrementAndGet();
                    seat.signal();
                }
            });
        }
        for (Thread caller : callers) {
            caller.join();
        }
        await().atMost(PATIENCE).until(() -> seen.get() == 80_000);
        assertThat(twice).isFalse();
        assertThat(scheduler.shutdown(Duration.ofSeconds(10))).isTrue();
    }

    @Test
    void aSignalDuringATurnLeadsToAnother() throws Exception {
        SliceScheduler scheduler = scheduler(1, 1);
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch signalled = new CountDownLatch(1);
        AtomicInteger turns = new AtomicInteger();
        SliceScheduler.Seat seat = scheduler.seat("group", _ -> {
            entered.countDown();
            try {
                signalled.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            turns.incrementAndGet();
            return false;
        });
        seat.signal();
        entered.await();
        seat.signal();
        signalled.countDown();
        await().atMost(PATIENCE).until(() -> turns.get() == 2);
        seat.signal();
        await().atMost(PATIENCE).until(() -> turns.get() == 3);
        assertThat(scheduler.shutdown(Duration.ofSeconds(10))).isTrue();
    }

    @Test
    void workersStuckInOneGroupAreReplacedForTheOthersUpToABound() throws Exception {
        SliceScheduler scheduler = scheduler(2, 16);
        CountDownLatch release = new CountDownLatch(1);
        AtomicInteger stuck = new AtomicInteger();
        AtomicInteger free = new AtomicInteger();
        for (int i = 0; i < 20; i++) {
            scheduler
                    .seat("stuck", _ -> {
                        stuck.incrementAndGet();
                        try {
                            release.await();
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                        return false;
                    })
                    .signal();
        }
        await().atMost(PATIENCE).until(() -> stuck.get() == 4); // a quarter of the bound
        for (int i = 0; i < 10; i++) {
            scheduler.seat("free", _ -> free.incrementAndGet() < 0).signal();
        }
        await().atMost(PATIENCE).until(() -> free.get() == 10);
        assertThat(stuck).hasValue(4);
        release.countDown();
        await().atMost(PATIENCE).until(() -> stuck.get() == 20);
        assertThat(scheduler.shutdown(Duration.ofSeconds(10))).isTrue();
    }

    @Test
    void aClosedSeatHasNoMoreTurns() throws Exception {
        SliceScheduler scheduler = scheduler(1, 1);
        AtomicInteger turns = new AtomicInteger();
        SliceScheduler.Seat[] self = new SliceScheduler.Seat[1];
        self[0] = scheduler.seat("group", _ -> {
            turns.incrementAndGet();
            self[0].close();
            return true;
        });
        self[0].signal();
        await().atMost(PATIENCE).until(() -> turns.get() == 1);
        self[0].signal();
        AtomicBoolean later = new AtomicBoolean();
        scheduler
                .seat("group", _ -> {
                    later.set(true);
                    return false;
                })
                .signal();
        await().atMost(PATIENCE).untilTrue(later);
        assertThat(turns).hasValue(1);
        assertThat(scheduler.shutdown(Duration.ofSeconds(10))).isTrue();
    }

    @Test
    void anErrorOfTheHostReachesWhoEndsTheProcessAndAMistakeLeavesTheOthersTheirTurns() throws Exception {
        BlockingQueue<Throwable> told = new LinkedBlockingQueue<>();
        Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((_, thrown) -> told.add(thrown));
        SliceScheduler scheduler = scheduler(1, 1);
        try {
            CountDownLatch turned = new CountDownLatch(1);
            scheduler
                    .seat("broken", _ -> {
                        throw new NoClassDefFoundError("as if a class could not be loaded");
                    })
                    .signal();
            scheduler
                    .seat("mistaken", _ -> {
                        throw new IllegalStateException("a mistake");
                    })
                    .signal();
            scheduler
                    .seat("whole", _ -> {
                        turned.countDown();
                        return false;
                    })
                    .signal();
            assertThat(told.poll(20, TimeUnit.SECONDS)).isInstanceOf(NoClassDefFoundError.class);
            assertThat(turned.await(20, TimeUnit.SECONDS)).isTrue();
        } finally {
            assertThat(scheduler.shutdown(Duration.ofSeconds(10))).isTrue();
            Thread.setDefaultUncaughtExceptionHandler(before);
        }
        assertThat(told).as("a mistake is logged and no more").isEmpty();
    }
}
