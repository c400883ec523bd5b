package io.thalweg.server.http.tenants;

import io.thalweg.directory.ApiKey;
import io.thalweg.directory.Tenant;
import io.thalweg.model.LedgerId;
import io.thalweg.model.LogId;
import io.thalweg.server.form.Times;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** API keys as JSON. */
final class KeyForms {
    private KeyForms() {}

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

    /** A key with its secret, which is shown this once. */
    static KeyCreated created(Keys.Made made) {
        ApiKey key = made.key();
        return new KeyCreated(
                key.id().value(),
                key.name(),
                made.secret(),
                key.role().text(),
                key.readOnly(),
                ids(key),
                ledgerIds(key),
                Times.text(key.createdNs()),
                timeOrNull(key.expiresNs()));
    }

    /** A tenant's keys, oldest first. */
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
                        Times.text(key.createdNs()),
                        timeOrNull(key.expiresNs()),
                        !key.validAt(nowNs)))
                .toList());
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
        return timestampNs == 0 ? null : Times.text(timestampNs);
    }
}
