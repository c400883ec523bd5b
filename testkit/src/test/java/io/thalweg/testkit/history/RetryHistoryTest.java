package io.thalweg.testkit.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.testkit.history.RetryHistory.Numbered;
import io.thalweg.testkit.history.Violation.Rule;
import org.junit.jupiter.api.Test;

final class RetryHistoryTest {
    private final RetryHistory history = new RetryHistory();

    @Test
    void aRepeatThatGetsTheFirstAnswerIsRight() {
        history.answered(new Numbered("session", 1), "done", 5);
        history.answered(new Numbered("session", 2), "done", 6);
        history.answered(new Numbered("session", 1), "done", 5);
        history.answered(new Numbered("session", 3), "refused", -1);
        history.answered(new Numbered("other", 3), "refused", -1);
        assertThat(history.check()).isEmpty();
        assertThat(history.answers()).isEqualTo(5);
    }

    @Test
    void aRepeatThatIsDoneAgainOrAnsweredOtherwiseIsFound() {
        history.answered(new Numbered("producer", 1), "done", 5);
        history.answered(new Numbered("producer", 1), "done", 8);
        assertThat(history.check()).extracting(Violation::rule).containsExactly(Rule.OTHER_ANSWER);
    }

    @Test
    void twoRequestsThatAreToldOnePlaceAreFound() {
        history.answered(new Numbered("producer", 1), "done", 5);
        history.answered(new Numbered("producer", 2), "done", 5);
        assertThat(history.check()).extracting(Violation::rule).containsExactly(Rule.DOUBLED);
    }
}
