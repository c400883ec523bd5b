package io.thalweg.server.http.views;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;

/**
 * Markers that are ordered in shards so that this node's replica hears at once how far the order counts. One at a time of each shard, and one more behind it for all
 * who wanted one meanwhile: what they want to hear of may have come behind the first. However many ask for what is not there, the shard gets no more than one after
 * the other. Thread-safe.
 */
final class Markers {
    /** One of which nobody says what became of it keeps no other away for longer. */
    private static final long SECONDS_MAX = 10;

    private final IntFunction<CompletableFuture<?>> order;

    /** By the shards that have one under way: whether another is wanted behind it. */
    private final Map<Integer, Boolean> underWay = new HashMap<>();

    /** @param order has a marker ordered in a shard */
    Markers(IntFunction<CompletableFuture<?>> order) {
        this.order = order;
    }

    /** Has one ordered that comes behind all that counts by now. Does not wait for it; nobody hears whether it gets through. */
    void want(int shard) {
        synchronized (underWay) {
            if (underWay.replace(shard, true) != null) {
                return;
            }
            underWay.put(shard, false);
        }
        submit(shard);
    }

    private void submit(int shard) {
        CompletableFuture<?> marker;
        try {
            marker = order.apply(shard);
        } catch (RuntimeException e) {
            marker = CompletableFuture.failedFuture(e);
        }
        var _ = marker.copy().orTimeout(SECONDS_MAX, TimeUnit.SECONDS).whenComplete((_, failure) -> {
            if (isOneMoreWanted(shard, failure == null)) {
                submit(shard);
            }
        });
    }

    private boolean isOneMoreWanted(int shard, boolean gotThrough) {
        synchronized (underWay) {
            boolean wanted = gotThrough && Boolean.TRUE.equals(underWay.replace(shard, false));
            if (!wanted) {
                underWay.remove(shard);
            }
            return wanted;
        }
    }
}
