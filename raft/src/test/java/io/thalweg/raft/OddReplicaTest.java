package io.thalweg.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.thalweg.model.request.Operation;
import io.thalweg.model.request.Reply;
import io.thalweg.shard.DivergedException;
import io.thalweg.shard.Replica.Digest;
import io.thalweg.shard.Shard;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Replicas compare what they have come to, and the odd one out stops. */
@Timeout(300)
class OddReplicaTest {
    /** Replicas are compared where the shard's time passes a multiple of ten seconds. */
    private static final Duration AHEAD = Duration.ofSeconds(20);

    @TempDir
    Path directory;

    private final Duration[] ahead = {Duration.ZERO};

    /** All clocks are set, and something is ordered by them. */
    private void pass(Trio trio, int... nodes) throws Exception {
        ahead[0] = ahead[0].plus(AHEAD);
        for (int node : nodes) {
            trio.setAhead(node, ahead[0]);
        }
        List<Digest> before = trio.copy(nodes[0]).shard.digests();
        await().atMost(Trio.PATIENCE).until(() -> {
            trio.call(Copy.breakIt()).orThrow();
            return !trio.copy(nodes[0]).shard.digests().equals(before);
        });
    }

    @ParameterizedTest(name = "whether it leads: {0}")
    @ValueSource(booleans = {false, true})
    void aReplicaWithAnotherByteHaltsSaysWhereAndComesBackWhole(boolean leads) throws Exception {
        try (Trio trio = Trio.open(directory)) {
            assertThat(trio.copy(trio.leader())
                            .shard
                            .raise(Operation.VERSION_NEWEST)
                            .get(60, TimeUnit.SECONDS))
                    .isInstanceOf(Reply.Done.class);
            pass(trio, 0, 1, 2);
            trio.awaitAgreement(0, 1, 2);
            int odd = leads ? trio.leader() : (trio.leader() + 1) % 3;
            int one = (odd + 1) % 3;
            int two = (odd + 2) % 3;
            List<Digest> agreed = trio.copy(odd).shard.digests();
            assertThat(agreed).isNotEmpty();
            assertThat(trio.copy(one).shard.digests()).isEqualTo(agreed);

            trio.copy(odd).brittle.state ^= 1;
            pass(trio, one, two, odd);
            Shard shard = trio.copy(odd).shard;
            await().atMost(Trio.PATIENCE).until(() -> {
                trio.call(Copy.breakIt()).orThrow();
                return shard.failure().isPresent();
            });
            assertThat(shard.failure())
                    .hasValueSatisfying(why -> assertThat(why)
                            .isInstanceOf(DivergedException.class)
                            .hasMessageContaining("with the entries before ")
                            .hasMessageContaining("n" + Math.min(one, two) + ", n" + Math.max(one, two)));
            trio.call(Copy.append(1, 64)).orThrow();
            assertThat(trio.copy(one).shard.failure()).isEmpty();
            assertThat(trio.copy(two).shard.failure()).isEmpty();

            // As a node does with a replica whose files are of no use.
            trio.kill(odd);
            try (Stream<Path> all = Files.walk(directory.resolve(Integer.toString(odd)))) {
                for (Path file : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
            trio.startLost(odd);
            await().atMost(Trio.PATIENCE)
                    .until(() -> !Files.exists(directory.resolve(odd + "/raft").resolve("probation")));
            trio.awaitAgreement(0, 1, 2);
            pass(trio, odd, one, two);
            trio.awaitAgreement(0, 1, 2);
            Digest newest = trio.copy(odd).shard.digests().getLast();
            assertThat(trio.copy(one).shard.digests()).contains(newest);
            assertThat(trio.copy(two).shard.digests()).contains(newest);
            assertThat(trio.copy(odd).shard.failure()).isEmpty();
        }
    }
}
