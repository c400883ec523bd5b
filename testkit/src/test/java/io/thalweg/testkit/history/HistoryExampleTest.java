package io.thalweg.testkit.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.log.EventBatch;
import io.thalweg.model.LogId;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.request.AppendBody;
import io.thalweg.model.request.AppendResult;
import io.thalweg.model.request.Reply;
import io.thalweg.shard.ShardOptions;
import io.thalweg.shard.stream.StreamCommand;
import io.thalweg.testkit.SimulatedShard;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The example of docs/testing.md, with a shard that loses its power in the middle. */
final class HistoryExampleTest {
    private static final TenantId TENANT = new TenantId(new UUID(1, 1));
    private static final StreamId STREAM = StreamId.of(new LogId(new UUID(2, 2)));

    private final SimulatedShard shard = new SimulatedShard(3, ShardOptions.in(Path.of("/shard")), List::of, true);

    @Test
    void aShardThatLosesItsPowerHasAHistoryWithoutViolations() {
        var _ = shard.call(new StreamCommand.Create(STREAM).toRequest(TENANT)).orThrow();
        LogHistory history = new LogHistory();
        SplittableRandom random = new SplittableRandom(3);
        for (int i = 0; i < 300; i++) {
            String client = "client-" + i % 8;
            String event = client + "-" + i;
            LogHistory.Append append = history.append(client, List.of(event), now());
            if (random.nextInt(10) == 0) {
                shard.disk().crashAt(1 + random.nextInt(4));
            }
            try {
                append.acknowledged(append(event), now());
            } catch (RuntimeException | Error e) {
                if (!shard.disk().crashed()) {
                    throw e;
                }
                shard.crash(); // nobody knows: the append stays open
            }
            shard.disk().calm();
            if (i % 20 == 0) {
                long before = now();
                List<String> all = readAll();
                history.read(client, before, now(), 1, all, all.size(), true);
            }
        }
        Violation.requireNone(history.check(readAll()));
        assertThat(history.acknowledged()).isGreaterThan(200);
        assertThat(history.unknown()).isPositive();
    }

    private long now() {
        shard.clock().advance(1);
        return shard.clock().monotonicNs();
    }

    private long append(String event) {
        Reply reply = shard.call(AppendBody.builder(STREAM)
                .add(event.getBytes(StandardCharsets.UTF_8))
                .request(TENANT));
        return AppendResult.decode(reply.orThrow()).firstSequence();
    }

    private List<String> readAll() {
        List<String> all = new ArrayList<>();
        long head = shard.shard().events().head(STREAM);
        while (all.size() < head) {
            EventBatch batch = shard.shard().events().read(STREAM, all.size() + 1L, 100, 1 << 20);
            while (batch.next()) {
                byte[] payload = new byte[batch.payloadLength()];
                batch.payload().get(payload);
                all.add(new String(payload, StandardCharsets.UTF_8));
            }
        }
        return all;
    }
}
