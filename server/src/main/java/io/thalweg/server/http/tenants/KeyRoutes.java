package io.thalweg.server.http.tenants;

import io.thalweg.directory.command.DirectoryCommand;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.KeyId;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.auth.Authenticator;
import io.thalweg.server.form.Ids;
import io.thalweg.server.form.Json;
import io.thalweg.server.form.MediaTypes;
import io.thalweg.server.http.Access;
import io.thalweg.server.http.Call;
import io.thalweg.server.http.Route;
import io.thalweg.server.routing.Administration;
import java.util.List;

/** API keys. A key is shown once, when it is made or rotated; only its hash is kept. */
final class KeyRoutes {
    private static final String TAG = "keys";

    private final Administration administration;
    private final Authenticator authenticator;
    private final Keys keys;

    KeyRoutes(Administration administration, Authenticator authenticator, Keys keys) {
        this.administration = administration;
        this.authenticator = authenticator;
        this.keys = keys;
    }

    List<Route> routes() {
        return List.of(
                Route.post("/keys")
                        .by(Access.ADMIN)
                        .named("create_key", TAG, "Create an API key.")
                        .takes(MediaTypes.JSON, "NewKey")
                        .answers(201, "The key, shown this once.", "KeyCreated")
                        .refuses(404, "A log or ledger that the key is to reach does not exist.")
                        .to(this::create),
                Route.get("/keys")
                        .by(Access.ADMIN)
                        .named("list_keys", TAG, "List the API keys, without what they are.")
                        .answers(200, "All of them.", "KeyList")
                        .to(call -> call.reply(200, KeyForms.list(call.tenant(), authenticator.nowNs()))),
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

    private void create(Call call) throws InterruptedException {
        Keys.Made made = keys.make(call.tenant(), call.principal().actor(), call.strictJson(KeyForms.NewKey.class));
        call.with("Cache-Control", "no-store").reply(201, KeyForms.created(made));
    }

    private void revoke(Call call) throws InterruptedException {
        administration.run(call.tenantId(), call.principal().actor(), new DirectoryCommand.RevokeKey(key(call)));
        call.replyNothing();
    }

    private void rotate(Call call) throws InterruptedException {
        byte[] body = call.body(1 << 10);
        KeyForms.Rotation rotation =
                body.length == 0 ? new KeyForms.Rotation(null) : Json.readStrictly(body, KeyForms.Rotation.class);
        long grace = rotation.graceSeconds() == null ? 0 : rotation.graceSeconds();
        Keys.Made made = keys.rotate(call.tenantId(), call.principal().actor(), key(call), grace);
        call.with("Cache-Control", "no-store").reply(200, KeyForms.created(made));
    }

    /** The key that the path names; one that this tenant has. */
    private static KeyId key(Call call) {
        return Ids.parse(call.path("key_id"), KeyId::parse)
                .filter(id -> call.tenant().key(id).isPresent())
                .orElseThrow(() -> new ThalwegException(ErrorCode.NOT_FOUND, "there is no such key"));
    }
}
