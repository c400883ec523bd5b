package io.thalweg.server.ledgerwire;

import static io.thalweg.server.ledgerwire.WireClient.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.thalweg.ledger.LedgerOptions;
import io.thalweg.ledger.LedgerRequest;
import io.thalweg.ledger.query.Point;
import io.thalweg.ledger.store.block.BlockCache;
import io.thalweg.model.LedgerId;
import io.thalweg.model.TenantId;
import io.thalweg.model.request.Operation;
import io.thalweg.model.request.Request;
import io.thalweg.ports.clock.Clock;
import io.thalweg.ports.disk.FileDisk;
import io.thalweg.server.data.Damages;
import io.thalweg.server.routing.Await;
import io.thalweg.shard.Shard;
import io.thalweg.shard.ShardOptions;
import io.thalweg.shard.ledger.Damage;
import io.thalweg.shard.ledger.LedgerMachine;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which sessions of the wire protocol live, at a ledger that keeps few of them. */
final class WireSessionsTest {
    private static final int SESSIONS_MAX = 4;
    private static final int LOOKUP_ACCOUNTS_A = 131;

    @TempDir
    private Path directory = Path.of("");

    private final TenantId tenant = new TenantId(UUID.randomUUID());
    private final LedgerId ledger = new LedgerId(UUID.randomUUID());
    private final BlockCache cache = new BlockCache(1 << 20);
    private Shard shard;
    private LedgerMachine machine;
    private LedgerBook book;
    private LedgerDoor door;

    @BeforeEach
    void open() throws Exception {
        machine = new LedgerMachine(
                new FileDisk(),
                directory.resolve("ledgers"),
                LedgerOptions.DEFAULT,
                cache,
                Runnable::run,
                SESSIONS_MAX,
                Damage.Policy.FREEZE);
        shard = Shard.openLone(
                ShardOptions.in(directory), new FileDisk(), Clock.system(), Optional.empty(), List.of(machine));
        var _ = Await.reply(shard.submit(new Request(
                tenant,
                Request.NO_SESSION,
                0,
                Operation.LEDGER_CREATE,
                LedgerRequest.encode(ledger, ByteBuffer.allocate(0)))));
        ServerSocketChannel server =
                ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        book = new LedgerBook(
                shard,
                machine,
                tenant,
                ledger,
                _ -> true,
                () -> 0,
                Clock.system()::wallNs,
                new Damages(new SimpleMeterRegistry()));
        door = LedgerDoor.open(server, new LedgerDoor.Options(0, 0, 16 << 20), book);
    }

    @AfterEach
    void close() throws Exception {
        door.close();
        shard.close();
        cache.close();
    }

    private WireClient client(long id, int release) throws IOException {
        return new WireClient("127.0.0.1:" + door.port(), id, release);
    }

    private static int reason(ByteBuffer message) {
        assertThat(message.get(Header.COMMAND)).isEqualTo((byte) Header.COMMAND_EVICTION);
        return message.get(Header.EVICTION_REASON);
    }

    private static ByteBuffer lookUp(WireClient client) throws IOException {
        return client.call(LOOKUP_ACCOUNTS_A, bytes(16).putLong(0, 1));
    }

    @Test
    void aClientThatOnlyReadsKeepsItsSessionAndTheIdleOneLosesIt() throws Exception {
        try (WireClient reader = client(1, WireClient.RELEASE_A).register();
                WireClient idle = client(2, WireClient.RELEASE_A).register()) {
            for (long other = 3; other < 20; other++) {
                client(other, WireClient.RELEASE_A).register().close();
                assertThat(lookUp(reader).get(Header.COMMAND))
                        .as("after %d others", other - 2)
                        .isEqualTo((byte) Header.COMMAND_REPLY);
            }
            assertThat(reason(lookUp(idle))).isEqualTo(1);
        }
    }

    @Test
    void whoRegistersOrPingsWronglyIsToldSo() throws Exception {
        try (WireClient client = client(1, WireClient.RELEASE_A);
                WireClient old = client(2, (16 << 8) | 3);
                WireClient newer = client(1, WireClient.RELEASE_B)) {
            assertThat(reason(client.call(client.request(WireOperation.REGISTER, 0, 0, bytes(0)))))
                    .as("a release from before registering had a body")
                    .isEqualTo(2);
            assertThat(reason(old.call(old.ping(1)))).isEqualTo(2);
            client.register();
            assertThat(reason(newer.call(newer.request(WireOperation.REGISTER, 0, 0, bytes(256)))))
                    .as("registered with another release")
                    .isEqualTo(8);
            assertThat(client.call(client.ping(5)).get(Header.COMMAND)).isEqualTo((byte) Header.COMMAND_PONG_CLIENT);
            for (long other = 3; other < 3 + SESSIONS_MAX; other++) {
                client(other, WireClient.RELEASE_A).register().close();
            }
            ByteBuffer gone = client.call(client.ping(6));
            assertThat(reason(gone)).isEqualTo(1);
            assertThat(gone.getLong(Header.EVICTION_CLIENT)).isEqualTo(1);
        }
    }

    /** Between the mark of a read and its parts anything may come. */
    @Test
    void whatIsFoundInALedgerThatGoesMeanwhileIsNoAnswer() throws Exception {
        WireReads reads = new WireReads(book);
        Point point = machine.queries(tenant, ledger).orElseThrow().now();
        ByteBuffer ids = bytes(2 * WireReads.PIECE * 16);
        ByteBuffer filter = bytes(64);
        for (boolean there : List.of(true, false)) {
            for (WireOperation.Kind kind : List.of(
                    WireOperation.Kind.LOOKUP_TRANSFERS,
                    WireOperation.Kind.QUERY_ACCOUNTS,
                    WireOperation.Kind.QUERY_TRANSFERS)) {
                WireOperation operation = new WireOperation(kind, WireOperation.Family.A);
                ByteBuffer body = operation.looksUp() ? ids : filter;
                int[] counts = {operation.looksUp() ? 2 * WireReads.PIECE : 1};
                assertThat(reads.search(operation, point, body, counts, bytes(128)))
                        .as("%s of a ledger that is there: %s", kind, there)
                        .isEqualTo(there);
            }
            var _ = Await.reply(shard.read(() -> machine.delete(tenant, ledger)));
        }
    }
}
