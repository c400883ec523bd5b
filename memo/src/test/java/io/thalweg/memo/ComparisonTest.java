package io.thalweg.memo;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.memo.Comparison.Verdict;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Verdicts against sets of ancestors, over random graphs. */
final class ComparisonTest {
    private final Map<MemoId, List<MemoId>> graph = new HashMap<>();

    private static MemoId id(int number) {
        return MemoCodec.hash(new byte[] {(byte) number, (byte) (number >> 8)});
    }

    private MemoId add(int number, MemoId... precursors) {
        graph.put(id(number), List.of(precursors));
        return id(number);
    }

    private @Nullable List<MemoId> precursors(MemoId memo) {
        return graph.get(memo);
    }

    private Set<MemoId> known(Head head) {
        Set<MemoId> known = new HashSet<>();
        List<MemoId> open = new ArrayList<>(head.memos());
        while (!open.isEmpty()) {
            MemoId memo = open.removeLast();
            if (known.add(memo)) {
                open.addAll(graph.getOrDefault(memo, List.of()));
            }
        }
        return known;
    }

    private Head youngest(Set<MemoId> memos) {
        Set<MemoId> youngest = new TreeSet<>(memos);
        for (MemoId memo : memos) {
            for (MemoId low : graph.getOrDefault(memo, List.of())) {
                youngest.removeAll(known(Head.of(low)));
            }
        }
        return Head.of(youngest);
    }

    private Verdict expected(Head left, Head right) {
        Set<MemoId> l = known(left);
        Set<MemoId> r = known(right);
        if (l.equals(r)) {
            return new Verdict.Equal();
        }
        if (l.containsAll(r)) {
            return new Verdict.Descends();
        }
        if (r.containsAll(l)) {
            return new Verdict.Ascends();
        }
        Set<MemoId> common = new HashSet<>(l);
        common.retainAll(r);
        return common.isEmpty() ? new Verdict.Disjoint() : new Verdict.Diverged(youngest(common));
    }

    private List<MemoId> randomGraph(SplittableRandom random) {
        List<MemoId> memos = new ArrayList<>();
        int roots = 1 + random.nextInt(2);
        for (int i = 0; i < 30; i++) {
            Set<MemoId> precursors = new TreeSet<>();
            for (int j = i < roots ? 0 : 1 + random.nextInt(2); j > 0; j--) {
                precursors.add(memos.get(Math.max(0, i - 1 - random.nextInt(6))));
            }
            memos.add(add(i, youngest(precursors).memos().toArray(new MemoId[0])));
        }
        return memos;
    }

    @Test
    void verdictsAreThoseOfTheSetsOfWhatIsKnown() {
        for (long seed = 0; seed < 300; seed++) {
            graph.clear();
            var random = new SplittableRandom(seed);
            List<MemoId> memos = randomGraph(random);
            for (int i = 0; i < 20; i++) {
                Head left = randomHead(random, memos);
                Head right = randomHead(random, memos);
                assertThat(Comparison.compare(left, right, this::precursors))
                        .as("seed %d: %s to %s", seed, left, right)
                        .isEqualTo(expected(left, right));
            }
        }
    }

    private Head randomHead(SplittableRandom random, List<MemoId> memos) {
        Set<MemoId> some = new TreeSet<>();
        for (int i = random.nextInt(4); i >= 0; i--) {
            some.add(memos.get(random.nextInt(memos.size())));
        }
        return youngest(some);
    }

    @Test
    void aVerdictWithoutTheMemosThatItNeedsSaysWhichItNeeds() {
        for (long seed = 0; seed < 300; seed++) {
            graph.clear();
            var random = new SplittableRandom(seed);
            List<MemoId> memos = randomGraph(random);
            Head left = randomHead(random, memos);
            Head right = randomHead(random, memos);
            MemoId gone = memos.get(random.nextInt(memos.size()));
            Verdict verdict = Comparison.compare(left, right, memo -> memo.equals(gone) ? null : precursors(memo));
            if (verdict instanceof Verdict.Missing missing) {
                assertThat(missing.memos()).as("seed %d", seed).containsExactly(gone);
            } else if (!(verdict instanceof Verdict.Diverged)) {
                assertThat(verdict).as("seed %d: never a guess", seed).isEqualTo(expected(left, right));
            }
        }
    }

    @Test
    void aHeadOfTwoDescendsFromEachOfThem() {
        MemoId root = add(1);
        MemoId x = add(2, root);
        MemoId y = add(3, root);
        assertThat(Comparison.compare(Head.of(List.of(x, y)), Head.of(x), this::precursors))
                .isEqualTo(new Verdict.Descends());
        assertThat(Comparison.compare(Head.of(x), Head.of(List.of(x, y)), this::precursors))
                .isEqualTo(new Verdict.Ascends());
        assertThat(Comparison.compare(Head.of(x), Head.of(y), this::precursors))
                .isEqualTo(new Verdict.Diverged(Head.of(root)));
        assertThat(Comparison.compare(Head.EMPTY, Head.of(y), this::precursors)).isEqualTo(new Verdict.Ascends());
    }

    @Test
    void overBudgetIsSaidAndNotGuessed() {
        MemoId at = add(0);
        MemoId root = at;
        for (int i = 1; i < 1000; i++) {
            at = add(i, at);
        }
        assertThat(Comparison.compare(Head.of(at), Head.of(root), this::precursors, 100))
                .isEqualTo(new Verdict.OverBudget(100));
        assertThat(Comparison.compare(Head.of(at), Head.of(root), this::precursors, 2000))
                .isEqualTo(new Verdict.Descends());
    }
}
