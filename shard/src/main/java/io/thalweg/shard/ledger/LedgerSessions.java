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
 * replies; beyond either the one goes whose last request was committed longest ago.
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

    /** @param number unsigned, of the newest request; 0 is the registration itself */
    private record Session(long session, int release, int number, long checksumLow, long checksumHigh, byte[] reply) {
        boolean isOf(Caller caller) {
            return checksumLow == caller.checksumLow() && checksumHigh == caller.checksumHigh();
        }
    }

    private final int sessionsMax;

    /** In order of the last commit. */
    private final LinkedHashMap<Client, Session> byLastCommit = new LinkedHashMap<>();

    private long replyBytes;

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
        Session known = byLastCommit.get(new Client(caller.clientLow(), caller.clientHigh()));
        if (known == null) {
            return null;
        }
        return known.number == 0 && known.isOf(caller) ? known.reply : DROPPED;
    }

    /** The reply to a request that is not to be executed; null when it is to be. */
    byte @Nullable [] beforeRequest(Caller caller) {
        Session known = byLastCommit.get(new Client(caller.clientLow(), caller.clientHigh()));
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
        Session before = byLastCommit.remove(client);
        replyBytes -= before == null ? 0 : before.reply.length;
        byLastCommit.put(
                client,
                new Session(
                        session,
                        caller.release(),
                        caller.number(),
                        caller.checksumLow(),
                        caller.checksumHigh(),
                        reply));
        replyBytes += reply.length;
        Iterator<Map.Entry<Client, Session>> oldest = byLastCommit.entrySet().iterator();
        while (byLastCommit.size() > sessionsMax || (replyBytes > REPLY_BYTES_MAX && byLastCommit.size() > 1)) {
            replyBytes -= oldest.next().getValue().reply.length;
            oldest.remove();
        }
    }

    int size() {
        return byLastCommit.size();
    }

    /** Writes the sessions in order of their last commit, which is part of the state. */
    void save(BinaryWriter out) {
        out.i32(byLastCommit.size());
        byLastCommit.forEach((client, last) -> out.i64(client.low)
                .i64(client.high)
                .i64(last.session)
                .i32(last.release)
                .i32(last.number)
                .i64(last.checksumLow)
                .i64(last.checksumHigh)
                .bytes(last.reply));
    }

    void load(BinaryReader in) {
        byLastCommit.clear();
        replyBytes = 0;
        for (int left = in.count(SAVED_BYTES_MIN); left > 0; left--) {
            Client client = new Client(in.i64(), in.i64());
            Session session = new Session(in.i64(), in.i32(), in.i32(), in.i64(), in.i64(), in.bytes());
            if (byLastCommit.put(client, session) != null) {
                throw new MalformedException("a client of a ledger has two sessions");
            }
            replyBytes += session.reply.length;
        }
    }
}
