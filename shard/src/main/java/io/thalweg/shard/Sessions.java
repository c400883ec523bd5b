package io.thalweg.shard;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.MalformedException;
import io.thalweg.model.TenantId;
import io.thalweg.model.request.Operation;
import io.thalweg.model.request.Reply;
import io.thalweg.model.request.Request;
import io.thalweg.shard.stream.IdempotencyWindow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * At-most-once for clients that number their requests. Each session remembers its newest request, and the reply's very bytes, so
 * that a retry gets the identical reply, whichever replica leads by then. A request is the number together with the
 * operation and a checksum of the body: another one under the same number is refused, and not answered with what was never asked.
 * Part of the replicated state: the apply thread only.
 *
 * <h2>Bounds</h2>
 *
 * <p>A tenant has so many sessions and so many bytes of replies; beyond either, its own session that was unused for longest goes. All
 * tenants together have a bound, too, and beyond that one the tenant that has most gives way, so nobody who floods the shard takes
 * anything from those who do not. Order of use is order of apply, so all replicas evict the same.
 *
 * <p>What was evicted is not taken for new: its id is remembered for as long as an idempotency key, and its client gets {@code
 * SESSION_EVICTED}, also for number 1. It must not simply start again, as it cannot know whether its last request took effect. When
 * so many were evicted that no more can be remembered, new sessions are refused (decision 0013).
 *
 * <pre>
 * sessions = -2 i32, tenants i32, tenant*
 * tenant   = tenant uuid, sessions i32, session*, evicted
 * session  = id uuid, number i64, operation i32, checksum i32, reply bytes        in order of last use
 * evicted  = as {@link IdempotencyWindow} writes it
 * sessions = count i32, (tenant uuid, id uuid, number i64, reply bytes)*          before; such a reply is of any operation
 * </pre>
 */
final class Sessions {
    private static final int FORM = -2;

    /** Replies kept in all sessions together, and in those of one tenant. */
    private static final long REPLY_BYTES_MAX = 64L << 20;

    private static final long TENANT_REPLY_BYTES_MAX = 32L << 20;

    /** All tenants together have as many sessions as this many full ones, and as many evicted ones are remembered. */
    private static final int FULL_TENANTS_MAX = 4;

    /** A request from before sessions remembered what it was. */
    private static final int ANY_OPERATION = -1;

    private static final int SAVED_BYTES_MIN = 16 + 8 + 4 + 4 + 4;

    private record Last(long number, int operation, int checksum, byte[] reply) {
        boolean isOf(Operation asked, int itsChecksum) {
            return operation == ANY_OPERATION || (operation == asked.number() && checksum == itsChecksum);
        }
    }

    private final class Share {
        final LinkedHashMap<UUID, Last> byLastUse = new LinkedHashMap<>(16, 0.75f, true);
        final IdempotencyWindow evicted = new IdempotencyWindow(window.toNanos());
        long replyBytes;

        boolean wasEvicted(UUID session) {
            return evicted.find(session.getMostSignificantBits(), session.getLeastSignificantBits()) >= 0;
        }

        void put(UUID session, Last last) {
            Last before = byLastUse.put(session, last);
            long grown = (long) last.reply.length - (before == null ? 0 : before.reply.length);
            replyBytes += grown;
            replyBytesInAll += grown;
            sessionsInAll += before == null ? 1 : 0;
        }

        void evictOldest(long nowNs) {
            Iterator<Map.Entry<UUID, Last>> oldest = byLastUse.entrySet().iterator();
            Map.Entry<UUID, Last> gone = oldest.next();
            oldest.remove();
            replyBytes -= gone.getValue().reply.length;
            replyBytesInAll -= gone.getValue().reply.length;
            sessionsInAll--;
            UUID id = gone.getKey();
            evicted.add(id.getMostSignificantBits(), id.getLeastSignificantBits(), 0, 0, 1, 1, nowNs);
            evictedInAll++;
        }

        void expire(long nowNs) {
            int before = evicted.size();
            evicted.expire(nowNs);
            evictedInAll -= before - evicted.size();
        }
    }

