package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.thalweg.model.LogId;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.request.AppendBody;
import io.thalweg.model.request.Reply;
import io.thalweg.model.request.Request;
import io.thalweg.shard.Shard;
import io.thalweg.shard.stream.StreamCommand;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Nodes are started again one after the other with a shard more, while somebody writes. */
@Timeout(300)
final class MoreShardsTest {
    private static final TenantId TENANT = new TenantId(new UUID(1, 1));
    private static final StreamId STREAM = new StreamId(new LogId(new UUID(2, 2)), 0);
    private static final UUID SESSION = new UUID(3, 3);

    @TempDir
    private Path directory = Path.of("");

    private static Request append(long number) {
        Request request = AppendBody.builder(STREAM, 128)
                .add(Long.toString(number).getBytes(StandardCharsets.UTF_8))
                .request(TENANT);
        return new Request(TENANT, SESSION, number, request.operation(), request.body(), request.room());
    }

    /** Asks each in turn; false when none has done it. */
    private static boolean done(ThreeNodes nodes, int node, Request request) throws InterruptedException {
        Optional<Shard> shard = nodes.shard(node, 1);
        if (shard.isPresent()) {
            try {
                return shard.get().submit(request).get(20, TimeUnit.SECONDS) instanceof Reply.Done;
            } catch (ExecutionException | TimeoutException e) {
                // Whether it was done will be told by its repeat.
            }
        }
        Thread.sleep(20);
        return false;
    }

    @Test
    void theyHaveItAndLoseNothing() throws Exception {
        try (ThreeNodes nodes = ThreeNodes.start(directory, 1)) {
            await().atMost(ThreeNodes.PATIENCE)
                    .until(() -> done(nodes, 0, new StreamCommand.Create(STREAM).toRequest(TENANT)));
            AtomicLong written = new AtomicLong();
            AtomicBoolean over = new AtomicBoolean();
            Thread writer = Thread.ofPlatform().start(() -> {
                try {
                    for (int node = 0; !over.get(); node = (node + 1) % 3) {
                        if (done(nodes, node, append(written.get() + 1))) {
                            written.incrementAndGet();
                        }
                    }
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            try {
                for (int i = 0; i < 3; i++) {
                    nodes.startAgain(i, 2);
                    nodes.awaitWell(0);
                    nodes.awaitWell(1);
                }
                nodes.awaitWell(2);
                long before = written.get();
                await().atMost(ThreeNodes.PATIENCE).until(() -> written.get() > before + 20);
            } finally {
                over.set(true);
                writer.join();
            }
            // The last may have been done, and not answered.
            for (int i = 0; i < 3; i++) {
                Shard shard = nodes.shard(i, 1).orElseThrow();
                await().atMost(ThreeNodes.PATIENCE).until(() -> shard.events().head(STREAM) >= written.get());
                assertThat(shard.events().head(STREAM)).isBetween(written.get(), written.get() + 1);
            }
        }
    }
}
