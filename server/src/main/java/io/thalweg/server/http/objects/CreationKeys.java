package io.thalweg.server.http.objects;

import io.thalweg.memo.MemoId;
import io.thalweg.model.ContentHash;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/**
 * What objects were created with, by idempotency key, so that another object under a used key is refused and not made. A repetition needs none
 * of this: it makes the same memo. The newest {@value #MAX} of this slab since it started; what is forgotten is not recognised. Of the
 * slab's thread.
 */
final class CreationKeys {
    private static final int MAX = 20_000;

    private final Map<Key, Long> bodies = new LinkedHashMap<>();

    private record Key(MemoId topic, UUID nonce) {}

    /** Refuses a key that another body had. */
    void require(MemoId topic, UUID nonce, byte[] body) {
        Long before = bodies.get(new Key(topic, nonce));
        if (before != null && before != hash(body)) {
            throw new ThalwegException(
                    ErrorCode.IDEMPOTENCY_KEY_REUSED, "this Idempotency-Key was used for another object of the topic");
        }
    }

    /** An object was made. */
    void made(MemoId topic, UUID nonce, byte[] body) {
        bodies.put(new Key(topic, nonce), hash(body));
        if (bodies.size() > MAX) {
            bodies.remove(bodies.keySet().iterator().next());
        }
    }

    private static long hash(byte[] body) {
        return ContentHash.of(body).a();
    }
}
