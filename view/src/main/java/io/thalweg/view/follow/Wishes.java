package io.thalweg.view.follow;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.Position;
import io.thalweg.model.ThalwegException;
import io.thalweg.view.VersionSpec;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** What other threads want of a follower, for its worker to find at its next turn; whoever leaves one here signals the seat. */
final class Wishes {
    /** To end, with or without a trace, and who waits for it. */
    record Stop(boolean delete, CompletableFuture<Void> done) {}

    /**
     * No state that reflects a sequence is to be used any more.
     *
     * @param gone run once nothing is left of those, for good
     */
    record Renewal(long sequence, Runnable gone) {}

    volatile VersionSpec spec;
    volatile boolean active;

    /** Turns may begin; until then everything else is only noted. */
    volatile boolean begun;

    /** Set by others, cleared by the worker. */
    volatile boolean retry;

    /** The one renewal that there may be; it stays here when it was done. */
    final AtomicReference<@Nullable Renewal> renewal = new AtomicReference<>();

    final AtomicReference<@Nullable Stop> stop = new AtomicReference<>();
    private final ConcurrentLinkedQueue<CompletableFuture<Position>> saves = new ConcurrentLinkedQueue<>();

    Wishes(VersionSpec spec, boolean active) {
        this.spec = spec;
        this.active = active;
    }

    /** The state is to be saved; completes with the position that is then durable. */
    CompletableFuture<Position> save() {
        CompletableFuture<Position> wish = new CompletableFuture<>();
        saves.add(wish);
        return wish;
    }

    boolean wantSave() {
        return !saves.isEmpty();
    }

    void saved(Position position) {
        for (var wish = saves.poll(); wish != null; wish = saves.poll()) {
            wish.complete(position);
        }
    }

    void failSaves(String why) {
        for (var wish = saves.poll(); wish != null; wish = saves.poll()) {
            wish.completeExceptionally(new ThalwegException(ErrorCode.VIEW_FAILED, why));
        }
    }
}