    private final int sessionsMax;
    private final Duration window;
    private final int evictedMax;
    private final TreeMap<TenantId, Share> tenants = new TreeMap<>();
    private long sessionsInAll;
    private long replyBytesInAll;
    private long evictedInAll;

    /** Time of the newest eviction. */
    private long nowNs;

    /**
     * @param sessionsMax of one tenant
     * @param window how long one that was evicted is remembered, in event time
     * @param evictedMax how many of one tenant are remembered
     */
    Sessions(int sessionsMax, Duration window, int evictedMax) {
        this.sessionsMax = sessionsMax;
        this.window = window;
        this.evictedMax = evictedMax;
    }

    /**
     * Decides whether a request is new.
     *
     * @param checksum of what makes it this request and no other
     * @param timestampNs when it is applied
     * @return null when it must be applied now; otherwise the reply in its binary form, to be returned instead
     */
    byte @Nullable [] replay(Request request, int checksum, long timestampNs) {
        if (request.session().equals(Request.NO_SESSION)) {
            return null;
        }
        long number = request.number();
        if (number < 1) {
            return refusal(ErrorCode.INVALID_REQUEST, "request number is " + number + ", expected at least 1");
        }
        Share share = tenants.get(request.tenant());
        Last last = share == null ? null : share.byLastUse.get(request.session());
        if (last == null) {
            return beginning(request, share, timestampNs);
        }
        if (number == last.number) {
            return last.isOf(request.operation(), checksum)
                    ? last.reply
                    : refusal(
                            ErrorCode.REQUEST_NUMBER_REUSED,
                            "request number " + number + " of its session was another request: each has a number of its"
                                    + " own, and only a repetition has the same");
        }
        return number > last.number
                ? null
                : refusal(
                        ErrorCode.REQUEST_NUMBER_TOO_OLD,
                        "request number " + number + " is older than " + last.number + ", the newest of its session");
    }

    private byte @Nullable [] beginning(Request request, @Nullable Share share, long timestampNs) {
        if (share != null) {
            share.expire(timestampNs);
        }
        if (request.number() != 1 || (share != null && share.wasEvicted(request.session()))) {
            return refusal(
                    ErrorCode.SESSION_EVICTED,
                    "session " + request.session() + " is not known (any more), but the request has number "
                            + request.number());
        }
        Share yielding = yielding(share);
        if (yielding != null) {
            // A snapshot leaves out what is expired: whoever was restarted must not know better.
            yielding.expire(timestampNs);
        }
        if (yielding != null && (yielding.evicted.size() >= evictedMax || isFullOfEvicted(timestampNs))) {
            return refusal(
                    ErrorCode.IDEMPOTENCY_WINDOW_FULL,
                    yielding.evicted.size() + " sessions were evicted and are remembered, of at most " + evictedMax
                            + "; use sessions for more than one request, or begin new ones more slowly");
        }
        return null;
    }

    /** Which tenant would lose a session if {@code share} got one; null when none would. */
    private @Nullable Share yielding(@Nullable Share share) {
        if (share != null && share.byLastUse.size() >= sessionsMax) {
            return share;
        }
        return sessionsInAll >= (long) FULL_TENANTS_MAX * sessionsMax ? largest() : null;
    }

    private boolean isFullOfEvicted(long timestampNs) {
        long max = (long) FULL_TENANTS_MAX * evictedMax;
        if (evictedInAll >= max) {
            tenants.values().forEach(share -> share.expire(timestampNs));
        }
        return evictedInAll >= max;
    }

    /** The tenant that takes most; the first of those that are alike. */
    private @Nullable Share largest() {
        Share largest = null;
        for (Share share : tenants.values()) {
            if (largest == null || weight(share) > weight(largest)) {
                largest = share;
            }
        }
        return largest;
    }

    /** Shares of both bounds, added. */
    private double weight(Share share) {
        return (double) share.byLastUse.size() / sessionsMax + (double) share.replyBytes / TENANT_REPLY_BYTES_MAX;
    }

