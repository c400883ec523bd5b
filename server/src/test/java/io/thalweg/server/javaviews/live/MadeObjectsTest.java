package io.thalweg.server.javaviews.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** However many large paths of a tenant are made at the same time, they are objects one behind the other, and in nobody else's way. */
final class MadeObjectsTest {
    private static final TenantId LOUD = new TenantId(UUID.randomUUID());
    private static final TenantId OTHER = new TenantId(UUID.randomUUID());

    private final MadeObjects objects = new MadeObjects(0);

    @Test
    void theLargestOfATenantAreMadeOneBehindTheOtherAndThoseOfOthersAtOnce() throws Exception {
        MadeObjects.Share first = objects.expecting(LOUD, 2 * LiveSelect.BYTES_MAX);
        AtomicInteger more = new AtomicInteger();
        CompletableFuture<Void> second = CompletableFuture.runAsync(
                () -> {
                    try (MadeObjects.Share _ = objects.expecting(LOUD, 2 * LiveSelect.BYTES_MAX)) {
                        more.incrementAndGet();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                },
                task -> Thread.ofVirtual().start(task));
        try (MadeObjects.Share others = objects.expecting(OTHER, LiveSelect.BYTES_MAX)) {
            others.take(LiveSelect.BYTES_MAX);
        }
        try (MadeObjects.Share late = objects.share(LOUD)) {
            assertThatThrownBy(() -> late.take(1)).isInstanceOf(ThalwegException.class);
        }
        assertThat(more).as("made beside the first").hasValue(0);
        first.close();
        second.get(30, TimeUnit.SECONDS);
        assertThat(more).hasValue(1);
        try (MadeObjects.Share again = objects.share(LOUD)) {
            again.take(2 * LiveSelect.BYTES_MAX);
        }
    }

    @Test
    void whoIsNotWantedAnyMoreDoesNotWait() throws Exception {
        try (MadeObjects.Share _ = objects.expecting(LOUD, 2 * LiveSelect.BYTES_MAX)) {
            CompletableFuture<Boolean> ended = new CompletableFuture<>();
            Thread waits = Thread.ofVirtual().start(() -> {
                try (MadeObjects.Share _ = objects.expecting(LOUD, 1)) {
                    ended.complete(false);
                } catch (InterruptedException e) {
                    ended.complete(true);
                }
            });
            waits.interrupt();
            assertThat(ended.get(30, TimeUnit.SECONDS)).isTrue();
        }
    }
}
