package io.thalweg.server.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What is said of a write whose reply does not come: unknown, and nothing that sounds like no. */
class AwaitTest {
    private static final Duration SHORT = Duration.ofMillis(20);

    private static ErrorCode refusal(CompletableFuture<String> future) {
        return catchThrowableOfType(ThalwegException.class, () -> Await.outcome(future, SHORT))
                .code();
    }

    @Test
    void aWriteWithoutAClearAnswerIsUnknown() {
        assertThat(refusal(new CompletableFuture<>())).isEqualTo(ErrorCode.OUTCOME_UNKNOWN);
        assertThat(refusal(CompletableFuture.failedFuture(
                        new ThalwegException(ErrorCode.UNAVAILABLE, "the consensus went away"))))
                .isEqualTo(ErrorCode.OUTCOME_UNKNOWN);
        assertThat(refusal(CompletableFuture.failedFuture(new IllegalStateException("a bug"))))
                .isEqualTo(ErrorCode.OUTCOME_UNKNOWN);
        Thread.currentThread().interrupt();
        assertThat(refusal(new CompletableFuture<>())).isEqualTo(ErrorCode.OUTCOME_UNKNOWN);
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void aRefusalIsWhatItIsAndAnAnswerIsAnAnswer() {
        assertThat(refusal(CompletableFuture.failedFuture(new ThalwegException(ErrorCode.OVERLOADED, "full"))))
                .isEqualTo(ErrorCode.OVERLOADED);
        assertThat(Await.outcome(CompletableFuture.completedFuture("booked"), SHORT))
                .isEqualTo("booked");
    }

    @Test
    void aReadThatTakesTooLongHasChangedNothing() {
        assertThat(catchThrowableOfType(ThalwegException.class, () -> Await.read(new CompletableFuture<>(), SHORT))
                        .code())
                .isEqualTo(ErrorCode.DEADLINE_EXCEEDED);
    }
}
