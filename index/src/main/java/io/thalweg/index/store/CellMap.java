package io.thalweg.index.store;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.NavigableMap;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Cells by their keys. Nearly all are asked for one by one, so they lie in a hash table; their order is made when somebody first asks for it, and kept from then
 * on. Nobody outside can know which keys fall together, since the hash begins anywhere; nothing that comes out depends on it.
 *
 * <p>One thread writes; while none does any number may read, also in order.
 */
final class CellMap {
    private static final int FIRST_PLACES = 16;
    private static final long FACTOR = new SplittableRandom().nextLong() | 1;
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    /** A cell. Its value is null where it is known to have none. */
    static final class Cell {
        private final byte[] key;
        private final int hash;
        private byte @Nullable [] value;

        /** Eight bytes of the key, where keys begin to differ: most others it is compared with differ in them. */
        private long rank;

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
        NavigableMap<byte[], Cell> all = ordered;
        if (all != null) {
            all.put(key, cell);
        }
        return cell;
    }

    private void grow() {
        @Nullable Cell[] before = places;
        places = new Cell[2 * before.length];
        for (Cell cell : before) {
            if (cell != null) {
                place(cell);
            }
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
            for (Cell cell : places) {
                if (cell != null) {
                    made.put(cell.key, cell);
                }
            }
            ordered = made;
            return made;
        }
        return all;
    }

    /** All, ascending by their keys. */
    Cell[] ascending() {
        Cell[] all = new Cell[size];
        int count = 0;
        for (Cell cell : places) {
            if (cell != null) {
                all[count++] = cell;
            }
        }
        rank(all);
        Arrays.sort(all, (a, b) -> {
            int order = Long.compareUnsigned(a.rank, b.rank);
            return order != 0 ? order : Arrays.compareUnsigned(a.key, b.key);
        });
        return all;
    }

    private static void rank(Cell[] cells) {
        int shared = cells.length == 0 ? 0 : cells[0].key.length;
        for (Cell cell : cells) {
            int differ = Arrays.mismatch(cells[0].key, 0, shared, cell.key, 0, Math.min(shared, cell.key.length));
            shared = differ < 0 ? shared : differ;
        }
        for (Cell cell : cells) {
            long rank = 0;
            for (int at = shared; at < shared + Long.BYTES; at++) {
                rank = rank << Byte.SIZE | (at < cell.key.length ? cell.key[at] & 0xff : 0);
            }
            cell.rank = rank;
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
