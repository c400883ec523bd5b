package io.thalweg.ledger.store.id;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Which ids came out of ascending order since this process opened the store, as filters that answer for all bars and runs at once: a
 * run's own filter answers for that run only, and to ask a dozen costs a dozen misses of the processor's cache. It grows by
 * filters of four times the last one's size, and when those are large by a quarter of all that there is, so that few are asked however many
 * ids there are. Ids that are taken back stay, and are then taken for known ones. One thread, but
 * for {@link #addSpare}.
 */
public final class SeenIds {
    private static final int FIRST_KEYS = 1 << 20;
    /** 32 MiB, whose pages take the system up to tens of milliseconds: so each filter but the first is made ahead. */
    private static final int LARGE_KEYS = 1 << 24;

    private static final int KEYS_MAX = 1 << 28;

    private IdFilter[] filters = {};
    private int left;
    private int spareBelow;
    private volatile int nextKeys = FIRST_KEYS;
    private final AtomicReference<@Nullable IdFilter> spare = new AtomicReference<>();

    public void add(long hash) {
        if (left == 0) {
            grow();
        }
        left--;
        filters[filters.length - 1].add(hash);
    }

    private void grow() {
        IdFilter made = spare.getAndSet(null);
        IdFilter next = made == null ? IdFilter.of(nextKeys) : made;
        filters = Arrays.copyOf(filters, filters.length + 1);
        filters[filters.length - 1] = next;
        left = next.keys();
        spareBelow = left / 4;
        long all = 0;
        for (IdFilter filter : filters) {
            all += filter.keys();
        }
        nextKeys = keysOfNext(left, all);
    }

    /** Behind a filter for {@code last} keys, with which there is room for {@code all}. */
    static int keysOfNext(int last, long all) {
        return (int) Math.min(Math.min(4L * last, Math.max(LARGE_KEYS, all / 4)), KEYS_MAX);
    }

    /** Whether {@link #addSpare} should be called soon. */
    public boolean needsSpare() {
        return left < spareBelow && spare.get() == null;
    }

    /** Makes the filter that will be needed next. Any thread, one at a time. */
    public void addSpare() {
        if (spare.get() == null) {
            spare.set(IdFilter.of(nextKeys));
        }
    }

    /** False only if no id with this hash was added. */
    public boolean mayHold(long hash) {
        return mayHold(hash, 0);
    }

    /** False only if no id with this hash was added to the filters from number {@code first} on. */
    public boolean mayHold(long hash, int first) {
        for (int i = first; i < filters.length; i++) {
            if (filters[i].mayHold(hash)) {
                return true;
            }
        }
        return false;
    }

    /** The number of the filter that grows. */
    public int newest() {
        return Math.max(0, filters.length - 1);
    }

    /**
     * Sets those of {@code perhaps} to true whose hash may have been added; one filter after the other.
     *
     * @return anything, as {@link IdFilter#touch}
     */
    public long mark(long[] hashes, int size, boolean[] perhaps) {
        long touched = 0;
        for (IdFilter filter : filters) {
            touched += filter.touch(hashes, size);
            for (int i = 0; i < size; i++) {
                perhaps[i] |= filter.mayHold(hashes[i]);
            }
        }
        return touched;
    }
}
