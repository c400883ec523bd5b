package io.thalweg.log.journal;

import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Entries that were appended and not applied yet, so that apply costs no read. Bounded by bytes: beyond the bound the oldest
 * go, and apply reads them back from disk. Thread-safe.
 */
final class RecentEntries {
    private final long bytesMax;
    private final ConcurrentNavigableMap<Long, JournalEntry> entries = new ConcurrentSkipListMap<>();
    private final AtomicLong bytes = new AtomicLong();

    RecentEntries(long bytesMax) {
        this.bytesMax = bytesMax;
    }

    void add(JournalEntry entry) {
        entries.put(entry.index(), entry);
        bytes.addAndGet(entry.body().remaining());
        while (bytes.get() > bytesMax) {
            var oldest = entries.firstEntry();
            if (oldest == null) {
                return;
            }
            remove(oldest.getValue());
        }
    }

    @Nullable
    JournalEntry find(long index) {
        return entries.get(index);
    }

    void removeTo(long index) {
        for (JournalEntry entry : entries.headMap(index, true).values()) {
            remove(entry);
        }
    }

    void removeBehind(long index) {
        for (JournalEntry entry : entries.tailMap(index, false).values()) {
            remove(entry);
        }
    }

    private void remove(JournalEntry entry) {
        if (entries.remove(entry.index(), entry)) {
            bytes.addAndGet(-entry.body().remaining());
        }
    }
}
