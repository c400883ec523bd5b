package io.thalweg.ledger.store;

import io.thalweg.ledger.layout.Bytes;
import io.thalweg.ledger.store.block.BlockFile;
import io.thalweg.ledger.store.id.IdHash;
import io.thalweg.ledger.store.id.IdTable;
import io.thalweg.ledger.store.id.Ids;
import io.thalweg.ledger.store.id.Orphans;
import io.thalweg.ledger.store.id.SeenIds;
import io.thalweg.ledger.store.run.RecordFile;
import io.thalweg.ledger.store.run.RecordMemory;
import io.thalweg.ledger.store.run.Run;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

/**
 * From ids to slots, over all places in which an id can be: the bars in memory, the runs, and the orphans, which are ids without a
 * record. An id above all that came before, as most clients make them, is answered without a look at any of them. Apply thread.
 */
final class IdIndex {
    private final RecordMemory memory;
    private final RecordFile file;
    private final Indexer indexer;
    private final int idOffset;
    private final int barRecords;
    /** The slot at which the first bar of this process began. */
    private final long base;

    private final MemorySegment scratch = MemorySegment.ofArray(new long[BlockFile.BLOCK_BYTES / 8]);
    private final Orphans noOrphans = new Orphans();
    /** The orphans of bars that wait for the background. */
    private final Deque<Orphans> waiting = new ArrayDeque<>();

    private final AbsentIds absent = new AbsentIds();
    private final SeenIds seen;
    private Orphans orphans = new Orphans();
    private Bar[] bars = {};
    private Run[] runs;
    private long maxLow;
    private long maxHigh;
    /** Keeps what was read ahead from being thought useless. */
    private long touched;

    /**
     * @param idOffset of the id in a record, or negative when records have none
     * @param seen also given to the indexer, which fills it for what it reads back
     */
    IdIndex(
            RecordMemory memory,
            RecordFile file,
            Indexer indexer,
            int idOffset,
            int barRecords,
            long base,
            SeenIds seen,
            List<Run> runs) {
        this.memory = memory;
        this.file = file;
        this.indexer = indexer;
        this.idOffset = idOffset;
        this.barRecords = barRecords;
        this.base = base;
        this.seen = seen;
        this.runs = runs.toArray(Run[]::new);
        for (Run run : runs) {
            long[] bounds = run.idBounds();
            raiseMax(bounds[2], bounds[3]);
        }
    }

    /** Takes in the id of the newest record. */
    void appended(long slot) {
        if (idOffset < 0) {
            return;
        }
        MemorySegment chunk = memory.chunk(slot);
        long at = memory.offset(slot) + idOffset;
        long low = chunk.get(Bytes.U64, at);
        long high = chunk.get(Bytes.U64, at + 8);
        raiseMax(low, high);
        if (((slot - base) & (barRecords - 1)) == 0) {
            addBar(slot);
        }
        bars[bars.length - 1].add(low, high);
    }

    private void addBar(long from) {
        IdTable spare = indexer.cleanTable();
        bars = Arrays.copyOf(bars, bars.length + 1);
        bars[bars.length - 1] = new Bar(memory, idOffset, from, spare == null ? new IdTable() : spare, seen);
    }

    private void raiseMax(long low, long high) {
        if (Ids.less(maxLow, maxHigh, low, high)) {
            maxLow = low;
            maxHigh = high;
        }
    }

    /** Forgets the id of the newest record, whose slot this is. */
    void removed(long slot) {
        if (idOffset < 0) {
            return;
        }
        Bar newest = bars[bars.length - 1];
        newest.removeLast();
        if (newest.from() == slot) {
            // A bar that counted as full will get more ids.
            absent.clear();
            bars = Arrays.copyOf(bars, bars.length - 1);
            indexer.recycle(newest.table());
        }
    }

