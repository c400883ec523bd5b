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
import io.thalweg.model.LogId;
import io.thalweg.model.TenantId;
import io.thalweg.model.event.Event;
import io.thalweg.server.memory.NodeMemory;
import io.thalweg.server.routing.Shards;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a session has taken of the node's memory when its client has gone. */
class SessionMemoryTest {
    private static final LogId LOG = new LogId(new UUID(3, 4));
    private static final Tenant TENANT = Tenant.empty(
            new TenantId(new UUID(1, 2)),
            "acme",
            7,
            TenantLimits.DEFAULT,
            new ReservedLogs(new LogId(new UUID(3, 1)), new LogId(new UUID(3, 2)), new LogId(new UUID(3, 3))));

    private final NodeMemory memory = new NodeMemory(1 << 20);
    private @Nullable AppendSession session;
    private boolean goesBeforeItIsAdmitted;
    private int asked;

    private final AppendSession.Gate gate = new AppendSession.Gate() {
        @Override
        public boolean enter(TenantId tenant) {
            return true;
        }

        @Override
        public void leave(TenantId tenant) {}

        @Override
        public boolean admits(Tenant tenant) {
            if (goesBeforeItIsAdmitted) {
                clientGoes();
            }
            return false; // a result at once, without a shard
        }

        @Override
        public NodeMemory.Share memory(Tenant tenant) {
            asked++;
            if (!goesBeforeItIsAdmitted) {
                clientGoes();
            }
            return memory.share(tenant.id());
        }
    };

    private void clientGoes() {
        if (session != null) {
            session.onWebSocketError(new IllegalStateException("the client went"));
        }
    }

    private static byte[] message() {
        BinaryWriter message = new BinaryWriter(256);
        for (int i = 1; i <= 2; i++) {
            new SessionFrame.Append(
                            i, List.of(new SessionFrame.Placed(SessionFrame.ANY_PARTITION, Event.of(new byte[100]))))
                    .write(message);
        }
        return message.toByteArray();
    }

    private void take() {
        Shards none = new Shards(List.of(), () -> Directory.EMPTY, _ -> Optional.empty(), Shards.Remote.NONE);
        AppendSession taking = new AppendSession(
                () -> new AppendSession.Allowed(TENANT, new Log(LOG, "in", 1, 0, Retention.FOREVER, 7)),
                none,
                new EventMeters(new SimpleMeterRegistry()),
                null,
                0,
                gate);
        session = taking;
        taking.take(message());
        assertThat(asked).isPositive();
        assertThat(memory.takenBytes()).isZero();
    }

    @Test
    void aClientThatGoesWhileItsAppendWaitsForMemoryLeavesNoneTaken() {
        take();
    }

    @Test
    void aClientThatGoesWhileItsAppendIsMadeLeavesNoneTaken() {
        goesBeforeItIsAdmitted = true;
        take();
    }
}
