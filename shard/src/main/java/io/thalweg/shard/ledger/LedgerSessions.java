package io.thalweg.shard.ledger;

import io.thalweg.ledger.LedgerReply;
import io.thalweg.ledger.LedgerReply.Reason;
import io.thalweg.ledger.LedgerRequest.Caller;
import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.MalformedException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of one ledger's clients of the wire protocol: who registered, and the newest request of each with its reply. Part
 * of the replicated state: the apply thread only.
 *
 * <p>Reads do not come by here, so a session's numbers have gaps: a greater number is a new request, the same number is a retry
 * if the checksum is the same too, a smaller one is out of date. Sessions are bounded in number and in the bytes of their
 * replies; beyond either the one goes that was used longest ago. Of a session that only reads this is said by {@link #touch}, a request
 * like any other, which is asked for when the session {@link #fades}: once in as many uses by others as make half of the bound.
 */
final class LedgerSessions {
    /** Replies kept in all sessions of a ledger together. */
    static final long REPLY_BYTES_MAX = 64L << 20;

    private static final int SAVED_BYTES_MIN = 16 + 8 + 4 + 4 + 16 + 4;

    private static final byte[] DROPPED = reply(LedgerReply::writeDropped);
    private static final byte[] NO_SESSION = evicted(Reason.NO_SESSION);
    private static final byte[] SESSION_TOO_LOW = evicted(Reason.SESSION_TOO_LOW);
    private static final byte[] RELEASE_MISMATCH = evicted(Reason.RELEASE_MISMATCH);

    private record Client(long low, long high) {}

    /**
     * @param number unsigned, of the newest request; 0 is the registration itself
     * @param use which of all uses was its last, counted since the sessions were loaded
     */
    private record Session(
            long session, int release, int number, long checksumLow, long checksumHigh, byte[] reply, long use) {
        boolean isOf(Caller caller) {
            return checksumLow == caller.checksumLow() && checksumHigh == caller.checksumHigh();
        }
    }

    private final int sessionsMax;

    /** In order of the last use. */
    private final LinkedHashMap<Client, Session> byLastUse = new LinkedHashMap<>();

    private long replyBytes;

    /** Uses of all sessions since they were loaded; no part of the state. */
    private long uses;

    LedgerSessions(int sessionsMax) {
        this.sessionsMax = sessionsMax;
    }

    private static byte[] evicted(Reason reason) {
        return reply(out -> LedgerReply.writeEvicted(out, reason));
    }

    private static byte[] reply(java.util.function.Consumer<BinaryWriter> write) {
        BinaryWriter out = new BinaryWriter(16);
        write.accept(out);
        return out.toByteArray();
    }

    /** The reply to a registration that is not to be executed, which is a retry; null when it is new. */
    byte @Nullable [] beforeRegister(Caller caller) {
        Session known = byLastUse.get(new Client(caller.clientLow(), caller.clientHigh()));
        if (known == null) {
            return null;
        }
        if (known.release != caller.release()) {
            return RELEASE_MISMATCH;
        }
        return known.number == 0 && known.isOf(caller) ? known.reply : DROPPED;
    }

    /** The reply to a request that is not to be executed; null when it is to be. */
    byte @Nullable [] beforeRequest(Caller caller) {
        Session known = byLastUse.get(new Client(caller.clientLow(), caller.clientHigh()));
        if (known == null) {
            return NO_SESSION;
        }
        int session = Long.compareUnsigned(known.session, caller.session());
        if (session != 0) {
            return session > 0 ? SESSION_TOO_LOW : DROPPED;
        }
        if (known.release != caller.release()) {
            return RELEASE_MISMATCH;
        }
        int number = Integer.compareUnsigned(caller.number(), known.number);
        if (number == 0) {
            return known.isOf(caller) ? known.reply : DROPPED;
        }
        return number > 0 ? null : DROPPED;
    }

    /** Remembers the reply to a request that was executed; {@code session} is what registering answered. */
    void remember(Caller caller, long session, byte[] reply) {
        Client client = new Client(caller.clientLow(), caller.clientHigh());
        Session before = byLastUse.remove(client);
        replyBytes -= before == null ? 0 : before.reply.length;
        byLastUse.put(
                client,
                new Session(
                        session,
                        caller.release(),
                        caller.number(),
                        caller.checksumLow(),
                        caller.checksumHigh(),
                        reply,
                        ++uses));
        replyBytes += reply.length;
        Iterator<Map.Entry<Client, Session>> oldest = byLastUse.entrySet().iterator();
        while (byLastUse.size() > sessionsMax || (replyBytes > REPLY_BYTES_MAX && byLastUse.size() > 1)) {
            replyBytes -= oldest.next().getValue().reply.length;
            oldest.remove();
        }
    }

    /** Whether a client has this session or a later one. */
    boolean has(long clientLow, long clientHigh, long session) {
        Session known = byLastUse.get(new Client(clientLow, clientHigh));
        return known != null && Long.compareUnsigned(known.session, session) >= 0;
    }

    /** Whether a session may soon be the one that was used longest ago, unless it is {@link #touch touched}. */
    boolean fades(Caller caller) {
        Session known = byLastUse.get(new Client(caller.clientLow(), caller.clientHigh()));
        return known != null && uses - known.use >= Math.max(1, sessionsMax / 2);
    }

    /** Notes that a session is in use; one that is gone stays so. */
    void touch(Caller caller) {
        Client client = new Client(caller.clientLow(), caller.clientHigh());
        Session known = byLastUse.get(client);
        if (known != null && known.session == caller.session()) {
            byLastUse.remove(client);
            byLastUse.put(
                    client,
                    new Session(
                            known.session,
                            known.release,
                            known.number,
                            known.checksumLow,
                            known.checksumHigh,
                            known.reply,
                            ++uses));
        }
    }

    int size() {
        return byLastUse.size();
    }

    /** Writes the sessions in order of their last use, which is part of the state. */
    void save(BinaryWriter out) {
        out.i32(byLastUse.size());
        byLastUse.forEach((client, last) -> out.i64(client.low)
                .i64(client.high)
                .i64(last.session)
                .i32(last.release)
                .i32(last.number)
                .i64(last.checksumLow)
                .i64(last.checksumHigh)
                .bytes(last.reply));
    }

    void load(BinaryReader in) {
        byLastUse.clear();
        replyBytes = 0;
        for (int left = in.count(SAVED_BYTES_MIN); left > 0; left--) {
            Client client = new Client(in.i64(), in.i64());
            Session session = new Session(in.i64(), in.i32(), in.i32(), in.i64(), in.i64(), in.bytes(), ++uses);
            if (byLastUse.put(client, session) != null) {
                throw new MalformedException("a client of a ledger has two sessions");
            }
            replyBytes += session.reply.length;
        }
    }
}