    /**
     * The slot of the record with this id, {@link Run#NONE} or {@link Run#ORPHAN}.
     *
     * @param number of the id among those that {@link #touch} was given last, or -1
     */
    long find(int number, long idLow, long idHigh) {
        if (Ids.less(maxLow, maxHigh, idLow, idHigh)) {
            return Run.NONE;
        }
        long hash = IdHash.of(idLow, idHigh);
        return absent.contains(number, idLow, idHigh, hash, seen, bars) ? Run.NONE : search(idLow, idHigh, hash);
    }

    private long search(long idLow, long idHigh, long hash) {
        boolean isSeen = seen.mayHold(hash);
        for (int bar = bars.length - 1; bar >= 0; bar--) {
            if (isSeen || bars[bar].isAscending()) {
                long slot = bars[bar].find(idLow, idHigh, hash);
                if (slot >= 0) {
                    return slot;
                }
            }
        }
        if (isSeen && (orphans.contains(idLow, idHigh, hash) || isWaiting(idLow, idHigh, hash))) {
            return Run.ORPHAN;
        }
        Run[] all = runs;
        long storedHash = Ids.storedHash(idLow, idHigh);
        for (int i = all.length - 1; i >= 0; i--) {
            if (isSeen || !all[i].isSeen()) {
                long slot = all[i].find(idLow, idHigh, storedHash, file, idOffset, scratch);
                if (slot != Run.NONE) {
                    return slot;
                }
            }
        }
        return Run.NONE;
    }

    private boolean isWaiting(long idLow, long idHigh, long hash) {
        for (Orphans older : waiting) {
            if (older.contains(idLow, idHigh, hash)) {
                return true;
            }
        }
        return false;
    }

    /** As {@link Records#touch} has it. */
    void touch(MemorySegment ids, long offset, long stride, int number) {
        long sum = touched;
        Bar newest = bars.length == 0 ? null : bars[bars.length - 1];
        absent.begin();
        for (int i = 0; i < number; i++) {
            long at = offset + i * stride;
            long low = ids.get(Bytes.U64, at);
            long high = ids.get(Bytes.U64, at + 8);
            if (!Ids.less(maxLow, maxHigh, low, high)) {
                long hash = IdHash.of(low, high);
                sum += newest == null ? 0 : newest.touch(hash);
                absent.add(i, low, high, hash);
            }
        }
        touched = sum + absent.ask(seen, bars, runs);
    }

    /** Remembers for ever that an id stands for nothing. */
    void orphan(long idLow, long idHigh) {
        raiseMax(idLow, idHigh);
        orphans.add(idLow, idHigh);
        seen.add(IdHash.of(idLow, idHigh));
    }

    /** The orphans that no run has and that do not wait for one. */
    int orphans() {
        return orphans.size();
    }

    /** How many units wait for the background. */
    int waiting() {
        return waiting.size();
    }

    /** Gives the records from {@code from} to before {@code to}, and the orphans so far, to the background. */
    void hand(long from, long to) {
        indexer.index(new Indexer.Unit(from, to, orphans.ids(), orphans.size()));
        waiting.add(orphans.size() == 0 ? noOrphans : orphans);
        if (orphans.size() > 0) {
            orphans = new Orphans();
        }
    }

    /** Takes into use the run of the unit that waited longest; its bars leave memory. */
    void indexed(Run run, List<Run> now) {
        waiting.remove();
        use(now);
        int first = 0;
        while (first < bars.length && bars[first].from() < run.to()) {
            indexer.recycle(bars[first].table());
            first++;
        }
        bars = Arrays.copyOfRange(bars, first, bars.length);
    }

    /** From now on these are the runs. */
    void use(List<Run> now) {
        runs = now.toArray(Run[]::new);
        absent.clear();
    }

    /** The ids of all orphans that no run has: those that wait first. Owned by the caller as of now; later ones are not in it. */
    List<Indexer.Unit> unindexedOrphans() {
        List<Indexer.Unit> ids = new ArrayList<>();
        waiting.forEach(set -> ids.add(new Indexer.Unit(0, 0, set.ids(), set.size())));
        ids.add(new Indexer.Unit(0, 0, orphans.ids(), orphans.size()));
        return ids;
    }
}
