package io.thalweg.server.javaviews;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.model.TenantId;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ViewThreadsTest {
    private static final TenantId ONE = new TenantId(new UUID(1, 1));
    private static final TenantId OTHER = new TenantId(new UUID(1, 2));

    private final ViewThreads threads = new ViewThreads();
    private final CountDownLatch comesBack = new CountDownLatch(1);

    @AfterEach
    void end() {
        comesBack.countDown();
    }

    private Thread stuck() {
        return Thread.ofPlatform().daemon().start(() -> {
            try {
                comesBack.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    @Test
    void handlersOfOneTenantThatNeverComeBackKeepNoOtherFromStarting() throws InterruptedException {
        Thread last = stuck();
        for (int i = 1; i < ViewThreads.STUCK_MAX / 2; i++) {
            threads.giveUp(stuck(), ONE);
        }
        threads.requireRoom(ONE, 1, 1);
        threads.giveUp(last, ONE);
        assertThatThrownBy(() -> threads.requireRoom(ONE, 1, 1)).hasMessageContaining("8 of this tenant");
        threads.requireRoom(OTHER, 1, 1);
        for (int i = 0; i < ViewThreads.STUCK_MAX / 2; i++) {
            threads.giveUp(stuck(), new TenantId(new UUID(2, i)));
        }
        assertThatThrownBy(() -> threads.requireRoom(OTHER, 1, 1)).hasMessageContaining("16 handlers");
        comesBack.countDown();
        last.join();
        threads.requireRoom(OTHER, 1, 1);
    }

    @Test
    void partitionsOfOneTenantLeaveHalfToTheOthers() {
        threads.requireRoom(ONE, 512, 512);
        assertThatThrownBy(() -> threads.requireRoom(ONE, 513, 513)).hasMessageContaining("513 of this tenant");
        threads.requireRoom(OTHER, 1_024, 512);
        assertThatThrownBy(() -> threads.requireRoom(OTHER, 1_025, 1)).hasMessageContaining("1025 partitions");
        assertThat(threads.isAnyStuck()).isFalse();
    }
}
