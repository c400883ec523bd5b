package io.thalweg.directory;

import static io.thalweg.directory.DirectoryFixture.OPERATOR;
import static io.thalweg.directory.DirectoryFixture.logId;
import static io.thalweg.directory.DirectoryFixture.reserved;
import static io.thalweg.directory.DirectoryFixture.tenantId;
import static io.thalweg.directory.DirectoryFixture.viewId;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.directory.command.AuditEvent;
import io.thalweg.directory.command.DirectoryClient;
import io.thalweg.directory.command.DirectoryCommand;
import io.thalweg.directory.command.DirectoryRequest;
import io.thalweg.directory.command.DirectoryResult;
import io.thalweg.directory.machine.DirectoryMachine;
import io.thalweg.directory.placement.Reconciler;
import io.thalweg.log.EventBatch;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.event.Event;
import io.thalweg.model.request.AppendBody;
import io.thalweg.model.request.Operation;
import io.thalweg.model.request.Reply;
import io.thalweg.model.request.Request;
import io.thalweg.shard.ShardOptions;
import io.thalweg.shard.machine.LedgerRegistry;
import io.thalweg.shard.machine.Machine;
import io.thalweg.testkit.SimulatedShard;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** The directory where it lives: in a real shard with a journal, snapshots and power cuts, on a simulated disk. */
final class DirectoryInShardTest {
    private DirectoryMachine machine = new DirectoryMachine(LedgerRegistry.NONE);
    private final SimulatedShard shard;
    private final Reconciler reconciler;
    private final Random random;
    private final long seed = Long.getLong("thalweg.seed", new Random().nextLong());

    DirectoryInShardTest() {
        System.out.println("seed " + seed);
        random = new Random(seed);
        shard = new SimulatedShard(
                seed, ShardOptions.in(Path.of("/shard")).withSegmentBytes(64 << 10), this::fresh, random.nextBoolean());
        reconciler = new Reconciler(
                () -> machine.current(),
                (_, request) -> CompletableFuture.completedFuture(shard.call(request)),
                new DirectoryClient(request -> CompletableFuture.completedFuture(shard.call(request))));
    }

    private List<Machine> fresh() {
        machine = new DirectoryMachine(LedgerRegistry.NONE);
        return List.of(machine);
    }

    @Test
    void stateAndAuditSurvivePowerCutsAndRestarts() {
        RandomCommands commands = new RandomCommands(seed);
        Map<StreamId, List<String>> told = new TreeMap<>();
        for (int step = 0; step < 600; step++) {
            TenantId tenant = commands.tenant();
            upload(tenant);
            Actor actor = commands.actor(machine.current(), tenant);
            DirectoryCommand command =
                    commands.next(machine.current(), tenant, shard.clock().wallNs(), 5);
            Reply reply = run(tenant, actor, command);
            if (reply instanceof Reply.Done) {
                machine.current()
                        .tenant(tenant)
                        .ifPresent(found -> AuditEvent.of(actor, command)
                                .ifPresent(event -> told.computeIfAbsent(
                                                StreamId.of(found.reserved().audit()), _ -> new ArrayList<>())
                                        .add(text(event.payload()))));
            }
            if (random.nextInt(4) > 0) {
                reconciler.step();
            }
            trouble(random.nextInt(40));
        }
        reconcile();
        for (Tenant tenant : machine.current().tenants()) {
            tenant.logs()
                    .forEach(log ->
                            assertThat(shard.shard().streams(tenant.id())).containsAll(log.streams()));
        }
        int compared = 0;
        for (Tenant tenant : machine.current().tenants()) {
            StreamId audit = StreamId.of(tenant.reserved().audit());
            assertThat(read(audit)).isEqualTo(told.getOrDefault(audit, List.of()));
            compared += read(audit).size();
        }
        assertThat(compared + machine.current().version()).isGreaterThan(50);
    }

    @Test
    void aSkippedEventsCopyIsReadBackFromTheRequestThatCarriedIt() {
        TenantId tenant = tenant(0);
        upload(tenant);
        done(tenant, new DirectoryCommand.CreateLog(logId(1), "orders", 2, 0, Retention.FOREVER));
        append(tenant, new StreamId(logId(1), 1), Event.of(new byte[] {4, 5}));
        done(tenant, new DirectoryCommand.DeployView(viewId(1), logId(1), "totals", DirectoryFixture.code(1)));
        done(
                tenant,
                new DirectoryCommand.SkipEvent(
                        viewId(1), 1, 1, 1, "poison", Event.of("text/x", "körper".getBytes(StandardCharsets.UTF_8))));
        shard.crash();
        assertThat(read(StreamId.of(reserved(0).deadLetters()))).containsExactly("körper");
        assertThat(read(StreamId.of(reserved(0).audit()))).hasSize(4);
    }

