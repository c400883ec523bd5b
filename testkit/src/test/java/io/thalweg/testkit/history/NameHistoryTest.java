package io.thalweg.testkit.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.testkit.history.Violation.Rule;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class NameHistoryTest {
    private final NameHistory history = new NameHistory();

    private void made(String name, String id, long fromNs, long toNs) {
        history.make(name, fromNs).made(id, toNs);
    }

    private void deleted(String id, long fromNs, long toNs) {
        history.delete(id, fromNs).deleted(toNs);
    }

    private void requireOnly(Rule rule, Map<String, String> now) {
        assertThat(history.check(now)).extracting(Violation::rule).containsExactly(rule);
    }

    @Test
    void whatIsMadeSeenDeletedAndMadeAgainIsRight() {
        history.looked("a", null, 1, 2, true);
        made("a", "1", 3, 5);
        history.looked("a", null, 2, 4, true);
        history.looked("a", "1", 4, 4, true);
        history.make("a", 6).taken(7);
        history.looked("a", "1", 6, 7, true);
        deleted("1", 10, 12);
        history.looked("a", "1", 11, 11, true);
        history.looked("a", null, 11, 11, true);
        history.looked("a", null, 13, 14, true);
        made("a", "2", 13, 20);
        history.looked("a", "1", 21, 22, false); // by somebody who lags
        assertThat(history.check(Map.of("a", "2"))).isEmpty();
        assertThat(history.answers()).isEqualTo(12);
    }

    @Test
    void whatIsOpenMayHaveBeenDoneOrNot() {
        var _ = history.make("a", 1);
        history.make("a", 2).taken(3);
        history.looked("a", "7", 4, 5, true);
        var _ = history.delete("7", 6);
        history.looked("a", "7", 8, 9, true);
        history.looked("a", null, 8, 9, true);
        made("a", "8", 10, 11);
        var _ = history.make("b", 1);
        assertThat(history.check(Map.of("a", "8"))).isEmpty();
        assertThat(history.check(Map.of("a", "8", "b", "9"))).isEmpty();
    }

    @Test
    void whatWasMadeAndIsNotThereInTheEndIsFound() {
        made("a", "1", 1, 2);
        requireOnly(Rule.LOST, Map.of());
    }

    @Test
    void twoUnderOneNameAreFound() {
        made("a", "1", 1, 2);
        made("a", "2", 3, 4);
        deleted("1", 5, 6);
        requireOnly(Rule.DOUBLED, Map.of("a", "2"));
    }

    @Test
    void oneThatIsMadeTwiceIsFound() {
        made("a", "1", 1, 2);
        deleted("1", 3, 4);
        made("a", "1", 5, 6);
        assertThat(history.check(Map.of())).extracting(Violation::rule).contains(Rule.DOUBLED);
    }

    @Test
    void whatNobodyAskedForIsFound() {
        history.looked("a", "1", 1, 2, false);
        requireOnly(Rule.INVENTED, Map.of());
    }

    @Test
    void moreThanWasAskedForIsFound() {
        var _ = history.make("a", 1);
        history.looked("a", "1", 2, 3, false);
        history.looked("a", "2", 4, 5, false);
        requireOnly(Rule.INVENTED, Map.of("a", "1"));
    }

    @Test
    void whatIsSeenUnderAnotherNameOrBeforeItWasAskedForIsFound() {
        made("a", "1", 5, 6);
        history.looked("b", "1", 7, 8, false);
        history.looked("a", "1", 1, 2, false);
        assertThat(history.check(Map.of("a", "1")))
                .extracting(Violation::rule)
                .containsExactly(Rule.INVENTED, Rule.INVENTED);
    }

    @Test
    void aNameThatIsSaidToBeTakenAndIsFreeIsFound() {
        made("a", "1", 1, 2);
        deleted("1", 3, 4);
        history.make("a", 5).taken(6);
        requireOnly(Rule.WRONG_ANSWER, Map.of());
    }

    @Test
    void whatWasDeletedAndIsSeenAfterwardsIsFound() {
        made("a", "1", 1, 2);
        deleted("1", 3, 4);
        history.looked("a", "1", 5, 6, true);
        requireOnly(Rule.STALE, Map.of());
    }

    @Test
    void whatWasDeletedAndIsThereInTheEndIsFound() {
        made("a", "1", 1, 2);
        deleted("1", 3, 4);
        requireOnly(Rule.STALE, Map.of("a", "1"));
    }

    @Test
    void whatIsThereAndNotSeenIsFound() {
        made("a", "1", 1, 2);
        history.looked("a", null, 3, 4, true);
        deleted("1", 5, 6);
        requireOnly(Rule.STALE, Map.of());
    }

    /** Each is done at a moment between its beginning and its end, in an order that fits; some are never answered. */
    @Test
    void whatARightDirectoryAnswersHasNoViolation() {
        for (int seed = 0; seed < 50; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            NameHistory right = new NameHistory();
            Map<String, String> directory = new HashMap<>();
            for (int i = 1; i <= 400; i++) {
                long at = 100L * i;
                long from = at - random.nextLong(300);
                long to = at + random.nextLong(300);
                boolean answered = random.nextInt(8) > 0;
                String name = List.of("a", "b", "c").get(random.nextInt(3));
                String there = directory.get(name);
                switch (random.nextInt(3)) {
                    case 0 -> {
                        NameHistory.Making making = right.make(name, from);
                        if (there == null) {
                            directory.put(name, "id-" + i);
                        }
                        if (answered && there == null) {
                            making.made("id-" + i, to);
                        } else if (answered) {
                            making.taken(to);
                        }
                    }
                    case 1 -> {
                        if (there != null) {
                            NameHistory.Deleting deleting = right.delete(there, from);
                            directory.remove(name);
                            if (answered) {
                                deleting.deleted(to);
                            }
                        }
                    }
                    default -> right.looked(name, there, from, to, true);
                }
            }
            assertThat(right.check(directory)).as("seed %s", seed).isEmpty();
        }
    }
}
