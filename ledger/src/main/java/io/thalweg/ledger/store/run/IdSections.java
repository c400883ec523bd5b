package io.thalweg.ledger.store.run;

import io.thalweg.ledger.store.block.Section;
import io.thalweg.ledger.store.id.IdFilter;
import io.thalweg.ledger.store.id.Ids;
import java.io.IOException;

/** Writes what a run has for its ids, which come in ascending order: the ids, their filter, the first of each block. */
final class IdSections {
    /** The bounds of a run without ids. */
    static final long[] NO_IDS = {-1, -1, 0, 0};

    private final RunWriter run;
    private final SectionWriter ids;
    private final IdFilter filter;
    private final long[] fences;
    private final long[] bounds = NO_IDS.clone();
    private int fence;

    /** Added to the filter together, so that one does not wait for the other's line of it. */
    private final long[] hashes = new long[256];

    private int hashed;

    /**
     * Begins the sections.
     *
     * @param size how many ids will come
     */
    IdSections(RunWriter run, long size) {
        this.run = run;
        this.ids = run.begin(RunFormat.ID_BYTES);
        this.filter = IdFilter.of(size);
        this.fences = new long[Math.toIntExact(2 * new Section(0, size, RunFormat.ID_BYTES).blocks())];
    }

    /** The next id and its slot, or {@link RunFormat#ORPHAN}. */
    void put(long low, long high, int slot) throws IOException {
        if (ids.atBlock()) {
            if (fence == 0) {
                bounds[0] = low;
                bounds[1] = high;
            }
            fences[fence++] = low;
            fences[fence++] = high;
        }
        ids.next().putLong(low).putLong(high).putInt(slot);
        hashes[hashed++] = Ids.storedHash(low, high);
        if (hashed == hashes.length) {
            addToFilter();
        }
        bounds[2] = low;
        bounds[3] = high;
    }

    private void addToFilter() {
        for (int i = 0; i < hashed; i++) {
            filter.add(hashes[i]);
        }
        hashed = 0;
    }

    /** Writes the filter and the rest; returns the smallest and the largest id, each low half first. */
    long[] finish() throws IOException {
        addToFilter();
        boolean empty = ids.count() == 0;
        run.put(RunFormat.IDS, ids.finish());
        SectionWriter out = run.begin(IdFilter.BLOCK_BYTES);
        for (int block = 0; block < filter.blocks(); block++) {
            filter.write(block, out.next());
        }
        run.put(RunFormat.FILTER, out.finish());
        out = run.begin(RunFormat.FENCE_BYTES);
        for (int i = 0; i < fence; i += 2) {
            out.next().putLong(fences[i]).putLong(fences[i + 1]);
        }
        run.put(RunFormat.FENCES, out.finish());
        return empty ? NO_IDS.clone() : bounds;
    }
}
