package io.thalweg.server.javaviews;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What a view waits between tries of an event that its handler does not take. */
class BackOffTest {
    @Test
    void eachTryIsTwiceAsFarFromTheOneBeforeUpToABound() {
        assertThat(IntStream.of(1, 2, 3, 4, 5, 6, 1_000_000).mapToObj(RunningPartition::backOffMs))
                .containsExactly(20L, 40L, 80L, 160L, 320L, 320L, 320L);
    }
}
