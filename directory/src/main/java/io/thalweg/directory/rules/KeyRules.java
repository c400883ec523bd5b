package io.thalweg.directory.rules;

import static io.thalweg.directory.rules.Change.requireValid;

import io.thalweg.directory.Actor;
import io.thalweg.directory.ApiKey;
import io.thalweg.directory.Bounds;
import io.thalweg.directory.Names;
import io.thalweg.directory.Role;
import io.thalweg.directory.Tenant;
import io.thalweg.directory.command.DirectoryCommand.CreateKey;
import io.thalweg.directory.command.DirectoryCommand.RevokeKey;
import io.thalweg.directory.command.DirectoryCommand.RotateKey;
import io.thalweg.directory.secret.SecretHash;
import io.thalweg.model.KeyId;
import io.thalweg.model.LedgerId;
import io.thalweg.model.LogId;
import java.util.List;

/** What may happen to API keys: no key ever opens more than whoever made it could. */
final class KeyRules {
    private KeyRules() {}

    static void create(Change change, CreateKey command) {
        change.requireEverywhere(Role.ADMIN);
        Names.check("key", command.name());
        if (command.role() == Role.OWNER || !change.authority().role().atLeast(command.role())) {
            throw Change.forbidden("a key is never owner nor above the role of who creates it");
        }
        requireValid(
                command.expiresNs() == 0 || command.expiresNs() > change.nowNs, "a key expires in the future or never");
        requireNotOutlived(change, command);
        Tenant tenant = change.tenant();
        List<LogId> logs = command.logs();
        List<LedgerId> ledgers = command.ledgers();
        int namedLogs = logs == null ? 0 : logs.size();
        int namedLedgers = ledgers == null ? 0 : ledgers.size();
        boolean limited = logs != null || ledgers != null;
        requireValid(
                (!limited || namedLogs + namedLedgers > 0)
                        && namedLogs <= Bounds.MAX_KEY_LOGS
                        && namedLedgers <= Bounds.MAX_LEDGERS,
                "a key that is limited names 1 to " + Bounds.MAX_KEY_LOGS + " logs, 1 to " + Bounds.MAX_LEDGERS
                        + " ledgers, or both");
        if (logs != null) {
            logs.forEach(change::log);
        }
        if (ledgers != null) {
            ledgers.forEach(change::ledger);
        }
        if (tenant.key(command.key()).isPresent()) {
            throw Change.exists("key " + command.key() + " exists");
        }
        requireFreshSecret(change, command.secret());
        Change.requireRoom(tenant.keyCount(), Bounds.MAX_KEYS, "keys");
        change.draft.put(
                tenant,
                new ApiKey(
                        command.key(),
                        command.name(),
                        command.secret(),
                        null,
                        0,
                        1,
                        command.role(),
                        command.expiresNs(),
                        command.readOnly(),
                        logs,
                        ledgers,
                        change.nowNs));
    }

    static void rotate(Change change, RotateKey command) {
        requireOver(change, command.key());
        requireValid(
                command.graceSeconds() >= 0 && command.graceSeconds() <= Bounds.MAX_GRACE_SECONDS,
                "the grace period is 0 to " + Bounds.MAX_GRACE_SECONDS + " seconds");
        ApiKey key = key(change, command.key());
        requireFreshSecret(change, command.secret());
        long untilNs = command.graceSeconds() == 0 ? 0 : change.nowNs + command.graceSeconds() * 1_000_000_000L;
        change.draft.put(change.tenant(), key.rotated(command.secret(), untilNs));
    }

    static void revoke(Change change, RevokeKey command) {
        requireOver(change, command.key());
        change.draft.remove(change.tenant(), key(change, command.key()));
    }

    private static void requireOver(Change change, KeyId key) {
        if (change.actor.equals(new Actor.OfKey(key))) {
            change.require(Role.MEMBER);
        } else {
            change.requireEverywhere(Role.ADMIN);
        }
    }

    private static ApiKey key(Change change, KeyId id) {
        return change.tenant().key(id).orElseThrow(() -> Change.notFound("key", id));
    }

    private static void requireFreshSecret(Change change, SecretHash secret) {
        if (change.draft.hasKeySecret(secret)) {
            throw Change.exists("the new key's secret is in use");
        }
    }

    private static void requireNotOutlived(Change change, CreateKey command) {
        if (change.actor instanceof Actor.OfKey(var own)) {
            long ownExpiryNs = key(change, own).expiresNs();
            if (ownExpiryNs != 0 && (command.expiresNs() == 0 || command.expiresNs() > ownExpiryNs)) {
                throw Change.forbidden("a key that expires cannot create one that lives longer");
            }
        }
    }
}
