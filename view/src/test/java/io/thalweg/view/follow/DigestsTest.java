package io.thalweg.view.follow;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.model.LogId;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.ViewId;
import io.thalweg.view.StateDigest;
import java.time.Duration;
import java.util.UUID;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class DigestsTest {
    @Test
    void theNewestAreKeptInTheirOrderHoweverTheirValuesCome() {
        UUID any = new UUID(1, 1);
        Digests digests = new Digests(
                new Follower.Identity(new TenantId(any), new ViewId(any), 1, StreamId.of(new LogId(any))),
                Duration.ofSeconds(1));
        LongStream.of(3, 1, 2, 9, 8, 10, 7, 6, 5, 4)
                .forEach(sequence -> digests.add(digests.life(), new StateDigest(sequence, 0, 0)));
        assertThat(digests.kept()).extracting(StateDigest::sequence).containsExactly(3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L);
    }
}
