package io.thalweg.memo.slab;

import io.thalweg.memo.durability.HolderSets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who holds which of the memos that this slab knows, as far as it knows. Memos with the same holders hang together in a list, so that
 * what a change of their score asks for is done for all of them without looking for them. This slab is holder 0.
 */
final class Holdings {
    static final int SELF = 0;

    private final HolderSets sets = new HolderSets();
    private final Map<Integer, StoredMemo> first = new HashMap<>();

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

    private void link(StoredMemo memo) {
        StoredMemo next = first.put(memo.holders, memo);
        memo.next = next;
        memo.previous = null;
        if (next != null) {
            next.previous = memo;
        }
    }

    private void unlink(StoredMemo memo) {
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

    /** The memos with a set of holders, at most so many, the newest first. */
    List<StoredMemo> memos(int set, int most) {
        List<StoredMemo> found = new ArrayList<>();
        @Nullable StoredMemo at = first.get(set);
        while (at != null && found.size() < most) {
            found.add(at);
            at = at.next;
        }
        return found;
    }
}