    @Test
    void aReportOfUsageThatIsRepeatedCountsOnce() {
        TenantId tenant = tenant(0);
        UUID session = new UUID(1, 2);
        Request report = new Request(
                tenant,
                session,
                1,
                Operation.DIRECTORY,
                DirectoryRequest.encode(OPERATOR, new DirectoryCommand.ReportUsage(1, 2, 3)));
        Reply first = shard.call(report);
        shard.crash();
        assertThat(shard.call(report)).isEqualTo(first);
        assertThat(machine.current()
                        .tenant(tenant)
                        .orElseThrow()
                        .usage(shard.clock().wallNs())
                        .dataOutBytes())
                .isEqualTo(3);
    }

    @Test
    void bytesThatAreNoCommandAreRefusedAndTheShardGoesOn() {
        TenantId tenant = tenant(0);
        byte[] noise = new byte[100];
        random.nextBytes(noise);
        Reply reply = shard.call(Request.of(
                tenant, Operation.DIRECTORY, new BinaryWriter().raw(noise).toByteBuffer()));
        assertThat(reply)
                .isInstanceOfSatisfying(
                        Reply.Refused.class,
                        refused -> assertThat(refused.code()).isEqualTo(ErrorCode.INVALID_REQUEST));
        done(tenant, new DirectoryCommand.CreateLog(logId(1), "orders", 1, 0, Retention.FOREVER));
    }

    /** Nothing, a snapshot, a restart or a power cut; the directory is the same after it. */
    private void trouble(int kind) {
        byte[] before = save();
        switch (kind) {
            case 0 -> shard.snapshot();
            case 1 -> shard.restart();
            case 2 -> shard.crash();
            default -> {
                return;
            }
        }
        assertThat(save()).isEqualTo(before);
        assertThat(machine.current().version()).isEqualTo(machineVersion(before));
    }

    private static long machineVersion(byte[] saved) {
        return DirectoryFixture.load(saved).current().version();
    }

    private byte[] save() {
        BinaryWriter out = new BinaryWriter();
        machine.save(out);
        return out.toByteArray();
    }

    private TenantId tenant(int n) {
        TenantId tenant = tenantId(n);
        done(tenant, new DirectoryCommand.CreateTenant("tenant-" + n, TenantLimits.DEFAULT, reserved(n)));
        return tenant;
    }

    private void upload(TenantId tenant) {
        machine.current()
                .tenant(tenant)
                .ifPresent(
                        found -> append(tenant, StreamId.of(found.reserved().components()), Event.of(new byte[] {1})));
    }

    private void append(TenantId tenant, StreamId stream, Event event) {
        shard.call(Request.of(
                        tenant,
                        Operation.APPEND,
                        AppendBody.builder(stream).add(event).build()))
                .orThrow();
    }

    private void done(TenantId tenant, DirectoryCommand command) {
        DirectoryResult result =
                DirectoryResult.decode(run(tenant, OPERATOR, command).orThrow());
        assertThat(machine.current().version()).isEqualTo(result.version());
        reconcile();
    }

    /** Until the shard has what the directory wants; one shard is all there is, whatever number it is asked by. */
    private void reconcile() {
        while (!machine.current().pending().isEmpty()) {
            reconciler.step();
        }
    }

    private Reply run(TenantId tenant, Actor actor, DirectoryCommand command) {
        return shard.call(Request.of(tenant, Operation.DIRECTORY, DirectoryRequest.encode(actor, command)));
    }

    private List<String> read(StreamId stream) {
        List<String> texts = new ArrayList<>();
        for (long next = 1; next <= shard.shard().events().head(stream); ) {
            EventBatch batch = shard.shard().events().read(stream, next, 100, 1 << 20);
            while (batch.next()) {
                assertThat(batch.sequence()).isEqualTo(next++);
                texts.add(text(batch.toEvent().payload()));
            }
        }
        return texts;
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
