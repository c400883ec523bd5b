package io.thalweg.ledger;

import io.thalweg.model.Checksum;
import io.thalweg.model.LedgerId;
import io.thalweg.model.MalformedException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The body of a shard request to a ledger: a head of fixed size, then the events exactly as a client sent them. A door that reads
 * events from a socket leaves {@link #HEAD_BYTES} free in front of them, so that they are never copied to be ordered.
 *
 * <pre>
 * body   = head, events
 * head   = ledger 16, format u8 (0 plain, 1 multi-batch), full u8 (0 no, 1 yes),
 *          timed u8 (0 no, 1 yes), zero 5, client u128, checksum u128,
 *          session u64, number u32, release u32, zero 8                            80 bytes, little-endian
 * events = event*                                                                  plain: one batch
 *        | as {@link MultiBatch} has it                                            multi-batch
 * </pre>
 *
 * A client of zero means that the request belongs to no session of the wire protocol. Whether the events are well-formed is
 * for the one who creates things from them to say; this reads the head.
 *
 * @param caller the session of the wire protocol that this belongs to, null for none
 * @param full whether the tenant may not store more: a repetition is answered as the request itself was, but nothing new is
 *     booked. It is for the door to say, since a tenant's limits are not of this shard's state, and part of the request, since
 *     all replicas must decide alike
 * @param timed whether the request takes its ticks of the shard's time whatever comes of it, as all do that are made by now; older
 *     ones take them only if they are executed
 * @param events shares the memory of the body
 */
public record LedgerRequest(
        LedgerId ledger, Format format, @Nullable Caller caller, boolean full, boolean timed, ByteBuffer events) {
    /** Bytes of the head; with the head of the request in front of it, events begin at a multiple of 128. */
    public static final int HEAD_BYTES = 80;

    /** Bytes of one event that creates an account or a transfer. */
    public static final int EVENT_BYTES = 128;

    /** Most events that one request creates. */
    public static final int EVENTS_MAX = 8190;

    private static final int PLAIN = 0;
    private static final int MULTI_BATCH = 1;

    private static final int FORMAT = 16;
    private static final int FULL = 17;
    private static final int TIMED = 18;
    private static final int CLIENT = 24;
    private static final int CHECKSUM = 40;
    private static final int SESSION = 56;
    private static final int NUMBER = 64;
    private static final int RELEASE = 68;

    /** How the events lie. */
    public enum Format {
        PLAIN,
        MULTI_BATCH
    }

    /**
     * Who sent a request over the wire, and which of its requests this is.
     *
     * @param clientLow the client's id, not zero
     * @param session what registering answered; 0 when the request registers
     * @param number of the request in its session; 0 when the request registers
     * @param release of the client's program, as the wire has it
     * @param checksumLow of the request; tells a retry from another request with the same number
     */
    public record Caller(
            long clientLow,
            long clientHigh,
            long session,
            int number,
            int release,
            long checksumLow,
            long checksumHigh) {}

    /** The body of a request outside any session of the wire; copies the events. */
    public static ByteBuffer encode(LedgerId ledger, ByteBuffer events) {
        ByteBuffer body = ByteBuffer.allocate(HEAD_BYTES + events.remaining()).order(ByteOrder.LITTLE_ENDIAN);
        putHead(body, 0, ledger, Format.PLAIN, null);
        body.put(HEAD_BYTES, events, events.position(), events.remaining());
        return body;
    }

    /** Writes a head at {@code at}; the position does not move. The events have to follow it. */
    public static void putHead(ByteBuffer target, int at, LedgerId ledger, Format format, @Nullable Caller caller) {
        ByteBuffer out = target.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < HEAD_BYTES; i += Long.BYTES) {
            out.putLong(at + i, 0);
        }
        out.putLong(at, ledger.value().getMostSignificantBits());
        out.putLong(at + 8, ledger.value().getLeastSignificantBits());
        out.put(at + FORMAT, (byte) (format == Format.PLAIN ? PLAIN : MULTI_BATCH));
        out.put(at + TIMED, (byte) 1);
        if (caller != null) {
            out.putLong(at + CLIENT, caller.clientLow).putLong(at + CLIENT + 8, caller.clientHigh);
            out.putLong(at + CHECKSUM, caller.checksumLow).putLong(at + CHECKSUM + 8, caller.checksumHigh);
            out.putLong(at + SESSION, caller.session);
            out.putInt(at + NUMBER, caller.number).putInt(at + RELEASE, caller.release);
        }
    }

    /** Says in a head at {@code at} whether the tenant may not store more. */
    public static void putFull(ByteBuffer target, int at, boolean full) {
        target.put(at + FULL, (byte) (full ? 1 : 0));
    }

    /** Of a body: the ledger and the events, but not whether the tenant is full at the moment. */
    public static int checksum(ByteBuffer body) {
        int at = body.position();
        int head = Math.min(FULL, body.remaining());
        int behind = Math.min(HEAD_BYTES, body.remaining());
        return new Checksum()
                .start()
                .add(body, at, head)
                .add(body, at + behind, body.remaining() - behind)
                .value();
    }

    /** Reads a body that is not trusted; its position does not move. */
    public static LedgerRequest parse(ByteBuffer body) {
        ByteBuffer in = body.slice().order(ByteOrder.LITTLE_ENDIAN);
        if (in.remaining() < HEAD_BYTES) {
            throw new MalformedException(
                    "a ledger request has a head of " + HEAD_BYTES + " bytes, but there are " + in.remaining());
        }
        int format = in.get(FORMAT) & 0xff;
        if (format != PLAIN && format != MULTI_BATCH) {
            throw new MalformedException("format " + format + " of a ledger request is unknown");
        }
        boolean full = flag(in, FULL, "a full store");
        boolean timed = flag(in, TIMED, "ticks in any case");
        Caller caller = new Caller(
                in.getLong(CLIENT),
                in.getLong(CLIENT + 8),
                in.getLong(SESSION),
                in.getInt(NUMBER),
                in.getInt(RELEASE),
                in.getLong(CHECKSUM),
                in.getLong(CHECKSUM + 8));
        return new LedgerRequest(
                new LedgerId(new UUID(in.getLong(0), in.getLong(8))),
                format == PLAIN ? Format.PLAIN : Format.MULTI_BATCH,
                caller.clientLow == 0 && caller.clientHigh == 0 ? null : caller,
                full,
                timed,
                in.slice(HEAD_BYTES, in.remaining() - HEAD_BYTES).order(ByteOrder.LITTLE_ENDIAN));
    }

    private static boolean flag(ByteBuffer in, int at, String what) {
        int value = in.get(at) & 0xff;
        if (value > 1) {
            throw new MalformedException("a ledger request says " + value + " where 0 or 1 stands for " + what);
        }
        return value == 1;
    }

    /**
     * The numbers of events in each batch, for events of {@code eventBytes}; throws {@link MalformedException} when the
     * bytes are not whole events, or too many.
     */
    public int[] counts(int eventBytes) {
        int[] counts;
        if (format == Format.MULTI_BATCH) {
            counts = MultiBatch.counts(events, eventBytes);
        } else if (events.remaining() % eventBytes == 0) {
            counts = new int[] {events.remaining() / eventBytes};
        } else {
            throw new MalformedException(
                    events.remaining() + " bytes are no whole events of " + eventBytes + " bytes each");
        }
        long all = 0;
        for (int count : counts) {
            all += count;
        }
        if (all > EVENTS_MAX) {
            throw new MalformedException("a request has " + all + " events; the limit is " + EVENTS_MAX);
        }
        return counts;
    }
}
