package io.thalweg.client;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * What one caller wants created, on its way: its events are never torn apart, and become one stretch of one request.
 *
 * <p>The state is guarded by the client's lock. A caller is told once: whoever is first, the reply or its deadline, completes the
 * future.
 */
final class Waiting {
    /** Where the flags lie in an account and in a transfer alike. */
    private static final int FLAGS = 118;

    final Kind kind;
    final ByteBuffer events;
    final long deadlineNs;
    final CompletableFuture<List<CreateResult>> future = new CompletableFuture<>();

    /** Whether a request that holds the events may have reached the server. */
    boolean sent;

    /** Tells the caller at its deadline; to be called off when it is told before. */
    @Nullable
    Future<?> alarm;

    /** Ends when the alarm is off. */
    @Nullable
    CompletableFuture<?> off;

    Waiting(Kind kind, ByteBuffer events, Duration timeout) {
        this.kind = kind;
        this.events = events.order(ByteOrder.LITTLE_ENDIAN);
        this.deadlineNs = System.nanoTime() + timeout.toNanos();
    }

    int count() {
        return events.limit() / Batch.EVENT_BYTES;
    }

    /** Whether the last event asks for a next one, which must not be another caller's. */
    boolean endsOpen() {
        return (flags(count() - 1) & kind.linked) != 0;
    }

    /** Whether it begins with an import: a request holds imports only, or none, and its first event says which. */
    boolean imports() {
        return (flags(0) & kind.imported) != 0;
    }

    private int flags(int index) {
        return events.getShort(index * Batch.EVENT_BYTES + FLAGS);
    }
}
