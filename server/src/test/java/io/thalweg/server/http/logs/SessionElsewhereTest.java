package io.thalweg.server.http.logs;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.thalweg.directory.Directory;
import io.thalweg.directory.Log;
import io.thalweg.directory.ReservedLogs;
import io.thalweg.directory.Retention;
import io.thalweg.directory.Tenant;
import io.thalweg.directory.TenantLimits;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.LogId;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.event.Event;
import io.thalweg.model.request.Reply;
import io.thalweg.model.request.Request;
import io.thalweg.server.memory.NodeMemory;
import io.thalweg.server.routing.Shards;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A session at a node that has no replica of its log's shard. */
class SessionElsewhereTest {
    private static final int SHARD = 5;
    private static final LogId LOG = new LogId(new UUID(3, 4));
    private static final Tenant TENANT = Tenant.empty(
            new TenantId(new UUID(1, 2)),
            "acme",
            7,
            TenantLimits.DEFAULT,
            new ReservedLogs(new LogId(new UUID(3, 1)), new LogId(new UUID(3, 2)), new LogId(new UUID(3, 3))));

    private final List<CompletableFuture<Reply>> sent = new ArrayList<>();

    private final Shards.Remote remote = new Shards.Remote() {
        @Override
        public CompletableFuture<Reply> submit(int shard, Request request) {
            assertThat(shard).isEqualTo(SHARD);
            CompletableFuture<Reply> reply = new CompletableFuture<>();
            sent.add(reply);
            return reply;
        }

        @Override
        public boolean goesWith(int shard, int other) {
            return true;
        }

        @Override
        public long storedBytes(TenantId tenant) {
            return 0;
        }
    };

    private void takeTwo() {
        NodeMemory memory = new NodeMemory(1 << 20);
        AppendSession.Gate gate = new AppendSession.Gate() {
            @Override
            public boolean enter(TenantId tenant) {
                return true;
            }

            @Override
            public void leave(TenantId tenant) {}

            @Override
            public boolean admits(Tenant tenant) {
                return true;
            }

            @Override
            public NodeMemory.Share memory(Tenant tenant) {
                return memory.share(tenant.id());
            }
        };
        BinaryWriter message = new BinaryWriter(256);
        for (int i = 1; i <= 2; i++) {
            new SessionFrame.Append(
                            i, List.of(new SessionFrame.Placed(SessionFrame.ANY_PARTITION, Event.of(new byte[100]))))
                    .write(message);
        }
        new AppendSession(
                        () -> new AppendSession.Allowed(TENANT, new Log(LOG, "in", 1, SHARD, Retention.FOREVER, 7)),
                        new Shards(List.of(), () -> Directory.EMPTY, _ -> Optional.empty(), remote),
                        new EventMeters(new SimpleMeterRegistry()),
                        null,
                        0,
                        gate)
                .take(message.toByteArray());
    }

    @Test
    void itsAppendsGoToTheNodesThatHaveTheShardOneAfterAnother() {
        takeTwo();
        assertThat(sent).hasSize(1);
        sent.getFirst().complete(new Reply.Refused(ErrorCode.NOT_LEADER, "nobody leads"));
        assertThat(sent).hasSize(2);
    }

    @Test
    void behindOneThatIsUnclearNoneGoes() {
        takeTwo();
        sent.getFirst().completeExceptionally(new ThalwegException(ErrorCode.UNAVAILABLE, "it is not known"));
        assertThat(sent).hasSize(1);
    }
}
