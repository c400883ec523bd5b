package io.thalweg.ledger;

import io.thalweg.ledger.layout.Bytes;
import io.thalweg.ledger.store.id.IdHash;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * From 128-bit ids to numbers, by open addressing. An entry is one long: 32 bits of the id's hash, and the number; whether the
 * id is really the one that is looked for is asked of the {@link Ids} that hold the numbered things, so an id is kept once.
 *
 * <p>The table is split into parts that grow one by one: the longest pause is that of one part. One thread changes it, while
 * others may call {@link #findAnywhere}; nothing that it answers depends on the order in which it stores.
 *
 * <p>The store's {@link io.thalweg.ledger.store.id.IdTable} is another thing: it belongs to one thread, is thrown away whole with the
 * records that it numbers, and is half the work for each id. Made one, either the readers of accounts would wait or the writer of
 * transfers would pay for parts and fences that nobody reads.
 */
final class SharedIdTable {
    static final int NONE = -1;

    /** The ids of what is numbered. */
    interface Ids {
        long idLow(int number);

        long idHigh(int number);

        /** Reads of numbered things, or {@link #NONE}, what whoever has found them will read, and returns anything. */
        long touch(int[] numbers, int n);
    }

    private static final int PARTS = 64;
    private static final int FIRST_CAPACITY = 64;

    /** Number + 1 in the lower 32 bits, so that 0 is an empty entry; bits of the hash above. */
    private static final long NUMBER_MASK = 0xffff_ffffL;

    private static final VarHandle ENTRY = MethodHandles.arrayElementVarHandle(long[].class);
    private static final VarHandle PART = MethodHandles.arrayElementVarHandle(long[][].class);

    private final Ids ids;
    private final long[][] parts = new long[PARTS][];
    private final int[] sizes = new int[PARTS];

    private long[] hashes = {};

    /** Keeps what was read ahead from being thought useless. */
    private long touched;

    /** Odd while a removal moves entries, where a search by another thread could miss one. */
    private volatile long moves;

    SharedIdTable(Ids ids) {
        this.ids = ids;
        Arrays.setAll(parts, _ -> new long[FIRST_CAPACITY]);
    }

    private static int part(long hash) {
        return (int) (hash >>> 58);
    }

    private static int home(long hash, long[] part) {
        return (int) hash & (part.length - 1);
    }

    /** The number of an id, or {@link #NONE}. */
    int find(long low, long high) {
        long hash = IdHash.of(low, high);
        long[] part = (long[]) PART.getAcquire(parts, part(hash));
        long tag = hash & ~NUMBER_MASK;
        for (int at = home(hash, part); ; at = (at + 1) & (part.length - 1)) {
            long entry = (long) ENTRY.getAcquire(part, at);
            if (entry == 0) {
                return NONE;
            }
            if ((entry & ~NUMBER_MASK) == tag) {
                int number = (int) (entry & NUMBER_MASK) - 1;
                if (ids.idLow(number) == low && ids.idHigh(number) == high) {
                    return number;
                }
            }
        }
    }

    /**
     * Begins to look for many ids. What their searches read is brought into the processor's cache for all of them at once, in loops
     * that are short enough to wait for many lines together, where {@link #find} would wait for each in turn.
     *
     * @param at of the first id in {@code in}, and {@code stride} bytes from one to the next
     * @param candidates gets for each of {@code n} ids a number to be given to {@link #confirm}
     */
    void prepare(MemorySegment in, long at, long stride, int n, int[] candidates) {
        if (hashes.length < n) {
            hashes = new long[n];
        }
        long[] all = hashes;
        long sum = touched;
        for (int i = 0; i < n; i++) {
            all[i] = IdHash.of(Bytes.u64(in, at + i * stride), Bytes.u64(in, at + i * stride + 8));
        }
        for (int i = 0; i < n; i++) {
            long[] part = parts[part(all[i])];
            sum += part[home(all[i], part)];
        }
        for (int i = 0; i < n; i++) {
            candidates[i] = candidate(all[i]);
        }
        touched = sum + ids.touch(candidates, n);
    }

    /** The number of an id, or {@link #NONE}, if {@code candidate} is what it was prepared to and nothing changed since. */
    int confirm(int candidate, long low, long high) {
        return candidate == NONE || (ids.idLow(candidate) == low && ids.idHigh(candidate) == high)
                ? candidate
                : find(low, high);
    }

    /** The first number whose id may be the one with this hash, or {@link #NONE}. */
    private int candidate(long hash) {
        long[] part = parts[part(hash)];
        int at = home(hash, part);
        long entry = part[at];
        while (entry != 0 && ((entry ^ hash) & ~NUMBER_MASK) != 0) {
            at = (at + 1) & (part.length - 1);
            entry = part[at];
        }
        return (int) (entry & NUMBER_MASK) - 1;
    }

    /** The same for threads that do not change the table: finds what was added before, and perhaps what is being added. */
    int findAnywhere(long low, long high) {
        while (true) {
            long before = moves;
            if ((before & 1) == 0) {
                int number = find(low, high);
                VarHandle.acquireFence();
                if (moves == before) {
                    return number;
                }
            }
            Thread.onSpinWait();
        }
    }

    /** Adds an id that is not there. */
    void add(long low, long high, int number) {
        long hash = IdHash.of(low, high);
        int p = part(hash);
        if (++sizes[p] > parts[p].length / 2) {
            grow(p);
        }
        insert(parts[p], hash, number);
    }

    private static void insert(long[] part, long hash, int number) {
        int at = home(hash, part);
        while (part[at] != 0) {
            at = (at + 1) & (part.length - 1);
        }
        // After the numbered thing itself, for those who find it from elsewhere.
        ENTRY.setRelease(part, at, (hash & ~NUMBER_MASK) | (number + 1L));
    }

    private void grow(int p) {
        long[] larger = new long[Math.multiplyExact(parts[p].length, 2)];
        for (long entry : parts[p]) {
            if (entry != 0) {
                int number = (int) (entry & NUMBER_MASK) - 1;
                insert(larger, IdHash.of(ids.idLow(number), ids.idHigh(number)), number);
            }
        }
        PART.setRelease(parts, p, larger);
    }

    /** Removes an id that is there and still has its number. */
    void remove(long low, long high, int number) {
        long hash = IdHash.of(low, high);
        int p = part(hash);
        long[] part = parts[p];
        int mask = part.length - 1;
        long still = moves;
        moves = still + 1;
        VarHandle.storeStoreFence();
        int hole = home(hash, part);
        while ((part[hole] & NUMBER_MASK) != number + 1L) {
            hole = (hole + 1) & mask;
        }
        // Entries that were pushed along by the one that goes move back, so that no search ends at the hole too early.
        for (int at = (hole + 1) & mask; part[at] != 0; at = (at + 1) & mask) {
            int other = (int) (part[at] & NUMBER_MASK) - 1;
            int home = home(IdHash.of(ids.idLow(other), ids.idHigh(other)), part);
            if (((at - home) & mask) >= ((at - hole) & mask)) {
                part[hole] = part[at];
                hole = at;
            }
        }
        part[hole] = 0;
        sizes[p]--;
        moves = still + 2;
    }
}
