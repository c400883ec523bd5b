package io.thalweg.index.store;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.NavigableMap;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Cells by their keys. Nearly all are asked for one by one, so they lie in a hash table; their order is made when somebody first asks for it, and kept from then
 * on. Nobody outside can know which keys fall together, since the hash begins anywhere; nothing that comes out depends on it. They also stand in the row in which
 * they were made, which often ascends in long pieces: those who sort it have less to do.
 *
 * <p>One thread writes; while none does any number may read, also in order.
 */
final class CellMap {
    private static final int FIRST_PLACES = 16;

    /** Of a number, for the place of one of so many cells as nearly every step has. */
    private static final int PLACE_BITS = 16;

    /** So few are sorted one by one. */
    private static final int FEW = 12;

    private static final long FACTOR = new SplittableRandom().nextLong() | 1;
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle BIG_LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    /** A cell. Its value is null where it is known to have none. */
    static final class Cell {
        private final byte[] key;
        private final int hash;
        private byte @Nullable [] value;

        /** Eight bytes of the key, where keys begin to differ: most others it is compared with differ in them. */
        private long rank;

        private @Nullable Cell before;
        private @Nullable Cell after;

        private Cell(byte[] key, int hash) {
            this.key = key;
            this.hash = hash;
        }

        byte[] key() {
            return key;
        }

        byte @Nullable [] value() {
            return value;
        }

        void value(byte @Nullable [] other) {
            value = other;
        }
    }

    /** A cell lies at the place of its hash, or at the next that was free. */
    private @Nullable Cell[] places = new Cell[FIRST_PLACES];

    private @Nullable Cell first;
    private @Nullable Cell last;
    private int size;
    private volatile @Nullable NavigableMap<byte[], Cell> ordered;

    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    /** The cell of a key, null if it is not known. */
    @Nullable
    Cell find(byte[] key) {
        return find(key, hash(key));
    }

    private @Nullable Cell find(byte[] key, int hash) {
        int at = hash & (places.length - 1);
        for (Cell cell = places[at]; cell != null; cell = places[at]) {
            if (cell.hash == hash && Arrays.equals(cell.key, key)) {
                return cell;
            }
            at = at + 1 & (places.length - 1);
        }
        return null;
    }

    /** The cell of a key, which it becomes known with, without a value, where it is not. {@link #size} says which of both. */
    Cell make(byte[] key) {
        int hash = hash(key);
        Cell known = find(key, hash);
        if (known != null) {
            return known;
        }
        if (2 * size >= places.length) {
            grow();
        }
        Cell cell = new Cell(key, hash);
        place(cell);
        size++;
        append(cell);
        NavigableMap<byte[], Cell> all = ordered;
        if (all != null) {
            all.put(key, cell);
        }
        return cell;
    }

    private void append(Cell cell) {
        Cell end = last;
        cell.before = end;
        if (end == null) {
            first = cell;
        } else {
            end.after = cell;
        }
        last = cell;
    }

    private void unlink(Cell cell) {
        Cell before = cell.before;
        Cell after = cell.after;
        if (before == null) {
            first = after;
        } else {
            before.after = after;
        }
        if (after == null) {
            last = before;
        } else {
            after.before = before;
        }
        cell.before = null;
        cell.after = null;
    }

    private void grow() {
        places = new Cell[2 * places.length];
        for (Cell cell = first; cell != null; cell = cell.after) {
            place(cell);
        }
    }

    private void place(Cell cell) {
        int at = cell.hash & (places.length - 1);
        while (places[at] != null) {
            at = at + 1 & (places.length - 1);
        }
        places[at] = cell;
    }

    /** A key is not known any more. */
    void remove(byte[] key) {
        int hash = hash(key);
        int at = hash & (places.length - 1);
        for (Cell cell = places[at]; cell != null; cell = places[at]) {
            if (cell.hash == hash && Arrays.equals(cell.key, key)) {
                free(at);
                size--;
                unlink(cell);
                NavigableMap<byte[], Cell> all = ordered;
                if (all != null) {
                    all.remove(key);
                }
                return;
            }
            at = at + 1 & (places.length - 1);
        }
    }

    /** Those behind a place that was freed move up where they would not be found any more (Knuth, volume 3, algorithm 6.4 R). */
    private void free(int place) {
        int mask = places.length - 1;
        int free = place;
        int at = free + 1 & mask;
        for (Cell cell = places[at]; cell != null; cell = places[at]) {
            int wanted = cell.hash & mask;
            if ((at - wanted & mask) >= (at - free & mask)) {
                places[free] = cell;
                free = at;
            }
            at = at + 1 & mask;
        }
        places[free] = null;
    }

