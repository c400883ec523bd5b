package io.thalweg.memo.durability;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/**
 * Scores by sets of holders instead of by memo. Memos lie where the ones before them lie, so that ten million resident memos have a
 * few hundred different sets of holders; each set has a small number, memos carry that number, and when a slab falls silent only
 * the sets with that slab are computed again.
 *
 * <p>A set lives as long as memos refer to it ({@link #retain}, {@link #release}); its number is then given to another. The set
 * without holders is number 0 and always there. Holders are numbers below {@link #HOLDERS_MAX} that the caller gives to slabs. Not
 * thread-safe.
 */
public final class HolderSets {
    /** Numbers of holders are below it. */
    public static final int HOLDERS_MAX = 1 << 20;

    /** The set without holders. */
    public static final int EMPTY = 0;

    private record Members(int[] holders) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Members that && Arrays.equals(holders, that.holders);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(holders);
        }

        @Override
        public String toString() {
            return Arrays.toString(holders);
        }
    }

    private static final class Entry {
        Members members;
        long memos;
        Loss loss = Loss.CERTAIN;
        boolean stale = true;

        Entry(Members members) {
            this.members = members;
        }
    }

    private final Map<Members, Integer> numbers = new HashMap<>();
    private final List<Entry> entries = new ArrayList<>();
    private final List<Integer> free = new ArrayList<>();
    private long scored;

    public HolderSets() {
        number(new Members(new int[0]));
        entries.getFirst().memos = 1;
    }

    /** One more memo has this set of holders. */
    public void retain(int set) {
        Entry entry = entries.get(set);
        if (!Integer.valueOf(set).equals(numbers.get(entry.members))) {
            throw new IllegalStateException("set " + set + " is retained after its last memo left it");
        }
        entry.memos++;
    }

    /** One memo less has this set of holders. */
    public void release(int set) {
        Entry entry = entries.get(set);
        if (entry.memos <= 0) {
            throw new IllegalStateException("set " + set + " is released more often than it was retained");
        }
        if (--entry.memos == 0) {
            numbers.remove(entry.members);
            free.add(set);
        }
    }

    /** The set with one holder more, for a memo that moves there: retained, and {@code set} released. */
    public int with(int set, int holder) {
        int[] members = entries.get(set).members.holders;
        int at = Arrays.binarySearch(members, holder);
        return at >= 0 ? set : move(set, insert(members, -at - 1, holder));
    }

    /** The set with one holder less, likewise. */
    public int without(int set, int holder) {
        int[] members = entries.get(set).members.holders;
        int at = Arrays.binarySearch(members, holder);
        if (at < 0) {
            return set;
        }
        int[] fewer = new int[members.length - 1];
        System.arraycopy(members, 0, fewer, 0, at);
        System.arraycopy(members, at + 1, fewer, at, fewer.length - at);
        return move(set, fewer);
    }

    private static int[] insert(int[] members, int at, int holder) {
        if (holder < 0 || holder >= HOLDERS_MAX) {
            throw new IllegalArgumentException("holder " + holder + " is not below " + HOLDERS_MAX);
        }
        int[] more = new int[members.length + 1];
        System.arraycopy(members, 0, more, 0, at);
        more[at] = holder;
        System.arraycopy(members, at, more, at + 1, members.length - at);
        return more;
    }

    private int move(int from, int[] to) {
        int number = number(new Members(to));
        retain(number);
        release(from);
        return number;
    }

    private int number(Members members) {
        Integer known = numbers.get(members);
        if (known != null) {
            return known;
        }
        int number = free.isEmpty() ? entries.size() : free.removeLast();
        Entry entry = new Entry(members);
        if (number == entries.size()) {
            entries.add(entry);
        } else {
            entries.set(number, entry);
        }
        numbers.put(members, number);
        return number;
    }

    public boolean contains(int set, int holder) {
        return Arrays.binarySearch(entries.get(set).members.holders, holder) >= 0;
    }

    /** The holders of a set in ascending order; the caller may keep the array. */
    public int[] holders(int set) {
        return entries.get(set).members.holders.clone();
    }

    /** How many memos have this set. */
    public long memos(int set) {
        return entries.get(set).memos;
    }

    /** All sets that memos have, in ascending order. */
    public int[] sets() {
        int[] found = new int[numbers.size()];
        int count = 0;
        for (int number = 0; number < entries.size(); number++) {
            if (entries.get(number).memos > 0) {
                found[count++] = number;
            }
        }
        return Arrays.copyOf(found, count);
    }

    /** What is known about a slab changed: the sets with it are computed again when next asked for. */
    public void changed(int holder) {
        for (int number = 0; number < entries.size(); number++) {
            Entry entry = entries.get(number);
            if (entry.memos > 0 && !entry.stale && Arrays.binarySearch(entry.members.holders, holder) >= 0) {
                entry.stale = true;
            }
        }
    }

    /** Time passed for everybody. */
    public void changedAll() {
        entries.forEach(entry -> entry.stale = true);
    }

    /** The loss of a memo with this set of holders; {@code holder} says what is known of each now. */
    public Loss loss(int set, DurabilityScore score, Partitions partitions, IntFunction<Holder> holder) {
        Entry entry = entries.get(set);
        if (entry.stale) {
            entry.loss = score.loss(
                    Arrays.stream(entry.members.holders).mapToObj(holder).toList(), partitions);
            entry.stale = false;
            scored++;
        }
        return entry.loss;
    }

    /** How often a score was computed since the start. */
    public long scored() {
        return scored;
    }
}
