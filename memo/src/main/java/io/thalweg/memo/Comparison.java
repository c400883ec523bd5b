package io.thalweg.memo;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * How two heads lie to each other, by walking back from both at once until the walks have met or ended. Everything that either head
 * knows is coloured with who reached it; a memo that both reached is common, and so is all that it follows.
 *
 * <p>The verdict is about knowledge: a head stands for its memos and all that they follow. {@code descends(A, B)} is "for all b in B
 * there is an a in A with b = a or b before a", not "for all a and b". When the lineage ends in memos that are not here, or the
 * budget of memos looked at is used up, the verdict says exactly that, and never guesses.
 */
public final class Comparison {
    /** What two heads are to each other. */
    public sealed interface Verdict {
        /** The same knowledge. */
        record Equal() implements Verdict {}

        /** The first knows all that the second knows, and more. */
        record Descends() implements Verdict {}

        /** The second knows all that the first knows, and more. */
        record Ascends() implements Verdict {}

        /** Each knows something that the other does not; {@code meet} are the youngest memos that both know. */
        record Diverged(Head meet) implements Verdict {}

        /** They have nothing in common. */
        record Disjoint() implements Verdict {}

        /** More memos lie between them than the budget allowed to look at. */
        record OverBudget(int budget) implements Verdict {}

        /** These memos would have to be known to tell. */
        record Missing(Set<MemoId> memos) implements Verdict {}
    }

    /** Memos looked at before giving up, unless said otherwise. */
    public static final int BUDGET = 100_000;

    private static final int LEFT = 1;
    private static final int RIGHT = 2;
    private static final int BOTH = LEFT | RIGHT;

    private final Lineage lineage;
    private final int budget;
    private final Map<MemoId, Integer> colours = new HashMap<>();
    private final LinkedHashSet<MemoId> open = new LinkedHashSet<>();
    private final Set<MemoId> missing = new TreeSet<>();
    /** How many of the open ones are not common. */
    private int unshared;

    private int looked;

    private Comparison(Lineage lineage, int budget) {
        this.lineage = lineage;
        this.budget = budget;
    }

    public static Verdict compare(Head left, Head right, Lineage lineage) {
        return compare(left, right, lineage, BUDGET);
    }

    /** @param budget how many memos may be looked at, above 0 */
    public static Verdict compare(Head left, Head right, Lineage lineage, int budget) {
        return new Comparison(lineage, budget).verdict(left, right);
    }

    private Verdict verdict(Head left, Head right) {
        if (left.equals(right)) {
            return new Verdict.Equal();
        }
        left.memos().forEach(memo -> colour(memo, LEFT));
        right.memos().forEach(memo -> colour(memo, RIGHT));
        // Once all that is still to be looked at is common, nothing below it can change the verdict.
        while (unshared > 0) {
            if (++looked > budget) {
                return new Verdict.OverBudget(budget);
            }
            step();
        }
        // Of two antichains, one that is wholly below the other is below it for good, whatever is missing.
        if (right.memos().stream().allMatch(this::isCommon)) {
            return new Verdict.Descends();
        }
        if (left.memos().stream().allMatch(this::isCommon)) {
            return new Verdict.Ascends();
        }
        missing.removeIf(this::isCommon);
        if (!missing.isEmpty()) {
            return new Verdict.Missing(missing);
        }
        Set<MemoId> meet = new TreeSet<>(colours.keySet());
        meet.removeIf(memo -> !isCommon(memo));
        if (meet.isEmpty()) {
            return new Verdict.Disjoint();
        }
        return removeFollowed(meet) ? new Verdict.Diverged(Head.of(meet)) : new Verdict.OverBudget(budget);
    }

    private void step() {
        MemoId memo = open.removeFirst();
        int colour = colours.getOrDefault(memo, 0);
        unshared -= colour == BOTH ? 0 : 1;
        List<MemoId> precursors = lineage.precursors(memo);
        if (precursors == null) {
            missing.add(memo);
        } else {
            precursors.forEach(precursor -> colour(precursor, colour));
        }
    }

    private void colour(MemoId memo, int colour) {
        int before = colours.getOrDefault(memo, 0);
        int after = before | colour;
        if (after == before) {
            return;
        }
        colours.put(memo, after);
        if (open.add(memo)) {
            unshared += after == BOTH ? 0 : 1;
        } else if (after == BOTH) {
            unshared--;
        }
    }

    private boolean isCommon(MemoId memo) {
        return colours.getOrDefault(memo, 0) == BOTH;
    }

    /** Leaves the youngest of some memos, by walking back from them until one is left or the lineage ends; false over budget. */
    private boolean removeFollowed(Set<MemoId> memos) {
        Set<MemoId> seen = new HashSet<>();
        Deque<MemoId> walk = new ArrayDeque<>(memos);
        while (memos.size() > 1 && !walk.isEmpty()) {
            if (++looked > budget) {
                return false;
            }
            List<MemoId> precursors = lineage.precursors(walk.remove());
            for (MemoId precursor : precursors == null ? List.<MemoId>of() : precursors) {
                memos.remove(precursor);
                if (seen.add(precursor)) {
                    walk.add(precursor);
                }
            }
        }
        return true;
    }
}
