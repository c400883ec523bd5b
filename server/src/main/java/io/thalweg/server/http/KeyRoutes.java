package io.thalweg.server.http;

import io.helidon.http.HeaderNames;
import io.thalweg.directory.Actor;
import io.thalweg.directory.ApiKey;
import io.thalweg.directory.DirectoryCommand;
import io.thalweg.directory.Log;
import io.thalweg.directory.NamedLedger;
import io.thalweg.directory.Role;
import io.thalweg.directory.SecretHash;
import io.thalweg.directory.Tenant;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.KeyId;
import io.thalweg.model.LedgerId;
import io.thalweg.model.LogId;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.auth.Secrets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** API keys. A key is shown once, when it is made or rotated; only its hash is kept. */
final class KeyRoutes {
    private static final String TAG = "keys";

    private final Services services;

    KeyRoutes(Services services) {
        this.services = services;
    }

    List<Route> routes() {
        return List.of(
                Route.post("/keys")
                        .by(Access.ADMIN)
                        .named("create_key", TAG, "Create an API key.")
                        .takes(MediaTypes.JSON, "NewKey")
                        .answers(201, "The key, shown this once.", "KeyCreated")
                        .refuses(404, "A log or ledger that the key is to reach does not exist.")
                        .to(call -> create(call, call.tenant(), call.principal().actor(), call.json(NewKey.class))),
                Route.get("/keys")
                        .by(Access.ADMIN)
                        .named("list_keys", TAG, "List the API keys, without what they are.")
                        .answers(200, "All of them.", "KeyList")
                        .to(call -> call.reply(200, list(call.tenant()))),
                Route.delete("/keys/{key_id}")
                        .by(Access.SELF)
                        .named("revoke_key", TAG, "Revoke a key; its tokens are void at once.")
                        .answers(204, "Revoked.")
                        .to(this::revoke),
                Route.post("/keys/{key_id}/rotate")
                        .by(Access.SELF)
                        .named("rotate_key", TAG, "Give a key a new secret.")
                        .takes(MediaTypes.JSON, "KeyRotation")
                        .answers(200, "The new secret, shown this once.", "KeyCreated")
                        .to(this::rotate));
    }

    record NewKey(
            @Nullable String name,
            @Nullable String role,
            @Nullable Long expiresInSecs,
            @Nullable Boolean readOnly,
            @Nullable List<String> logs,
            @Nullable List<String> ledgers) {}

    record KeyCreated(
            UUID apiKeyId,
            String name,
            String apiKey,
            String role,
            boolean readOnly,
            @Nullable List<UUID> logs,
            @Nullable List<UUID> ledgers,
            String createdAt,
            @Nullable String expiresAt) {}

    record KeyView(
            UUID apiKeyId,
            String name,
            String role,
            boolean readOnly,
            @Nullable List<UUID> logs,
            @Nullable List<UUID> ledgers,
            String createdAt,
            @Nullable String expiresAt,
            boolean expired) {}

    record KeyList(List<KeyView> keys) {}

    record Rotation(@Nullable Long graceSeconds) {}

    /** Creates a key in a tenant, on behalf of somebody of it or of the operator. */
    void create(Call call, Tenant tenant, Actor actor, NewKey wanted) throws InterruptedException {
        KeyId id = new KeyId(UUID.randomUUID());
        String secret = Secrets.create(Secrets.API_KEY_PREFIX);
        ApiKey key = services.administration()
                .run(
                        tenant.id(),
                        actor,
                        new DirectoryCommand.CreateKey(
                                id,
                                LogRoutes.required("name", wanted.name),
                                SecretHash.ofSecret(secret),
                                role(wanted.role),
                                expiresNs(wanted.expiresInSecs),
                                Boolean.TRUE.equals(wanted.readOnly),
                                wanted.logs == null ? null : logs(tenant, wanted.logs),
                                wanted.ledgers == null ? null : ledgers(tenant, wanted.ledgers)))
                .directory()
                .tenant(tenant.id())
                .flatMap(now -> now.key(id))
                .orElseThrow(() -> new ThalwegException(ErrorCode.NOT_FOUND, "the key was revoked meanwhile"));
        replyWith(call, 201, key, secret);
    }

    private static void replyWith(Call call, int status, ApiKey key, String secret) {
        KeyCreated created = new KeyCreated(
                key.id().value(),
                key.name(),
                secret,
                key.role().text(),
                key.readOnly(),
                ids(key),
                ledgerIds(key),
                EventJson.time(key.createdNs()),
                timeOrNull(key.expiresNs()));
        call.with(HeaderNames.CACHE_CONTROL, "no-store").reply(status, created);
    }

