package io.thalweg.directory.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.directory.command.UsageTally.Next;
import io.thalweg.directory.command.UsageTally.Report;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Which report goes next; {@code UsageInGroupTest} has what comes of that. */
final class UsageTallyTest {
    private long sessions;
    private final UsageTally tally = new UsageTally(() -> new UUID(0, ++sessions));

    private Report next() {
        return tally.next().orElseThrow();
    }

    private Next failed(ErrorCode code) {
        return tally.failed(new ThalwegException(code, "in a test"));
    }

    @Test
    void whatMayHaveBeenTakenGoesAgainAsItWasBeforeAllElse() {
        tally.dataOut(5);
        Report first = next();
        tally.dataOut(7);
        assertThat(failed(ErrorCode.UNAVAILABLE)).isEqualTo(Next.AGAIN);
        assertThat(next()).isEqualTo(first);
        tally.taken();
        assertThat(next().number()).isEqualTo(first.number() + 1);
        assertThat(next().session()).isEqualTo(first.session());
        assertThat(next().usage().dataOutBytes()).isEqualTo(7);
        tally.taken();
        assertThat(tally.next()).isEmpty();
    }

    @Test
    void whatWasNotTakenGoesWithTheNextWhenItsSessionIsForgotten() {
        tally.dataOut(5);
        Report first = next();
        assertThat(failed(ErrorCode.NOT_LEADER)).isEqualTo(Next.AGAIN);
        assertThat(next()).isEqualTo(first);
        tally.dataOut(7);
        assertThat(failed(ErrorCode.SESSION_EVICTED)).isEqualTo(Next.ANEW);
        assertThat(next().session()).isNotEqualTo(first.session());
        assertThat(next().number()).isEqualTo(1);
        assertThat(next().usage().dataOutBytes()).isEqualTo(12);
    }

    /** Whoever sent it may also have been interrupted, and have heard nothing at all. */
    @Test
    void whatNobodyWillEverKnowOfDoesNotGoAgain() {
        tally.dataOut(5);
        Report first = next();
        tally.dataOut(7);
        assertThat(next()).isEqualTo(first);
        assertThat(failed(ErrorCode.SESSION_EVICTED)).isEqualTo(Next.GIVEN_UP);
        assertThat(next().usage().dataOutBytes()).isEqualTo(7);
    }
}
