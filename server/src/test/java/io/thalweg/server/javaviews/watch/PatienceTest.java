package io.thalweg.server.javaviews.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.server.javaviews.watch.StepWatch.Verdict;
import org.junit.jupiter.api.Test;

class PatienceTest {
    private static final long LONG = 100;

    private final Patience patience = new Patience();

    @Test
    void whatDoesNotStopThoughItIsAskedIsGivenUp() {
        assertThat(patience.look(0, 1_000, LONG)).isEqualTo(Verdict.LET);
        assertThat(patience.look(1_000, 1_100, LONG)).isEqualTo(Verdict.LET);
        assertThat(patience.look(1_000, 1_101, LONG)).isEqualTo(Verdict.ASK);
        assertThat(patience.look(1_000, 1_201, LONG)).isEqualTo(Verdict.ASK);
        assertThat(patience.look(1_000, 1_202, LONG)).isEqualTo(Verdict.GIVE_UP);
    }

    @Test
    void aProcessThatSleptGivesUpNothingThatWasNotAsked() {
        assertThat(patience.look(1_000, 1_050, LONG)).isEqualTo(Verdict.LET);
        assertThat(patience.look(1_000, 90_000, LONG)).isEqualTo(Verdict.ASK);
        assertThat(patience.look(1_000, 90_100, LONG)).isEqualTo(Verdict.ASK);
        assertThat(patience.look(90_110, 90_120, LONG)).as("it has gone on").isEqualTo(Verdict.LET);
        assertThat(patience.look(90_110, 99_000, LONG)).as("and slept again").isEqualTo(Verdict.ASK);
        assertThat(patience.look(90_110, 99_101, LONG)).isEqualTo(Verdict.GIVE_UP);
    }
}
