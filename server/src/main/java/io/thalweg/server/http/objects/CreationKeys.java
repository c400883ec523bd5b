package io.thalweg.server.http.objects;

import io.thalweg.memo.MemoId;
import io.thalweg.model.ContentHash;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;

/**
 * What objects were created with, by idempotency key, so that another object under a used key is refused and not made. A repetition needs none
 * of this: it makes the same memo. The newest {@value #MAX} of this slab since it started; of the tenant that has most of them the oldest is forgotten first, and
 * not recognised then. Of the slab's thread.
 */
final class CreationKeys {
    static final int MAX = 20_000;

    private final Map<TenantId, Map<Key, Long>> edits = new HashMap<>();

    /** Tenants by how many keys they have, those that have had so many for longest first. */
    private final NavigableMap<Integer, Set<TenantId>> having = new TreeMap<>();

    private int all;

    private record Key(MemoId topic, UUID nonce) {}

    /** Refuses a key that another object had. */
    void require(TenantId tenant, MemoId topic, UUID nonce, byte[] edit) {
        Long before = edits.getOrDefault(tenant, Map.of()).get(new Key(topic, nonce));
        if (before != null && before != hash(edit)) {
            throw new ThalwegException(
                    ErrorCode.IDEMPOTENCY_KEY_REUSED, "this Idempotency-Key was used for another object of the topic");
        }
    }

    /** An object was made. */
    void made(TenantId tenant, MemoId topic, UUID nonce, byte[] edit) {
        Map<Key, Long> its = edits.computeIfAbsent(tenant, _ -> new LinkedHashMap<>());
        if (its.put(new Key(topic, nonce), hash(edit)) != null) {
            return;
        }
        has(tenant, its.size() - 1, its.size());
        all++;
        if (all > MAX) {
            forgetOne(having.lastEntry().getValue().iterator().next());
        }
    }

    private void forgetOne(TenantId tenant) {
        Map<Key, Long> its = edits.getOrDefault(tenant, Map.of());
        its.remove(its.keySet().iterator().next());
        has(tenant, its.size() + 1, its.size());
        all--;
        if (its.isEmpty()) {
            edits.remove(tenant);
        }
    }

    private void has(TenantId tenant, int before, int now) {
        having.computeIfPresent(before, (_, those) -> {
            those.remove(tenant);
            return those.isEmpty() ? null : those;
        });
        if (now > 0) {
            having.computeIfAbsent(now, _ -> new LinkedHashSet<>()).add(tenant);
        }
    }

    private static long hash(byte[] edit) {
        return ContentHash.of(edit).a();
    }
}
