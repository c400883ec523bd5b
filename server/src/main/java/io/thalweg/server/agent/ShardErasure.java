package io.thalweg.server.agent;

import io.thalweg.model.TenantId;
import io.thalweg.model.request.Operation;
import io.thalweg.model.request.Reply;
import io.thalweg.model.request.Request;
import io.thalweg.ports.clock.Clock;
import io.thalweg.server.routing.HostedShard;
import io.thalweg.shard.Shard;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/**
 * What one shard's replica was asked for, to have what is deleted go from its files, and whether it has done it. The shard writes its segments again by itself; but bytes
 * also lie where it will never look again: in the file that is written to, until that is full; in snapshots that may still be loaded; in a group's own log, until a
 * snapshot covers it. So the file is filled, with what is nothing to anybody, and the rest is pressed out by snapshots, again and again until nothing is left to do. One
 * thread.
 */
final class ShardErasure {
    private static final TenantId NOBODY = new TenantId(new UUID(0, 0));

    /** A piece of what fills a file. */
    private static final int FILL_BYTES = 1 << 20;

    /** How often a shard takes snapshots that still does not have everything behind them. */
    private static final Duration PRESS_EVERY = Duration.ofSeconds(5);

    private final HostedShard home;
    private final Clock clock;
    private CompletableFuture<Void> done;
    private long atNs;

    /** Asks. */
    ShardErasure(HostedShard home, Clock clock) {
        this.home = home;
        this.clock = clock;
        this.done = erase(home);
        this.atNs = clock.monotonicNs();
    }

    HostedShard home() {
        return home;
    }

    /** Whether the shard has done what it was asked for; now and then one is asked for more that has not. */
    boolean isOver() {
        if (!done.isDone()) {
            return false;
        }
        boolean failed = done.isCompletedExceptionally();
        if (!failed && !isErasing(home)) {
            return true;
        }
        long now = clock.monotonicNs();
        if (now - atNs > PRESS_EVERY.toNanos()) {
            atNs = now;
            done = failed ? erase(home) : press(home.shard());
        }
        return false;
    }

    private static boolean isErasing(HostedShard home) {
        try {
            return home.shard().isErasing();
        } catch (IllegalStateException e) {
            return true; // Its files are not open.
        }
    }

    /** Files that are written to are filled with what is nothing to anybody: the journal's with an entry, as many are a group's own log's. */
    private static CompletableFuture<Void> erase(HostedShard home) {
        Shard shard = home.shard();
        try {
            shard.erase();
        } catch (IllegalStateException e) {
            return CompletableFuture.failedFuture(e); // Its files are not open.
        }
        CompletableFuture<Void> filled = shard.barrier();
        for (long bytes = 0; bytes < shard.fileBytes(); bytes += FILL_BYTES) {
            filled = filled.thenCompose(_ -> fill(shard));
        }
        return filled.thenCompose(_ -> press(shard));
    }

    private static CompletableFuture<Void> fill(Shard shard) {
        return shard.submit(Request.of(NOBODY, Operation.MARKER, ByteBuffer.allocate(FILL_BYTES)))
                .thenAccept(Reply::orThrow);
    }

    /** Two snapshots, so that none which may be loaded has what was deleted, and a group's own log goes up to there. One that covers no more than the one before is none. */
    private static CompletableFuture<Void> press(Shard shard) {
        return shard.barrier()
                .thenCompose(_ -> shard.snapshot())
                .thenCompose(_ -> shard.barrier())
                .thenCompose(_ -> shard.forget())
                .thenApply(_ -> null);
    }
}
