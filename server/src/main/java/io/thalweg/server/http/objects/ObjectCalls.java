package io.thalweg.server.http.objects;

import io.thalweg.memo.Head;
import io.thalweg.memo.Memo;
import io.thalweg.memo.MemoId;
import io.thalweg.memo.context.Context;
import io.thalweg.memo.object.ObjectHistory;
import io.thalweg.memo.object.TopicModel;
import io.thalweg.memo.slab.Durability;
import io.thalweg.memo.slab.Objects;
import io.thalweg.memo.slab.Slab;
import io.thalweg.model.ContentHash;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.MalformedException;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.auth.Authenticator;
import io.thalweg.server.http.Call;
import io.thalweg.server.http.Shape;
import io.thalweg.server.slab.NodeSlab;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * What calls about objects have in common: whose object it is, what its reader knows already, and how durable a write has to be
 * before it is answered. An object of another tenant is not there.
 */
final class ObjectCalls {
    static final String CONTEXT = "Thalweg-Context";
    private static final long TIMEOUT_MS = 30_000;
    private static final long TIMEOUT_MS_MAX = 120_000;

    /** How long a call waits for what it asks for. */
    static final Shape TIMEOUT = Shape.integer(0, TIMEOUT_MS_MAX).orElse(TIMEOUT_MS);

    static final String NO_READER = "The topic names its readers, and the caller is none of them.";

    static final String WAIT = "Longest wait in milliseconds.";

    private final NodeSlab slab;
    private final Authenticator authenticator;

    ObjectCalls(NodeSlab slab, Authenticator authenticator) {
        this.slab = slab;
        this.authenticator = authenticator;
    }

    /** Why a reply that never ends by itself has to, or null: its token may have died, the slab may stop. */
    @Nullable
    String ended(Call call) {
        if (slab.isClosing()) {
            return "the node is stopping";
        }
        try {
            var _ = authenticator.principal(call.header("Authorization"));
            return null;
        } catch (ThalwegException _) {
            return "the token has expired or was revoked";
        }
    }

    NodeSlab slab() {
        return slab;
    }

    /** Does work on the slab's thread, after everything that the call's context knows has come. */
    <T> T afterContext(Call call, NodeSlab.Work<T> work) throws InterruptedException {
        Context context = context(call);
        AtomicReference<Set<MemoId>> missing = new AtomicReference<>(Set.of());
        T result = slab.<T>await(timeout(call), (objects, own) -> {
            requireServed(call, own);
            missing.set(objects.missing(context));
            return missing.get().isEmpty() ? work.run(objects, own) : null;
        });
        if (result == null) {
            throw late(missing.get());
        }
        return result;
    }

    private static void requireServed(Call call, Slab own) {
        if (!own.serves(call.tenantId())) {
            throw new ThalwegException(
                    ErrorCode.FORBIDDEN, "this slab may not hold anything of the tenant; ask another node or slab");
        }
    }

    private static ThalwegException late(Set<MemoId> missing) {
        return new ThalwegException(
                ErrorCode.CONTEXT_MISSING,
                "these memos are not here, and did not come in time: "
                        + missing.stream().limit(16).toList());
    }

    /** Does work with an object that is here, after everything that the call's context knows of it. */
    <T> T withObject(Call call, MemoId object, ObjectWork<T> work) throws InterruptedException {
        Context context = context(call);
        AtomicReference<Set<MemoId>> missing = new AtomicReference<>(Set.of());
        T result = slab.<T>await(timeout(call), (objects, own) -> {
            requireServed(call, own);
            missing.set(objects.missing(object, context));
            if (!missing.get().isEmpty()) {
                return null;
            }
            return switch (objects.find(object)) {
                case Objects.Found.Here here
                when here.history().tenant().equals(call.tenantId()) -> work.run(objects, here.history());
                case Objects.Found.Missing gone -> {
                    missing.set(gone.memos());
                    yield null;
                }
                case Objects.Found.Here _, Objects.Found.Unknown _ -> throw noObject(object);
                case Objects.Found.Unreadable unreadable ->
                    throw new ThalwegException(
                            ErrorCode.UNAVAILABLE, "object " + object + " cannot be read: " + unreadable.why());
            };
        });
        if (result == null) {
            throw late(missing.get());
        }
        return result;
    }

    /** What is done with an object on the slab's thread. */
    interface ObjectWork<T> {
        T run(Objects objects, ObjectHistory history) throws IOException;
    }

    static ThalwegException noObject(MemoId object) {
        return new ThalwegException(ErrorCode.NOT_FOUND, "there is no object " + object);
    }

