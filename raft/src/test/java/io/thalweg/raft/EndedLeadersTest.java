package io.thalweg.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EndedLeadersTest {

    /** Nobody stands because of silence here, which would take an hour: whoever leads next does so because a process has ended. */
    @Test
    void theNextLeaderIsElectedBeforeSilenceTellsOfIt(@TempDir Path directory) throws Exception {
        try (Trio trio = Trio.patient(directory)) {
            trio.call(Copy.append(0, 64)).orThrow();
            for (int i = 1; i <= 3; i++) {
                int leads = trio.leader();
                // Of those that are left one may not have the newest entries, and is not to stand.
                for (int j = 0; j < 20; j++) {
                    var _ = trio.copy(leads).shard.submit(Copy.append(-1, 100));
                }
                trio.kill(leads);
                trio.call(Copy.append(i, 64)).orThrow();
                trio.start(leads);
                long newest = i;
                // Heartbeats are as rare as elections: a follower hears with the next entry how far the one before has
                // come.
                await().atMost(Trio.PATIENCE).untilAsserted(() -> {
                    trio.call(Copy.append(-2, 64)).orThrow();
                    assertThat(trio.copy(leads).values()).contains(newest);
                });
            }
            assertThat(trio.copy(trio.leader()).values().stream()
                            .filter(value -> value >= 0)
                            .distinct())
                    .containsExactly(0L, 1L, 2L, 3L);
        }
    }

    /** Or one node would lead all shards of another that has ended, whose members have come as far as each other. */
    @Test
    void amongEqualsNowOneStandsAndNowAnother() {
        int first = 0;
        for (int shard = 0; shard < 1000; shard++) {
            first += EndedLeaders.turn("n1", shard) > EndedLeaders.turn("n2", shard) ? 1 : 0;
        }
        assertThat(first).isBetween(400, 600);
    }
}
