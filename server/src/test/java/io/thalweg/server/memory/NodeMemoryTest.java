package io.thalweg.server.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class NodeMemoryTest {
    private static NodeMemory.Share share(NodeMemory memory, Object owner) {
        NodeMemory.Share share = memory.share();
        share.belongsTo(owner);
        return share;
    }

    @Test
    void neitherATenantNorAllStrangersTakeWhatOthersNeed() {
        NodeMemory memory = new NodeMemory(1_600);
        NodeMemory.Share greedy = share(memory, "greedy");
        greedy.take(800);
        assertThatThrownBy(() -> greedy.take(1))
                .isInstanceOfSatisfying(
                        ThalwegException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.OVERLOADED));
        NodeMemory.Share stranger = memory.share();
        stranger.take(100);
        assertThatThrownBy(() -> memory.share().take(1)).isInstanceOf(ThalwegException.class);
        NodeMemory.Share modest = share(memory, "modest");
        modest.take(700);
        assertThatThrownBy(() -> share(memory, "late").take(1)).hasMessageContaining("no memory free");
        greedy.close();
        share(memory, "late").take(800);
    }

    @Test
    void whatIsGivenBackReachesWhoWaits() throws InterruptedException {
        NodeMemory memory = new NodeMemory(1_000);
        NodeMemory.Share first = share(memory, "a");
        first.take(500);
        Thread waiting = Thread.startVirtualThread(() -> share(memory, "a").take(400));
        first.close();
        waiting.join();
        assertThat(memory.takenBytes()).isEqualTo(400);
    }

    @Test
    void whoWaitsGetsItInTurnAndHoldsUpNoOtherTenant() throws InterruptedException {
        NodeMemory memory = new NodeMemory(1_000, TimeUnit.MINUTES.toMillis(5));
        NodeMemory.Share first = share(memory, "a");
        first.take(500);
        List<Integer> order = Collections.synchronizedList(new ArrayList<>());
        List<NodeMemory.Share> shares = new ArrayList<>();
        List<Thread> waiting = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            int number = i;
            NodeMemory.Share share = share(memory, "a");
            shares.add(share);
            Thread thread = Thread.ofPlatform().start(() -> {
                share.take(300);
                order.add(number);
            });
            waiting.add(thread);
            while (thread.getState() != Thread.State.TIMED_WAITING) {
                Thread.onSpinWait();
            }
        }
        share(memory, "b").take(500); // whoever waits for room of "a" is not in the way
        first.close();
        for (int i = 0; i < 5; i++) {
            waiting.get(i).join();
            assertThat(order).hasSize(i + 1).endsWith(i);
            shares.get(i).close();
        }
        assertThat(memory.takenBytes()).isEqualTo(500);
    }

    @Test
    void whatThereWillNeverBeIsNotWaitedFor() {
        NodeMemory memory = new NodeMemory(1_000);
        assertThatThrownBy(() -> share(memory, "a").tryTake(501))
                .isInstanceOfSatisfying(
                        ThalwegException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.OVERLOADED));
    }

    @Test
    void thousandsWhoWaitAreAllServed() throws InterruptedException {
        NodeMemory memory = new NodeMemory(1_000);
        List<Thread> all = new ArrayList<>();
        AtomicInteger served = new AtomicInteger();
        for (int i = 0; i < 5_000; i++) {
            all.add(Thread.startVirtualThread(() -> {
                NodeMemory.Share share = share(memory, "a");
                while (!share.tryTake(250)) {
                    Thread.onSpinWait();
                }
                served.incrementAndGet();
                share.close();
            }));
        }
        for (Thread thread : all) {
            thread.join();
        }
        assertThat(served).hasValue(5_000);
        assertThat(memory.takenBytes()).isZero();
    }

    @Test
    void afterEverythingIsGivenBackNothingIsTaken() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        NodeMemory memory = new NodeMemory(1 << 20);
        List<NodeMemory.Share> shares = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            NodeMemory.Share share = share(memory, random.nextInt(50));
            share.take(random.nextInt(500));
            share.give(random.nextInt(600));
            shares.add(share);
        }
        shares.forEach(NodeMemory.Share::close);
        assertThat(memory.takenBytes()).as("seed " + seed).isZero();
    }
}