    static Context context(Call call) {
        String token = call.header(CONTEXT);
        try {
            return token == null ? Context.EMPTY : Context.parse(token);
        } catch (MalformedException e) {
            throw new ThalwegException(ErrorCode.INVALID_REQUEST, CONTEXT + ": " + e.getMessage(), e);
        }
    }

    private static Duration timeout(Call call) {
        return Duration.ofMillis(call.query().number("timeout", TIMEOUT_MS, 0, TIMEOUT_MS_MAX));
    }

    /** The token of what the caller knows once it has seen this head. */
    static String learned(Call call, Objects objects, MemoId object, Head head) throws IOException {
        return learned(call, objects, Map.of(object, head));
    }

    /** The same after having seen several. */
    static String learned(Call call, Objects objects, Map<MemoId, Head> heads) throws IOException {
        return objects.learned(call.tenantId(), context(call), heads).token();
    }

    static MemoId id(Call call, String parameter) {
        try {
            return MemoId.parse(call.path(parameter));
        } catch (IllegalArgumentException e) {
            throw new ThalwegException(
                    ErrorCode.NOT_FOUND,
                    "there is no " + call.path(parameter) + "; an id has 64 hexadecimal digits",
                    e);
        }
    }

    /** The model of the topic that an object is of, which has to be here. */
    static TopicModel model(Objects objects, MemoId topic) {
        TopicModel model = objects.model(topic);
        if (model == null) {
            throw new ThalwegException(ErrorCode.NOT_FOUND, "there is no such topic here");
        }
        return model;
    }

    /** The same, which the caller may read. */
    static TopicModel readable(Call call, Objects objects, MemoId topic) {
        TopicModel model = model(objects, topic);
        TopicRights.requireRead(call, model);
        return model;
    }

    static String topicName(Slab slab, MemoId topic) throws IOException {
        Memo genesis = slab.read(topic);
        return genesis == null ? topic.toString() : TopicModel.name(genesis);
    }

    /** Runs what checks a stranger's document. */
    static <T> T checked(Checked<T> work) {
        try {
            return work.run();
        } catch (IllegalArgumentException | MalformedException e) {
            throw new ThalwegException(ErrorCode.INVALID_REQUEST, String.valueOf(e.getMessage()), e);
        }
    }

    /** Something that throws {@link IllegalArgumentException} about what a caller said. */
    interface Checked<T> {
        T run();
    }

    /** One nonce for all repetitions of a call with an idempotency key. */
    static UUID nonce(Call call) {
        String key = idempotencyKey(call);
        return key == null ? UUID.randomUUID() : hashed(call, key);
    }

    /** The same, which says in its second half what the call wants. */
    static UUID nonce(Call call, byte[] body) {
        String key = idempotencyKey(call);
        return key == null
                ? UUID.randomUUID()
                : new UUID(
                        hashed(call, key).getMostSignificantBits(),
                        ContentHash.of(body).a());
    }

    private static @Nullable String idempotencyKey(Call call) {
        String key = call.header("Idempotency-Key");
        if (key != null && key.isBlank()) {
            throw new ThalwegException(
                    ErrorCode.INVALID_REQUEST, "Idempotency-Key is empty; leave it out, or name one");
        }
        return key;
    }

    private static UUID hashed(Call call, String key) {
        ContentHash hash = ContentHash.of(
                (call.tenantId() + "\n" + call.route().id() + "\n" + key).getBytes(StandardCharsets.UTF_8));
        return new UUID(hash.a(), hash.b());
    }

    static Map<String, Object> durability(Durability durability) {
        Map<String, Object> reply = new LinkedHashMap<>();
        reply.put("nines", rounded(durability.nines()));
        reply.put("target_nines", durability.targetNines());
        return reply;
    }

    static double rounded(double nines) {
        return Math.round(nines * 1e6) / 1e6;
    }

    /**
     * Waits for the nines that a write asked for; the write stays, whatever comes of it.
     *
     * @param first how durable it was when it was written
     */
    Durability reached(Call call, MemoId memo, Durability first) throws InterruptedException {
        long wanted = call.query().number("durability", 0, 0, 100);
        if (first.nines() >= wanted) {
            return first;
        }
        AtomicReference<Durability> last = new AtomicReference<>(first);
        Durability reached = slab.<Durability>await(timeout(call), (_, own) -> {
            Durability now = own.durability(memo);
            last.set(now);
            return now.nines() >= wanted ? now : null;
        });
        if (reached == null) {
            throw new ThalwegException(
                    ErrorCode.DURABILITY_NOT_REACHED,
                    "memo " + memo + " is written and has " + rounded(last.get().nines())
                            + " nines, not the " + wanted
                            + " that were asked for in time; it stays, and copies go on being made");
        }
        return reached;
    }
}
