package io.thalweg.raft;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.model.AppendBody;
import io.thalweg.model.LogId;
import io.thalweg.model.Reply;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.ports.clock.Clock;
import io.thalweg.ports.disk.FileDisk;
import io.thalweg.shard.Shard;
import io.thalweg.shard.ShardOptions;
import io.thalweg.shard.stream.StreamCommand;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real shard in a real group. */
class ShardOnRatisTest {
    private static final TenantId TENANT = new TenantId(new UUID(1, 1));
    private static final StreamId STREAM = new StreamId(new LogId(new UUID(2, 2)), 0);

    @TempDir
    Path directory;

    private Shard open(RatisNode node) {
        return Shard.open(
                ShardOptions.in(directory),
                new FileDisk(),
                Clock.system(),
                replica -> OneMember.lead(node, OneMember.group(directory), replica),
                List.of());
    }

    private static CompletableFuture<Reply> append(Shard shard, int events, int bytes) {
        AppendBody.Builder body = AppendBody.builder(STREAM, events * (bytes + 16));
        byte[] payload = new byte[bytes];
        for (int i = 0; i < events; i++) {
            body.add(payload);
        }
        return shard.submit(body.request(TENANT));
    }

    private static long firstSequence(CompletableFuture<Reply> reply) {
        ByteBuffer result = reply.join().orThrow();
        return result.getLong(result.position());
    }

    @Test
    void whatWasAppendedIsThereAfterARestart() throws Exception {
        try (RatisNode node = OneMember.node()) {
            byte[] digest;
            try (Shard shard = open(node)) {
                shard.submit(new StreamCommand.Create(STREAM).toRequest(TENANT))
                        .join()
                        .orThrow();
                for (int i = 0; i < 50; i++) {
                    assertThat(firstSequence(append(shard, 3, 100))).isEqualTo(3L * i + 1);
                }
                shard.snapshot().join();
                assertThat(firstSequence(append(shard, 3, 100))).isEqualTo(151);
                shard.barrier().join();
                digest = shard.digest();
            }
            try (Shard shard = open(node)) { // leads, and has therefore applied all that was there
                assertThat(shard.digest()).isEqualTo(digest);
                assertThat(shard.stats(STREAM))
                        .hasValueSatisfying(stats -> assertThat(stats.head()).isEqualTo(153));
                assertThat(firstSequence(append(shard, 1, 100))).isEqualTo(154);
            }
        }
    }
}
