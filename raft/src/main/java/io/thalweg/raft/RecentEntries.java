package io.thalweg.raft;

import io.thalweg.shard.Entry;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The newest entries that were handed to the replica, so that followers are fed from memory: an entry goes out to them while
 * the replica may still be writing it. Holds at most {@code bytesMax}, and beyond that only what is not written yet.
 * Thread-safe.
 */
final class RecentEntries {
    private final long bytesMax;
    private final TreeMap<Long, Kept> kept = new TreeMap<>();
    private long bytes;

    /** @param bytesMax 0 when nobody will ask */
    RecentEntries(long bytesMax) {
        this.bytesMax = bytesMax;
    }

    private record Kept(long term, Entry entry, CompletableFuture<?> written) {}

    synchronized void add(long index, long term, Entry entry, CompletableFuture<?> written) {
        if (bytesMax == 0) {
            return;
        }
        truncate(index);
        kept.put(index, new Kept(term, entry, written));
        bytes += entry.length();
        while (bytes > bytesMax && kept.firstEntry().getValue().written().isDone()) {
            bytes -= kept.pollFirstEntry().getValue().entry().length();
        }
    }

    synchronized @Nullable Entry find(long index, long term) {
        Kept found = kept.get(index);
        return found != null && found.term() == term ? found.entry() : null;
    }

    synchronized void truncate(long firstDropped) {
        Map<Long, Kept> dropped = kept.tailMap(firstDropped, true);
        for (Kept each : dropped.values()) {
            bytes -= each.entry().length();
        }
        dropped.clear();
    }
}
