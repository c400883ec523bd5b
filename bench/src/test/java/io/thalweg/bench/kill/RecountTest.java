package io.thalweg.bench.kill;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** A judge that finds nothing is only worth something when it is seen to find each thing that can be wrong. */
final class RecountTest {
    private static final int SINGLE = 0;
    private static final int BATCHES = 1;
    private final Recount recount = new Recount(1, 3);

    private void log(long sequence, int writer, long number) {
        recount.event(Mark.of(writer, number).payload(), sequence);
    }

    @Test
    void aLogThatHasWhatItsWritersWereToldIsFine() {
        log(1, SINGLE, 1);
        log(2, BATCHES, 1);
        log(3, BATCHES, 2);
        log(4, BATCHES, 3);
        log(5, SINGLE, 2);
        recount.acknowledged(SINGLE, 1, 1);
        recount.acknowledged(BATCHES, 3, 4);
        assertThat(recount.problems()).isEmpty();
        assertThat(recount.head()).isEqualTo(5);
        int sum = Mark.of(0, 1).inc() + Mark.of(0, 2).inc();
        assertThat(recount.sum())
                .isEqualTo(sum
                        + Mark.of(1, 1).inc()
                        + Mark.of(1, 2).inc()
                        + Mark.of(1, 3).inc());
    }

    @Test
    void aLostEventIsFound() {
        log(1, SINGLE, 1);
        recount.acknowledged(SINGLE, 2, 2);
        assertThat(recount.problems())
                .singleElement()
                .asString()
                .contains("LOST")
                .contains("event 2");
    }

    @Test
    void anEventAtAnotherPlaceThanToldIsFound() {
        log(1, SINGLE, 1);
        log(2, SINGLE, 2);
        recount.acknowledged(SINGLE, 2, 1);
        assertThat(recount.problems()).singleElement().asString().contains("acknowledged as 1, is at 2");
    }

    @Test
    void anEventThatIsThereTwiceIsFound() {
        log(1, SINGLE, 1);
        log(2, SINGLE, 1);
        assertThat(recount.problems()).singleElement().asString().contains("twice");
    }

    @Test
    void aGapAndAWrongOrderAreFound() {
        log(1, SINGLE, 2);
        log(3, SINGLE, 1);
        assertThat(recount.problems())
                .hasSize(2)
                .anyMatch(text -> text.contains("3 follows 1"))
                .anyMatch(text -> text.contains("comes after its event 2"));
    }

    @Test
    void aTornBatchIsFound() {
        log(1, BATCHES, 1);
        log(2, BATCHES, 2);
        assertThat(recount.problems()).singleElement().asString().contains("2 of 3");
    }

    @Test
    void aBatchWithSomethingBetweenIsFound() {
        log(1, BATCHES, 1);
        log(2, BATCHES, 2);
        log(3, SINGLE, 1);
        log(4, BATCHES, 3);
        assertThat(recount.problems()).singleElement().asString().contains("not in one piece");
    }

    @Test
    void aFlippedByteIsFound() {
        byte[] payload = Mark.of(SINGLE, 1).payload();
        payload[8] ^= 1;
        recount.event(payload, 1);
        recount.event("{}".getBytes(StandardCharsets.US_ASCII), 2);
        assertThat(recount.problems()).hasSize(2).allMatch(text -> text.contains("by nobody"));
    }
}
