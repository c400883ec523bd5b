package io.thalweg.testkit.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.testkit.history.LedgerModel.Answer;
import io.thalweg.testkit.history.LedgerModel.Transfer;
import io.thalweg.testkit.history.Violation.Rule;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Seeded histories of a ledger that is right, and then wrong in one way. */
final class SerialHistoryTest {
    private static final int SEEDS = 100;
    private static final int TRANSFERS = 100;

    private static LedgerModel model() {
        return new LedgerModel(account -> account > 1);
    }

    /** @param wrong which answer is another than the model's; -1 for none */
    private static SerialHistory<Transfer, Answer> history(long seed, int wrong) {
        SplittableRandom random = new SplittableRandom(seed);
        LedgerModel ledger = model();
        SerialHistory<Transfer, Answer> history = new SerialHistory<>();
        for (int i = 0; i < TRANSFERS; i++) {
            long id = random.nextInt(5) == 0 ? 1 + random.nextInt(i + 1) : i + 1;
            Transfer transfer = new Transfer(id, 1 + random.nextInt(4), 1 + random.nextInt(4), random.nextInt(20));
            long timestamp = 1000 + 10L * i;
            var request = history.begin("c" + random.nextInt(3), transfer, timestamp - random.nextInt(30));
            Answer answer = ledger.answer(transfer, timestamp);
            if (i == wrong) {
                request.answered(answer == Answer.CREATED ? Answer.EXISTS : Answer.CREATED, timestamp, timestamp + 1);
            } else if (random.nextInt(10) == 0) {
                request.foundDone(timestamp);
            } else {
                request.answered(answer, timestamp, timestamp + random.nextInt(30));
            }
        }
        return history;
    }

    private static List<Rule> rules(SerialHistory<Transfer, Answer> history) {
        return history.check(model()).stream().map(Violation::rule).distinct().toList();
    }

    @Test
    void aCleanHistoryPasses() {
        for (long seed = 1; seed <= SEEDS; seed++) {
            SerialHistory<Transfer, Answer> history = history(seed, -1);
            assertThat(rules(history)).as("seed %d", seed).isEmpty();
            assertThat(history.done()).isEqualTo(TRANSFERS);
        }
    }

    @Test
    void aWrongAnswerIsFoundWhereverItIs() {
        for (long seed = 1; seed <= SEEDS; seed++) {
            assertThat(rules(history(seed, (int) seed % TRANSFERS)))
                    .as("seed %d", seed)
                    .contains(Rule.WRONG_ANSWER);
        }
    }

    @Test
    void anOrderAgainstRealTimeIsFound() {
        SerialHistory<Transfer, Answer> history = history(1, -1);
        history.begin("late", new Transfer(5000, 1, 2, 1), 100_000).answered(Answer.CREATED, 999, 100_001);
        assertThat(rules(history)).contains(Rule.REORDERED);
    }

    @Test
    void twoInOnePlaceAreFound() {
        SerialHistory<Transfer, Answer> history = history(1, -1);
        history.begin("twin", new Transfer(5000, 1, 2, 1), 1000).answered(Answer.CREATED, 1500, 2000);
        assertThat(rules(history)).contains(Rule.DOUBLED);
    }

    @Test
    void whatNobodyAnsweredAndNobodyFoundWasNeverDone() {
        SerialHistory<Transfer, Answer> history = new SerialHistory<>();
        var _ = history.begin("a", new Transfer(1, 1, 2, 5), 1);
        history.begin("a", new Transfer(2, 2, 1, 5), 2).answered(Answer.EXCEEDS_CREDITS, 10, 11);
        assertThat(rules(history)).isEmpty();
    }
}
