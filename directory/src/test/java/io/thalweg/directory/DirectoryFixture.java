package io.thalweg.directory;

import io.thalweg.directory.command.DirectoryClient;
import io.thalweg.directory.command.DirectoryCommand;
import io.thalweg.directory.command.DirectoryRequest;
import io.thalweg.directory.command.DirectoryResult;
import io.thalweg.directory.machine.DirectoryMachine;
import io.thalweg.directory.placement.Reconciler;
import io.thalweg.directory.secret.SecretHash;
import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.ContentHash;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.KeyId;
import io.thalweg.model.LedgerId;
import io.thalweg.model.LogId;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.UserId;
import io.thalweg.model.ViewId;
import io.thalweg.model.event.Event;
import io.thalweg.model.request.Operation;
import io.thalweg.model.request.Reply;
import io.thalweg.model.request.Request;
import io.thalweg.shard.machine.LedgerRegistry;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/**
 * A directory without a shard around it: commands go in as requests do, and each is published at once. What it decides about streams and
 * ledgers is carried out before the next command, all in one place, whichever shards it names.
 */
final class DirectoryFixture {
    static final Actor OPERATOR = Actor.operator();

    final StreamsFake streams = new StreamsFake();
    DirectoryMachine machine = new DirectoryMachine(streams);

    private final Reconciler reconciler = new Reconciler(
            () -> machine.current(),
            (_, request) -> CompletableFuture.completedFuture(apply(request)),
            new DirectoryClient(request -> CompletableFuture.completedFuture(apply(request))));

    Reply run(TenantId tenant, Actor actor, DirectoryCommand command) {
        streams.nowNs += 1_000;
        Reply reply = apply(Request.of(tenant, Operation.DIRECTORY, DirectoryRequest.encode(actor, command)));
        while (!directory().pending().isEmpty()) {
            reconciler.step();
        }
        return reply;
    }

    private Reply apply(Request request) {
        streams.body = request.body();
        Reply reply = machine.apply(streams, request);
        machine.publish();
        return reply;
    }

    DirectoryResult done(TenantId tenant, Actor actor, DirectoryCommand command) {
        return DirectoryResult.decode(run(tenant, actor, command).orThrow());
    }

    /** Why a command is refused; empty when it is not. */
    Optional<ErrorCode> refusal(TenantId tenant, Actor actor, DirectoryCommand command) {
        return run(tenant, actor, command) instanceof Reply.Refused refused
                ? Optional.of(refused.code())
                : Optional.empty();
    }

    Directory directory() {
        return machine.current();
    }

    byte[] save() {
        BinaryWriter out = new BinaryWriter();
        machine.save(out);
        return out.toByteArray();
    }

    static DirectoryMachine load(byte[] bytes) {
        return load(bytes, LedgerRegistry.NONE);
    }

    static DirectoryMachine load(byte[] bytes, LedgerRegistry ledgers) {
        DirectoryMachine loaded = new DirectoryMachine(ledgers);
        BinaryReader in = new BinaryReader(bytes);
        loaded.load(in);
        in.end();
        loaded.publish();
        return loaded;
    }

    /** A tenant with its own logs, ready for use. */
    TenantId tenant(int n, TenantLimits limits) {
        TenantId id = tenantId(n);
        done(id, OPERATOR, new DirectoryCommand.CreateTenant("tenant-" + n, limits, reserved(n)));
        return id;
    }

    TenantId tenant(int n) {
        return tenant(n, TenantLimits.DEFAULT);
    }

    /** Puts {@code count} chunks into a tenant's {@code $components} and answers the first one's sequence. */
    long upload(TenantId tenant, int count) {
        StreamId components =
                StreamId.of(directory().tenant(tenant).orElseThrow().reserved().components());
        long first = streams.head(components) + 1;
        for (int i = 0; i < count; i++) {
            streams.append(components, Event.of(new byte[] {1}));
        }
        return first;
    }

    List<Event> audit(TenantId tenant) {
        return streams.events(
                StreamId.of(directory().tenant(tenant).orElseThrow().reserved().audit()));
    }

    static ViewCode code(long firstChunk) {
        return new ViewCode(
                ContentHash.of(new byte[] {7}),
                1000,
                firstChunk,
                1,
                "primatomic:machine@0.0.1",
                List.of("wasi:cli/stdout"),
                1,
                ViewSettings.DEFAULT);
    }

    static TenantId tenantId(int n) {
        return new TenantId(new UUID(0x7e4a47, n));
    }

    static ReservedLogs reserved(int n) {
        return new ReservedLogs(logId(1000 + 3 * n), logId(1001 + 3 * n), logId(1002 + 3 * n));
    }

    static LogId logId(int n) {
        return new LogId(new UUID(0x109, n));
    }

    static LedgerId ledgerId(int n) {
        return new LedgerId(new UUID(0x1ed6e4, n));
    }

    static ViewId viewId(int n) {
        return new ViewId(new UUID(0x51e3, n));
    }

    static KeyId keyId(int n) {
        return new KeyId(new UUID(0xce4, n));
    }

    static UserId userId(int n) {
        return new UserId(new UUID(0x05e4, n));
    }

    static InvitationId invitationId(int n) {
        return new InvitationId(new UUID(0x1271, n));
    }

    static SecretHash secret(int n) {
        return SecretHash.ofSecret("secret-" + n);
    }
}