    /** Remembers the reply to a request that {@link #replay} let through. */
    void remember(Request request, int checksum, byte[] reply, long timestampNs) {
        if (request.session().equals(Request.NO_SESSION)) {
            return;
        }
        nowNs = timestampNs;
        Share share = tenants.computeIfAbsent(request.tenant(), _ -> new Share());
        share.put(
                request.session(),
                new Last(request.number(), request.operation().number(), checksum, reply));
        while (share.byLastUse.size() > sessionsMax
                || (share.replyBytes > TENANT_REPLY_BYTES_MAX && share.byLastUse.size() > 1)) {
            share.evictOldest(timestampNs);
        }
        while (sessionsInAll > (long) FULL_TENANTS_MAX * sessionsMax
                || (replyBytesInAll > REPLY_BYTES_MAX && sessionsInAll > 1)) {
            Share largest = largest();
            if (largest == null) {
                return;
            }
            // Several at once: to find the largest takes as long as there are tenants.
            for (int left = 1 + largest.byLastUse.size() / 64; left > 0; left--) {
                largest.evictOldest(timestampNs);
            }
        }
    }

    private static byte[] refusal(ErrorCode code, String message) {
        BinaryWriter out = new BinaryWriter(64);
        ReplyCodec.write(out, new Reply.Refused(code, message));
        return out.toByteArray();
    }

    int size() {
        return (int) sessionsInAll;
    }

    void save(BinaryWriter out) {
        capture().accept(out);
    }

    /** What writes the sessions as they are now, on any thread. */
    Consumer<BinaryWriter> capture() {
        List<Consumer<BinaryWriter>> shares = new ArrayList<>(tenants.size());
        tenants.forEach((tenant, share) -> shares.add(capture(tenant, share)));
        return out -> {
            out.i32(FORM).i32(shares.size());
            shares.forEach(share -> share.accept(out));
        };
    }

    private Consumer<BinaryWriter> capture(TenantId tenant, Share share) {
        List<Map.Entry<UUID, Last>> sessions = new ArrayList<>(share.byLastUse.size());
        share.byLastUse.forEach((id, last) -> sessions.add(Map.entry(id, last)));
        Consumer<BinaryWriter> evicted = share.evicted.capture(nowNs);
        return out -> {
            out.uuid(tenant.value()).i32(sessions.size());
            sessions.forEach(session -> {
                Last last = session.getValue();
                out.uuid(session.getKey())
                        .i64(last.number)
                        .i32(last.operation)
                        .i32(last.checksum)
                        .bytes(last.reply);
            });
            evicted.accept(out);
        };
    }

    void load(BinaryReader in) {
        tenants.clear();
        sessionsInAll = 0;
        replyBytesInAll = 0;
        evictedInAll = 0;
        int count = in.i32();
        if (count != FORM) {
            loadFormer(in, count);
            return;
        }
        for (int left = in.count(24); left > 0; left--) {
            Share share = new Share();
            if (tenants.put(new TenantId(in.uuid()), share) != null) {
                throw new MalformedException("a tenant's sessions are there twice");
            }
            for (int sessions = in.count(SAVED_BYTES_MIN); sessions > 0; sessions--) {
                add(share, in.uuid(), new Last(in.i64(), in.i32(), in.i32(), in.bytes()));
            }
            share.evicted.load(in);
            evictedInAll += share.evicted.size();
        }
    }

    private void loadFormer(BinaryReader in, int count) {
        if (count < 0 || count > in.remaining() / 44) {
            throw new MalformedException(count + " sessions are more than there are bytes for");
        }
        for (int left = count; left > 0; left--) {
            Share share = tenants.computeIfAbsent(new TenantId(in.uuid()), _ -> new Share());
            add(share, in.uuid(), new Last(in.i64(), ANY_OPERATION, 0, in.bytes()));
        }
    }

    private static void add(Share share, UUID session, Last last) {
        if (share.byLastUse.containsKey(session)) {
            throw new MalformedException("session " + session + " is there twice");
        }
        share.put(session, last);
    }
}
