package io.thalweg.ledger;

import io.thalweg.ledger.layout.AccountLayout;
import io.thalweg.ledger.layout.Bytes;
import io.thalweg.ledger.query.AccountTable;
import io.thalweg.model.MalformedException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The accounts of a book, off the heap, 128 bytes each as {@link AccountLayout} has them, numbered by order of creation, which is
 * also the order of their timestamps. Balances and the closed bit change in place; nothing else ever does.
 *
 * <p>Apply thread only, except what {@link AccountTable} gives to readers.
 */
final class Accounts implements SharedIdTable.Ids, Cells, AccountTable {
    static final int NONE = SharedIdTable.NONE;

    private static final int CHUNK_SHIFT = 12;
    private static final int CHUNK_ACCOUNTS = 1 << CHUNK_SHIFT;

    private final Arena arena;
    private final SharedIdTable table = new SharedIdTable(this);
    private volatile MemorySegment[] chunks = new MemorySegment[0];
    private final ChangedBits changed = new ChangedBits();
    private int count;

    Accounts(Arena arena) {
        this.arena = arena;
    }

    int count() {
        return count;
    }

    /** The memory that holds an account, at {@link #offset}. */
    MemorySegment memory(int ordinal) {
        return chunks[ordinal >>> CHUNK_SHIFT];
    }

    static long offset(int ordinal) {
        return (long) (ordinal & (CHUNK_ACCOUNTS - 1)) * AccountLayout.BYTES;
    }

    @Override
    public long idLow(int ordinal) {
        return Bytes.u64(memory(ordinal), offset(ordinal) + AccountLayout.ID);
    }

    @Override
    public long idHigh(int ordinal) {
        return Bytes.u64(memory(ordinal), offset(ordinal) + AccountLayout.ID + 8);
    }

    @Override
    public long touch(int[] ordinals, int n) {
        MemorySegment[] all = chunks;
        long sum = 0;
        for (int i = 0; i < n && all.length > 0; i++) {
            int ordinal = Math.max(0, ordinals[i]);
            // An account's two cache lines.
            MemorySegment memory = all[ordinal >>> CHUNK_SHIFT];
            long offset = offset(ordinal);
            sum += Bytes.u64(memory, offset + AccountLayout.DEBITS_POSTED)
                    + Bytes.u64(memory, offset + AccountLayout.CREDITS_POSTED);
        }
        return sum;
    }

    long timestamp(int ordinal) {
        return Bytes.u64(memory(ordinal), offset(ordinal) + AccountLayout.TIMESTAMP);
    }

    long newestTimestamp() {
        return count == 0 ? 0 : timestamp(count - 1);
    }

    /** The account with this id, or {@link #NONE}. */
    int find(long idLow, long idHigh) {
        return table.find(idLow, idHigh);
    }

    /** Begins to look for many accounts, as {@link SharedIdTable#prepare} has it. */
    void prepare(MemorySegment in, long at, long stride, int n, int[] candidates) {
        table.prepare(in, at, stride, n, candidates);
    }

    /** The account with this id, or {@link #NONE}, as {@link SharedIdTable#confirm} has it. */
    int confirm(int candidate, long idLow, long idHigh) {
        return table.confirm(candidate, idLow, idHigh);
    }

    @Override
    public long ordinalOf(long idLow, long idHigh) {
        return table.findAnywhere(idLow, idHigh);
    }

    @Override
    public void copy(long ordinal, MemorySegment target, long targetOffset) {
        copyOut((int) ordinal, target, targetOffset);
    }

    /** The first account whose timestamp is at least this, or {@link #count}. */
    int lowerBound(long timestamp) {
        int low = 0;
        int high = count;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (timestamp(middle) < timestamp) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    boolean hasTimestamp(long timestamp) {
        int at = lowerBound(timestamp);
        return at < count && timestamp(at) == timestamp;
    }

    /** Adds a copy of {@code source}, stamped. Its id must be new and its timestamp the newest. */
    int add(MemorySegment source, long sourceOffset, long timestamp) {
        int ordinal = room();
        MemorySegment memory = memory(ordinal);
        long offset = offset(ordinal);
        MemorySegment.copy(source, sourceOffset, memory, offset, AccountLayout.BYTES);
        Bytes.u64(memory, offset + AccountLayout.TIMESTAMP, timestamp);
        table.add(idLow(ordinal), idHigh(ordinal), ordinal);
        changed(ordinal);
        return ordinal;
    }

    private int room() {
        int ordinal = count++;
        int chunk = ordinal >>> CHUNK_SHIFT;
        if (chunk == chunks.length) {
            MemorySegment[] more = Arrays.copyOf(chunks, chunk + 1);
            more[chunk] = arena.allocate((long) CHUNK_ACCOUNTS * AccountLayout.BYTES, 64);
            chunks = more;
        }
        return ordinal;
    }

    /** Takes the newest accounts back, down to {@code remaining}. */
    void removeFrom(int remaining) {
        while (count > remaining) {
            int last = count - 1;
            table.remove(idLow(last), idHigh(last), last);
            memory(last).asSlice(offset(last), AccountLayout.BYTES).fill((byte) 0);
            changed(last);
            count = last;
        }
    }

    /** Notes that an account's bytes changed. */
    void changed(int ordinal) {
        changed.set(ordinal);
    }

    // --- checkpoints: a cell is an account

    @Override
    public int cells() {
        return count;
    }

    @Override
    public int nextChanged(int from) {
        return changed.next(from, count);
    }

    @Override
    public void cleaned() {
        changed.clear();
    }

    @Override
    public void copyOut(int cell, MemorySegment target, long offset) {
        MemorySegment.copy(memory(cell), offset(cell), target, offset, CELL_BYTES);
    }

    @Override
    public void copyIn(int cell, MemorySegment source, long offset) {
        if (cell >= count) {
            throw new MalformedException("account " + cell + " of " + count);
        }
        MemorySegment.copy(source, offset, memory(cell), offset(cell), CELL_BYTES);
    }

    /** Makes room for accounts that {@link #copyIn} will bring. */
    void expect(int accounts) {
        while (count < accounts) {
            room();
        }
    }

    /** Ends loading; every account was copied in. */
    void loaded() {
        for (int ordinal = 0; ordinal < count; ordinal++) {
            if (find(idLow(ordinal), idHigh(ordinal)) != NONE
                    || (ordinal > 0 && timestamp(ordinal) <= timestamp(ordinal - 1))) {
                throw new MalformedException("account " + ordinal + " is not in order, or is there twice");
            }
            table.add(idLow(ordinal), idHigh(ordinal), ordinal);
        }
        changed.clear();
    }
}
