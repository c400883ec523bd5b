package io.thalweg.shard;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.MalformedException;
import io.thalweg.model.Reply;
import io.thalweg.model.Request;
import io.thalweg.model.TenantId;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * At-most-once for clients that number their requests. Each session remembers its newest request number and the reply's very
 * bytes, so that a retry gets the identical reply, whichever replica leads by then. Part of the replicated state: the apply
 * thread only.
 *
 * <p>Memory is bounded by a number of sessions and by the bytes of their replies. Beyond either, the session that was unused
 * for longest goes; order of use is order of apply, so all replicas evict the same. A client whose session is gone learns so
 * from {@code SESSION_EVICTED}, because its next number is not 1; it must not simply start again, as it cannot know whether
 * its last request took effect.
 */
final class Sessions {
    /** Replies kept in all sessions together. */
    private static final long REPLY_BYTES_MAX = 64L << 20;

    private record Key(TenantId tenant, UUID session) {}

    private record Last(long number, byte[] reply) {}

    private final int sessionsMax;
    private final LinkedHashMap<Key, Last> byLastUse = new LinkedHashMap<>(64, 0.75f, true);
    private long replyBytes;

    Sessions(int sessionsMax) {
        this.sessionsMax = sessionsMax;
    }

    /**
     * Decides whether a request is new.
     *
     * @return null when it must be applied now; otherwise the reply in its binary form, to be returned instead
     */
    byte @Nullable [] replay(Request request) {
        if (request.session().equals(Request.NO_SESSION)) {
            return null;
        }
        long number = request.number();
        if (number < 1) {
            return refusal(ErrorCode.INVALID_REQUEST, "request number is " + number + ", expected at least 1");
        }
        Last last = byLastUse.get(new Key(request.tenant(), request.session()));
        if (last == null) {
            return number == 1
                    ? null
                    : refusal(
                            ErrorCode.SESSION_EVICTED,
                            "session " + request.session() + " is not known (any more), but the request has number "
                                    + number);
        }
        if (number == last.number) {
            return last.reply;
        }
        return number > last.number
                ? null
                : refusal(
                        ErrorCode.REQUEST_NUMBER_TOO_OLD,
                        "request number " + number + " is older than " + last.number + ", the newest of its session");
    }

    /** Remembers the reply to a request that {@link #replay} let through. */
    void remember(Request request, byte[] reply) {
        if (request.session().equals(Request.NO_SESSION)) {
            return;
        }
        put(new Key(request.tenant(), request.session()), new Last(request.number(), reply));
        Iterator<Map.Entry<Key, Last>> oldest = byLastUse.entrySet().iterator();
        while (byLastUse.size() > sessionsMax || (replyBytes > REPLY_BYTES_MAX && byLastUse.size() > 1)) {
            replyBytes -= oldest.next().getValue().reply.length;
            oldest.remove();
        }
    }

    private void put(Key key, Last last) {
        Last before = byLastUse.put(key, last);
        replyBytes += last.reply.length - (before == null ? 0 : before.reply.length);
    }

    private static byte[] refusal(ErrorCode code, String message) {
        BinaryWriter out = new BinaryWriter(64);
        ReplyCodec.write(out, new Reply.Refused(code, message));
        return out.toByteArray();
    }

    int size() {
        return byLastUse.size();
    }

    /** Writes the sessions in order of last use, which is part of the state. */
    void save(BinaryWriter out) {
        out.i32(byLastUse.size());
        byLastUse.forEach((key, last) ->
                out.uuid(key.tenant.value()).uuid(key.session).i64(last.number).bytes(last.reply));
    }

    void load(BinaryReader in) {
        byLastUse.clear();
        replyBytes = 0;
        for (int left = in.count(44); left > 0; left--) {
            Key key = new Key(new TenantId(in.uuid()), in.uuid());
            Last last = new Last(in.i64(), in.bytes());
            if (byLastUse.containsKey(key)) {
                throw new MalformedException("session " + key.session + " is there twice");
            }
            put(key, last);
        }
    }
}