    /** All by their keys; grows and shrinks with this, and is changed by nobody else. */
    NavigableMap<byte[], Cell> ordered() {
        NavigableMap<byte[], Cell> all = ordered;
        if (all == null) {
            NavigableMap<byte[], Cell> made = Changes.ordered();
            for (Cell cell = first; cell != null; cell = cell.after) {
                made.put(cell.key, cell);
            }
            ordered = made;
            return made;
        }
        return all;
    }

    /** All, ascending by their keys. */
    Cell[] ascending() {
        return ascending(_ -> true);
    }

    /** Some, ascending by their keys. */
    Cell[] ascending(Predicate<Cell> which) {
        Cell[] some = new Cell[size];
        int count = 0;
        boolean ascends = true;
        for (Cell cell = first; cell != null; cell = cell.after) {
            if (which.test(cell)) {
                ascends = ascends && (count == 0 || Arrays.compareUnsigned(some[count - 1].key, cell.key) < 0);
                some[count++] = cell;
            }
        }
        Cell[] all = count == size ? some : Arrays.copyOf(some, count);
        if (!ascends) {
            sort(all, 0, count);
        }
        return all;
    }

    private static int compare(Cell a, Cell b) {
        int order = Long.compareUnsigned(a.rank, b.rank);
        return order != 0 ? order : Arrays.compareUnsigned(a.key, b.key);
    }

    /**
     * Numbers are sorted several times as fast as what has to be asked: the first bytes of each rank, with where its cell is. Cells whose ranks begin alike are sorted by what comes behind that; a
     * position and the cells of several indexes differ long before those of one index do.
     */
    private static void sort(Cell[] cells, int from, int to) {
        rank(cells, from, to);
        int count = to - from;
        if (count < FEW || count > 1 << PLACE_BITS) {
            Arrays.sort(cells, from, to, CellMap::compare);
            return;
        }
        long[] ranks = new long[count];
        for (int i = 0; i < count; i++) {
            ranks[i] = ((cells[from + i].rank & (-1L << PLACE_BITS)) | i) ^ Long.MIN_VALUE;
        }
        Arrays.sort(ranks);
        Cell[] before = Arrays.copyOfRange(cells, from, to);
        for (int i = 0; i < count; i++) {
            cells[from + i] = before[(int) ranks[i] & ((1 << PLACE_BITS) - 1)];
        }
        int alike = 0;
        for (int i = 1; i <= count; i++) {
            if (i == count || ranks[i] >>> PLACE_BITS != ranks[alike] >>> PLACE_BITS) {
                if (i - alike < FEW || i - alike == count) {
                    Arrays.sort(cells, from + alike, from + i, CellMap::compare);
                } else {
                    sort(cells, from + alike, from + i);
                }
                alike = i;
            }
        }
    }

    private static void rank(Cell[] cells, int from, int to) {
        byte[] first = cells[from].key;
        int shared = first.length;
        for (int i = from; i < to; i++) {
            byte[] key = cells[i].key;
            int differ = Arrays.mismatch(first, 0, shared, key, 0, Math.min(shared, key.length));
            shared = differ < 0 ? shared : differ;
        }
        for (int i = from; i < to; i++) {
            byte[] key = cells[i].key;
            if (shared + Long.BYTES <= key.length) {
                cells[i].rank = (long) BIG_LONGS.get(key, shared);
                continue;
            }
            long rank = 0;
            for (int at = shared; at < shared + Long.BYTES; at++) {
                rank = rank << Byte.SIZE | (at < key.length ? key[at] & 0xff : 0);
            }
            cells[i].rank = rank;
        }
    }

    /** Eight bytes at a time, each time multiplied by what nobody else knows. */
    private static int hash(byte[] key) {
        long hash = key.length * FACTOR;
        int at = 0;
        for (; at + Long.BYTES <= key.length; at += Long.BYTES) {
            hash = mixed(hash ^ (long) LONGS.get(key, at));
        }
        long rest = 0;
        for (; at < key.length; at++) {
            rest = rest << 8 | (key[at] & 0xff);
        }
        return (int) (mixed(hash ^ rest) >>> (Integer.SIZE / 2));
    }

    private static long mixed(long hash) {
        long product = hash * FACTOR;
        return product ^ product >>> Integer.SIZE;
    }
}