    static Role role(@Nullable String text) {
        try {
            return text == null ? Role.MEMBER : Role.parse(text);
        } catch (IllegalArgumentException e) {
            throw new ThalwegException(
                    ErrorCode.INVALID_REQUEST,
                    "role is '" + Numbers.shorten(String.valueOf(text)) + "', expected member, admin or owner",
                    e);
        }
    }

    private long expiresNs(@Nullable Long seconds) {
        if (seconds == null) {
            return 0;
        }
        long century = 100L * 365 * 86_400;
        if (seconds < 1 || seconds > century) {
            throw new ThalwegException(
                    ErrorCode.INVALID_REQUEST, "expires_in_secs is " + seconds + ", expected 1 to " + century);
        }
        return services.authenticator().nowNs() + seconds * 1_000_000_000L;
    }

    /** Logs by id or name. */
    private static List<LogId> logs(Tenant tenant, List<String> named) {
        List<LogId> ids = new ArrayList<>();
        for (String name : named) {
            ids.add(HttpDoor.logId(name)
                    .flatMap(tenant::log)
                    .or(() -> tenant.log(name))
                    .map(Log::id)
                    .orElseThrow(() -> new ThalwegException(
                            ErrorCode.NOT_FOUND, "there is no log '" + Numbers.shorten(name) + "'")));
        }
        return ids;
    }

    /** Ledgers by id or name. */
    private static List<LedgerId> ledgers(Tenant tenant, List<String> named) {
        List<LedgerId> ids = new ArrayList<>();
        for (String name : named) {
            ids.add(HttpDoor.ledger(tenant, name)
                    .map(NamedLedger::id)
                    .orElseThrow(() -> new ThalwegException(
                            ErrorCode.NOT_FOUND, "there is no ledger '" + Numbers.shorten(name) + "'")));
        }
        return ids;
    }

    static KeyList list(Tenant tenant, long nowNs) {
        return new KeyList(tenant.keys().stream()
                .sorted(Comparator.comparingLong(ApiKey::createdNs))
                .map(key -> new KeyView(
                        key.id().value(),
                        key.name(),
                        key.role().text(),
                        key.readOnly(),
                        ids(key),
                        ledgerIds(key),
                        EventJson.time(key.createdNs()),
                        timeOrNull(key.expiresNs()),
                        !key.validAt(nowNs)))
                .toList());
    }

    private KeyList list(Tenant tenant) {
        return list(tenant, services.authenticator().nowNs());
    }

    private static @Nullable List<UUID> ids(ApiKey key) {
        List<LogId> logs = key.logs();
        return logs == null ? null : logs.stream().map(LogId::value).toList();
    }

    private static @Nullable List<UUID> ledgerIds(ApiKey key) {
        List<LedgerId> ledgers = key.ledgers();
        return ledgers == null ? null : ledgers.stream().map(LedgerId::value).toList();
    }

    private static @Nullable String timeOrNull(long timestampNs) {
        return timestampNs == 0 ? null : EventJson.time(timestampNs);
    }

    private void revoke(Call call) throws InterruptedException {
        services.administration()
                .run(call.tenantId(), call.principal().actor(), new DirectoryCommand.RevokeKey(key(call)));
        call.replyNothing();
    }

    private void rotate(Call call) throws InterruptedException {
        byte[] body = call.body(1 << 10);
        Rotation rotation = body.length == 0 ? new Rotation(null) : Json.read(body, Rotation.class);
        String secret = Secrets.create(Secrets.API_KEY_PREFIX);
        KeyId id = key(call);
        ApiKey key = services.administration()
                .run(
                        call.tenantId(),
                        call.principal().actor(),
                        new DirectoryCommand.RotateKey(
                                id,
                                SecretHash.ofSecret(secret),
                                rotation.graceSeconds == null ? 0 : rotation.graceSeconds))
                .directory()
                .tenant(call.tenantId())
                .flatMap(now -> now.key(id))
                .orElseThrow(() -> new ThalwegException(ErrorCode.NOT_FOUND, "the key was revoked meanwhile"));
        replyWith(call, 200, key, secret);
    }

    /** The key that the path names; one that this tenant has. */
    private static KeyId key(Call call) {
        return Ids.parse(call.path("key_id"), KeyId::parse)
                .filter(id -> call.tenant().key(id).isPresent())
                .orElseThrow(() -> new ThalwegException(ErrorCode.NOT_FOUND, "there is no such key"));
    }
}
