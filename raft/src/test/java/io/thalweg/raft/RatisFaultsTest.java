package io.thalweg.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Faults of Ratis 3.3.0 that are known by their numbers: what we do about them holds. */
class RatisFaultsTest {

    @TempDir
    Path directory;

    private static List<Long> range(long to) {
        return LongStream.range(0, to).boxed().toList();
    }

    /** RATIS-2500: its snapshot ends where the leader's log begins, and the leader's snapshot is newer. */
    @Test
    void aFollowerWhoseNextEntryIsTheLeadersFirstIsNotToldForEverToInstallASnapshot() throws Exception {
        try (Trio trio = Trio.open(directory)) {
            for (int i = 0; i < 5; i++) {
                trio.call(Copy.append(i, 64)).orThrow();
            }
            trio.awaitAgreement(0, 1, 2);
            int leader = trio.leader();
            int follower = (leader + 1) % 3;
            int next = 3 - leader - follower;
            trio.copy(follower).shard.snapshot().get(60, TimeUnit.SECONDS);
            trio.kill(follower);

            // Each term begins a segment of the log, so that the next leader's begins where the follower's snapshot
            // ends.
            trio.transfer(next);
            for (int i = 5; i < 10; i++) {
                trio.call(Copy.append(i, 64)).orThrow();
            }
            int leads = trio.leader();
            trio.copy(leads).shard.snapshot().get(60, TimeUnit.SECONDS);

            trio.start(follower);
            trio.awaitAgreement(0, 1, 2);
            assertThat(trio.copy(follower).values()).isEqualTo(range(10));
        }
    }
}
