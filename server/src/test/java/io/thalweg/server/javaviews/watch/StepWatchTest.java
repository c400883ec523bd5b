package io.thalweg.server.javaviews.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.javaviews.watch.StepWatch.Verdict;
import io.thalweg.view.java.local.MemoryStreams;
import io.thalweg.view.java.run.StepListener;
import io.thalweg.view.java.run.Streams;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;

class StepWatchTest {
    private static final long PATIENCE_NS = 100;
    private static final long LONG_NS = 10_000;

    private long nowNs = 1;
    private boolean stopped;
    private boolean gone;
    private final StepWatch watch = new StepWatch(() -> stopped, () -> nowNs);
    private final StepListener listener = watch.listener(StepListener.NONE, () -> {});

    /** A disk that is slow. */
    private final Streams streams = watch.streams(new Streams.Through(new MemoryStreams(InstantSource.system())) {
        @Override
        public List<Event> read(String stream, long after, int max) {
            assertThat(verdictAfter(LONG_NS)).as("while it reads").isEqualTo(Verdict.LET);
            if (gone) {
                throw new ThalwegException(ErrorCode.SEQUENCE_GONE, "it was let go of");
            }
            return super.read(stream, after, max);
        }

        @Override
        public Pending begin(String conditional, long expected, List<Append> appends) {
            return new Pending() {
                @Override
                public boolean isKnown(long ms) {
                    assertThat(ms == 0 ? Verdict.LET : verdictAfter(LONG_NS))
                            .as("while it looks")
                            .isEqualTo(Verdict.LET);
                    return false;
                }

                @Override
                public boolean appended() {
                    assertThat(verdictAfter(LONG_NS)).as("while it waits").isEqualTo(Verdict.LET);
                    throw new IllegalStateException("nobody knows");
                }
            };
        }
    });

    private Verdict verdictAfter(long ns) {
        nowNs += ns;
        return watch.look(PATIENCE_NS);
    }

    @Test
    void whatReadingTakesIsNobodysFaultAndTheCodeBehindItIsWatched() {
        watch.makes();
        assertThat(verdictAfter(60)).isEqualTo(Verdict.LET);
        assertThat(streams.read("in/0", 0, 1)).isEmpty();
        assertThat(verdictAfter(40)).isEqualTo(Verdict.LET);
        assertThat(verdictAfter(1)).as("both together").isEqualTo(Verdict.ASK);
        watch.made();
        assertThat(verdictAfter(LONG_NS)).isEqualTo(Verdict.LET);
    }

    @Test
    void aStepOnWhoseEventsAreGoneIsWatchedOn() {
        gone = true;
        watch.makes();
        assertThatThrownBy(() -> streams.read("in/0", 0, 1)).hasMessageContaining("let go of");
        assertThat(verdictAfter(PATIENCE_NS)).isEqualTo(Verdict.LET);
        assertThat(verdictAfter(1)).isEqualTo(Verdict.ASK);
    }

    @Test
    void codeThatHasWaitedForTheStepBeforeIsWatchedOnWhateverBecameOfThat() {
        watch.makes();
        Streams.Pending before = streams.begin("@changes/0", 0, List.of());
        watch.made();
        watch.makes();
        assertThat(before.isKnown(0)).isFalse();
        assertThat(verdictAfter(PATIENCE_NS)).isEqualTo(Verdict.LET);
        assertThat(before.isKnown(1)).isFalse();
        assertThat(verdictAfter(PATIENCE_NS)).as("it goes on").isEqualTo(Verdict.LET);
        assertThatThrownBy(before::appended).hasMessage("nobody knows");
        listener.settled();
        assertThat(verdictAfter(PATIENCE_NS)).isEqualTo(Verdict.LET);
        assertThat(verdictAfter(1)).isEqualTo(Verdict.ASK);
    }

    @Test
    void aThreadThatWasGivenUpIsTurnedAway() {
        Streams.Pending before = streams.begin("@changes/0", 0, List.of());
        stopped = true;
        assertThatThrownBy(() -> streams.read("in/0", 0, 1)).hasMessageContaining("runs here no more");
        assertThatThrownBy(() -> streams.begin("@changes/0", 0, List.of())).hasMessageContaining("runs here no more");
        assertThatThrownBy(before::appended).hasMessageContaining("runs here no more");
        assertThatThrownBy(() -> streams.send("p", 1, List.of())).hasMessageContaining("runs here no more");
    }
}
