package io.thalweg.server.javaviews;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** One rehearsal of a tenant and two of the node, until their threads have ended; and none over a store that is closed. */
class RehearsalsTest {
    private static final long MINUTE_NS = 60_000_000_000L;

    private final Rehearsals rehearsals = new Rehearsals();

    private static TenantId tenant(long number) {
        return new TenantId(new UUID(0, number));
    }

    private static void assertRefused(Supplier<?> what, ErrorCode code) {
        assertThatThrownBy(what::get)
                .isInstanceOfSatisfying(
                        ThalwegException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    @Test
    void aTenantHasOneAndTheNodeTwo() {
        try (Rehearsals.Turn first = rehearsals.begin(tenant(1))) {
            assertRefused(() -> rehearsals.begin(tenant(1)), ErrorCode.OVERLOADED);
            try (Rehearsals.Turn second = rehearsals.begin(tenant(2))) {
                assertThat(second).isNotSameAs(first);
                assertRefused(() -> rehearsals.begin(tenant(3)), ErrorCode.OVERLOADED);
            }
            rehearsals.begin(tenant(3)).close();
        }
        rehearsals.begin(tenant(1)).close();
    }

    @Test
    void codeThatDoesNotStopKeepsItsTurnAndHoldsTheStoresOpen() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        try (Rehearsals.Turn turn = rehearsals.begin(tenant(1))) {
            assertThatThrownBy(() -> turn.run(
                            () -> {
                                while (end.getCount() > 0) {
                                    try {
                                        end.await();
                                    } catch (InterruptedException e) {
                                        // it does not listen
                                    }
                                }
                                ended.countDown();
                                return "done";
                            },
                            0,
                            "it is late"))
                    .hasMessage("it is late");
        }
        assertRefused(() -> rehearsals.begin(tenant(1)), ErrorCode.OVERLOADED);
        assertThat(rehearsals.end(System.nanoTime())).as("all have ended").isFalse();
        assertRefused(() -> rehearsals.begin(tenant(2)), ErrorCode.UNAVAILABLE);
        end.countDown();
        ended.await();
        assertThat(rehearsals.end(System.nanoTime() + MINUTE_NS)).isTrue();
    }

    @Test
    void whatListensIsStoppedBeforeStoresAreClosed() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        Rehearsals.Turn turn = rehearsals.begin(tenant(1));
        CompletableFuture<Void> asking = CompletableFuture.runAsync(
                () -> {
                    try (turn) {
                        assertThatThrownBy(() -> turn.run(
                                        () -> {
                                            begun.countDown();
                                            never.await();
                                            return "done";
                                        },
                                        600,
                                        "it is late"))
                                .isInstanceOf(ThalwegException.class);
                    }
                },
                command -> Thread.ofPlatform().daemon().start(command));
        begun.await();
        assertThat(rehearsals.end(System.nanoTime() + MINUTE_NS)).isTrue();
        asking.join();
    }

    @Test
    void whatTheHouseSaysIsToldAsItIs() throws Exception {
        try (Rehearsals.Turn turn = rehearsals.begin(tenant(1))) {
            assertThatThrownBy(() -> turn.run(
                            () -> {
                                throw new ThalwegException(ErrorCode.UNAVAILABLE, "a partition is behind");
                            },
                            60,
                            "it is late"))
                    .hasMessage("a partition is behind")
                    .isInstanceOfSatisfying(
                            ThalwegException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE));
            assertThatThrownBy(() -> turn.run(
                            () -> {
                                throw new IllegalStateException("its code fails");
                            },
                            60,
                            "it is late"))
                    .isInstanceOfSatisfying(
                            ThalwegException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_COMPONENT));
        }
    }
}
