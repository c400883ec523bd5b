package io.thalweg.server.javaviews;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Up to where steps may be let go of. */
class StepTrimTest {
    @Test
    void aStepIsNeededUntilAMajorityWithTheLeaderHasItForGood() {
        assertThat(StepTrim.durableUpTo(List.of(7L), 1)).isEqualTo(7);
        assertThat(StepTrim.durableUpTo(List.of(9L, 5L, 3L), 2)).isEqualTo(5);
        assertThat(StepTrim.durableUpTo(List.of(9L, 3L), 2)).isEqualTo(3);
        assertThat(StepTrim.durableUpTo(List.of(2L, 9L, 9L), 2))
                .as("the leader itself is behind")
                .isEqualTo(2);
    }

    @Test
    void aCopyIsTakenOnlyFromWhoHasWhatIsNotKeptInEveryPartition() {
        assertThat(FollowedViews.isEnough(List.of(5L, 9L), List.of(5L, 3L))).isTrue();
        assertThat(FollowedViews.isEnough(List.of(900L, 2L), List.of(5L, 3L))).isFalse();
        assertThat(FollowedViews.isEnough(List.of(5L), List.of(5L, 3L))).isFalse();
    }
}
