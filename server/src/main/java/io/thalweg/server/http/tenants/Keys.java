package io.thalweg.server.http.tenants;

import io.thalweg.directory.Actor;
import io.thalweg.directory.ApiKey;
import io.thalweg.directory.Log;
import io.thalweg.directory.NamedLedger;
import io.thalweg.directory.Tenant;
import io.thalweg.directory.command.DirectoryCommand;
import io.thalweg.directory.secret.SecretHash;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.KeyId;
import io.thalweg.model.LedgerId;
import io.thalweg.model.LogId;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.auth.Authenticator;
import io.thalweg.server.auth.Secrets;
import io.thalweg.server.form.Json;
import io.thalweg.server.form.Numbers;
import io.thalweg.server.http.Naming;
import io.thalweg.server.routing.Administration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Makes API keys and gives them new secrets, for those of a tenant and for the operator. Thread-safe. */
final class Keys {
    private static final long CENTURY_SECONDS = 100L * 365 * 86_400;

    private final Administration administration;
    private final Authenticator authenticator;

    /** A key with its secret, of which only the hash is kept. */
    record Made(ApiKey key, String secret) {}

    Keys(Administration administration, Authenticator authenticator) {
        this.administration = administration;
        this.authenticator = authenticator;
    }

    /** A new key of a tenant, on behalf of somebody of it or of the operator. */
    Made make(Tenant tenant, Actor actor, KeyForms.NewKey wanted) throws InterruptedException {
        KeyId id = new KeyId(UUID.randomUUID());
        String secret = Secrets.create(Secrets.API_KEY_PREFIX);
        DirectoryCommand command = new DirectoryCommand.CreateKey(
                id,
                Json.required("name", wanted.name()),
                SecretHash.ofSecret(secret),
                TenantForms.role(wanted.role()),
                expiresNs(wanted.expiresInSecs()),
                Boolean.TRUE.equals(wanted.readOnly()),
                wanted.logs() == null ? null : logs(tenant, wanted.logs()),
                wanted.ledgers() == null ? null : ledgers(tenant, wanted.ledgers()));
        return new Made(run(tenant.id(), actor, id, command), secret);
    }

    /** A new secret for a key; the one before stays good for {@code graceSeconds}. */
    Made rotate(TenantId tenant, Actor actor, KeyId id, long graceSeconds) throws InterruptedException {
        String secret = Secrets.create(Secrets.API_KEY_PREFIX);
        DirectoryCommand command = new DirectoryCommand.RotateKey(id, SecretHash.ofSecret(secret), graceSeconds);
        return new Made(run(tenant, actor, id, command), secret);
    }

    private ApiKey run(TenantId tenant, Actor actor, KeyId id, DirectoryCommand command) throws InterruptedException {
        return administration
                .run(tenant, actor, command)
                .directory()
                .tenant(tenant)
                .flatMap(now -> now.key(id))
                .orElseThrow(() -> new ThalwegException(ErrorCode.NOT_FOUND, "the key was revoked meanwhile"));
    }

    private long expiresNs(@Nullable Long seconds) {
        if (seconds == null) {
            return 0;
        }
        if (seconds < 1 || seconds > CENTURY_SECONDS) {
            throw new ThalwegException(
                    ErrorCode.INVALID_REQUEST, "expires_in_secs is " + seconds + ", expected 1 to " + CENTURY_SECONDS);
        }
        return authenticator.nowNs() + seconds * 1_000_000_000L;
    }

    private static List<LogId> logs(Tenant tenant, List<String> named) {
        return named.stream()
                .map(name -> Naming.log(tenant, name).map(Log::id).orElseThrow(() -> missing("log", name)))
                .toList();
    }

    private static List<LedgerId> ledgers(Tenant tenant, List<String> named) {
        return named.stream()
                .map(name ->
                        Naming.ledger(tenant, name).map(NamedLedger::id).orElseThrow(() -> missing("ledger", name)))
                .toList();
    }

    private static ThalwegException missing(String kind, String name) {
        return new ThalwegException(ErrorCode.NOT_FOUND, "there is no " + kind + " '" + Numbers.shorten(name) + "'");
    }
}
