package io.thalweg.memo.slab;

import io.thalweg.memo.durability.HolderSets;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Who holds which of the memos that this slab knows, as far as it knows. Memos with the same holders hang together in a list, so that
 * what a change of their score asks for is done for all of them without looking for them. This slab is holder 0.
 */
final class Holdings {
    static final int SELF = 0;

    private final HolderSets sets = new HolderSets();
    private final Map<Integer, StoredMemo> first = new HashMap<>();

    /** For each set, how many memos ask for how many nines: few different numbers. */
    private final Map<Integer, TreeMap<Double, long[]>> targets = new HashMap<>();

    /** A memo that is new here: held by nobody yet. */
    void enter(StoredMemo memo) {
        memo.holders = HolderSets.EMPTY;
        sets.retain(HolderSets.EMPTY);
        link(memo);
    }

    void add(StoredMemo memo, int holder) {
        if (!sets.contains(memo.holders, holder)) {
            unlink(memo);
            memo.holders = sets.with(memo.holders, holder);
            link(memo);
        }
    }

    void remove(StoredMemo memo, int holder) {
        if (sets.contains(memo.holders, holder)) {
            unlink(memo);
            memo.holders = sets.without(memo.holders, holder);
            link(memo);
        }
    }

    /** What a memo that has entered is to have from now on. */
    void aim(StoredMemo memo, double nines) {
        if (memo.targetNines != nines) {
            count(memo, -1);
            memo.targetNines = nines;
            count(memo, 1);
        }
    }

    /** How many memos with a set of holders ask for more nines than these. */
    long below(int set, double nines) {
        TreeMap<Double, long[]> counts = targets.get(set);
        long below = 0;
        if (counts != null) {
            for (long[] each : counts.tailMap(nines, false).values()) {
                below += each[0];
            }
        }
        return below;
    }

    private void count(StoredMemo memo, int by) {
        TreeMap<Double, long[]> counts = targets.computeIfAbsent(memo.holders, _ -> new TreeMap<>());
        long[] count = counts.computeIfAbsent(memo.targetNines, _ -> new long[1]);
        count[0] += by;
        if (count[0] == 0) {
            counts.remove(memo.targetNines);
            if (counts.isEmpty()) {
                targets.remove(memo.holders);
            }
        }
    }

    private void link(StoredMemo memo) {
        count(memo, 1);
        StoredMemo next = first.put(memo.holders, memo);
        memo.next = next;
        memo.previous = null;
        if (next != null) {
            next.previous = memo;
        }
    }

    private void unlink(StoredMemo memo) {
        count(memo, -1);
        StoredMemo previous = memo.previous;
        StoredMemo next = memo.next;
        if (previous != null) {
            previous.next = next;
        } else if (next != null) {
            first.put(memo.holders, next);
        } else {
            first.remove(memo.holders);
        }
        if (next != null) {
            next.previous = previous;
        }
        memo.previous = null;
        memo.next = null;
    }

    boolean contains(StoredMemo memo, int holder) {
        return sets.contains(memo.holders, holder);
    }

    HolderSets sets() {
        return sets;
    }

    /** The newest of the memos with a set of holders; the others hang behind it. Null when there is none. */
    @Nullable
    StoredMemo first(int set) {
        return first.get(set);
    }
}
