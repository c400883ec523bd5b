package io.thalweg.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.thalweg.model.BinaryWriter;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.request.Operation;
import io.thalweg.model.request.Reply;
import io.thalweg.model.request.Request;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A group whose replicas are of different programs. */
@Timeout(300)
class MixedVersionsTest {
    private static final int OLD = Operation.RAISE.since() - 1;

    @TempDir
    private Path directory = Path.of("");

    private static Request newer() {
        return Request.of(
                Copy.TENANT,
                Operation.RAISE,
                new BinaryWriter(Integer.BYTES).i32(Operation.VERSION_NEWEST).toByteBuffer());
    }

    @Test
    void whatAnOlderFollowerDoesNotKnowIsNotOrderedBeforeItIsAnotherProgram() throws Exception {
        try (Trio trio = Trio.open(directory)) {
            trio.stop(2);
            trio.startOlder(2, OLD);
            trio.transfer(0);
            for (int i = 0; i < 3; i++) {
                assertThat(trio.copy(i).shard.submit(newer()).get(60, TimeUnit.SECONDS))
                        .isInstanceOfSatisfying(Reply.Refused.class, refused -> {
                            assertThat(refused.code()).isEqualTo(ErrorCode.UNAVAILABLE);
                            assertThat(refused.message()).contains("has version 0, and this needs 2");
                        });
                var _ = trio.call(Copy.append(i, 100));
            }
            trio.awaitAgreement(0, 1, 2);
            assertThat(trio.copy(2).shard.failure()).isEmpty();

            trio.stop(2);
            trio.start(2);
            trio.transfer(0);
            assertThat(trio.copy(0).shard.raise(Operation.VERSION_NEWEST).get(60, TimeUnit.SECONDS))
                    .isInstanceOf(Reply.Done.class);
            trio.awaitAgreement(0, 1, 2);
            assertThat(trio.call(newer())).as("what the version brings").isInstanceOf(Reply.Done.class);
            trio.stop(1); // with a snapshot
            trio.start(1);
            trio.awaitAgreement(0, 1, 2);
            for (int i = 0; i < 3; i++) {
                assertThat(trio.copy(i).shard.version()).isEqualTo(Operation.VERSION_NEWEST);
            }
        }
    }

    @Test
    void anOlderReplicaWouldHaveHaltedAtIt() throws Exception {
        try (Trio trio = Trio.open(directory)) {
            trio.stop(2);
            trio.startOlder(2, OLD);
            trio.transfer(0);
            assertThat(trio.copy(0).shard.raise(Operation.VERSION_NEWEST).get(60, TimeUnit.SECONDS))
                    .isInstanceOf(Reply.Done.class);
            await().atMost(Trio.PATIENCE)
                    .until(() -> trio.copy(2).shard.failure().isPresent());
            trio.awaitAgreement(0, 1);
        }
    }
}
