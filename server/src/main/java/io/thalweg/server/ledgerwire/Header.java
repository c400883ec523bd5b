package io.thalweg.server.ledgerwire;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Where the fields of a message's header lie in its {@value #BYTES} bytes, little-endian, and what makes one valid.
 *
 * <pre>
 * header      = checksum u128 of all that follows in the header, zero 16, checksum of the body u128, zero 32, cluster u128,
 *               size u32, epoch u32 (0), view u32, release u32, protocol u16 (0), command u8, replica u8, zero 12, 128 by command
 * ping_client = client u128, monotonic u64, session u64, zero
 * pong_client = monotonic u64, zero
 * request     = parent u128, zero 16, client u128, session u64, timestamp u64 (0), number u32, operation u8, zero 3, latency u32, zero
 * reply       = request's checksum u128, zero 16, context u128, zero 16, client u128, op u64, commit u64, timestamp u64,
 *               number u32, operation u8, zero
 * eviction    = client u128, zero, reason u8
 *
 * view          of a group: its term times the number of nodes, and the leader's place among them; of a lone shard 0
 * </pre>
 */
final class Header {
    static final int BYTES = 256;

    /** Largest message, header included. */
    static final int MESSAGE_BYTES_MAX = 1 << 20;

    static final int BODY_BYTES_MAX = MESSAGE_BYTES_MAX - BYTES;

    static final int CHECKSUM = 0;
    static final int CHECKED_FROM = 16;
    static final int BODY_CHECKSUM = 32;
    static final int CLUSTER = 80;
    static final int SIZE = 96;
    static final int EPOCH = 100;
    static final int VIEW = 104;
    static final int RELEASE = 108;
    static final int PROTOCOL = 112;
    static final int COMMAND = 114;
    static final int REPLICA = 115;

    static final int PING_CLIENT = 128;
    static final int PING_MONOTONIC = 144;
    static final int PING_SESSION = 152;
    static final int PONG_MONOTONIC = 128;

    static final int PARENT = 128;
    static final int CLIENT = 160;
    static final int SESSION = 176;
    static final int TIMESTAMP = 184;
    static final int NUMBER = 192;
    static final int OPERATION = 196;

    static final int REPLY_REQUEST_CHECKSUM = 128;
    static final int REPLY_CONTEXT = 160;
    static final int REPLY_CLIENT = 192;
    static final int REPLY_OP = 208;
    static final int REPLY_COMMIT = 216;
    static final int REPLY_TIMESTAMP = 224;
    static final int REPLY_NUMBER = 232;
    static final int REPLY_OPERATION = 236;

    static final int EVICTION_CLIENT = 128;
    static final int EVICTION_REASON = 255;

    /** Commands that meet here. */
    static final int COMMAND_PING_CLIENT = 3;

    static final int COMMAND_PONG_CLIENT = 4;
    static final int COMMAND_REQUEST = 5;
    static final int COMMAND_REPLY = 8;
    static final int COMMAND_EVICTION = 18;

    private Header() {}

    static ByteBuffer allocate(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Whether a message that came in may be read on: everything but the checksum of its body. */
    static boolean valid(ByteBuffer header, Aegis128L checksum, long clusterLow, long clusterHigh) {
        return checksum.of(header.slice(CHECKED_FROM, BYTES - CHECKED_FROM)).low() == header.getLong(CHECKSUM)
                && checksum.high() == header.getLong(CHECKSUM + 8)
                && header.getLong(CLUSTER) == clusterLow
                && header.getLong(CLUSTER + 8) == clusterHigh
                && header.getInt(SIZE) >= BYTES
                && header.getInt(SIZE) <= MESSAGE_BYTES_MAX
                && header.getInt(EPOCH) == 0
                && header.getInt(RELEASE) != 0
                && header.getShort(PROTOCOL) == 0
                && zero(header, CHECKSUM + 16, 16)
                && zero(header, BODY_CHECKSUM + 16, 32)
                && zero(header, REPLICA + 1, 12)
                && switch (header.get(COMMAND)) {
                    case COMMAND_PING_CLIENT ->
                        header.getInt(SIZE) == BYTES
                                && !zero(header, PING_CLIENT, 16)
                                && zero(header, PING_MONOTONIC + 16, BYTES - PING_MONOTONIC - 16);
                    case COMMAND_REQUEST ->
                        zero(header, PARENT + 16, 16)
                                && !zero(header, CLIENT, 16)
                                && header.getLong(TIMESTAMP) == 0
                                && zero(header, OPERATION + 1, 3)
                                && zero(header, OPERATION + 8, BYTES - OPERATION - 8);
                    default -> false;
                };
    }

    static boolean zero(ByteBuffer header, int from, int bytes) {
        int all = 0;
        for (int at = from; at < from + bytes; at++) {
            all |= header.get(at);
        }
        return all == 0;
    }

    /** Begins a message that goes out. */
    static void begin(ByteBuffer out, ByteBuffer request, int command, int size) {
        out.putLong(CLUSTER, request.getLong(CLUSTER))
                .putLong(CLUSTER + 8, request.getLong(CLUSTER + 8))
                .putInt(SIZE, size)
                .putInt(RELEASE, request.getInt(RELEASE))
                .put(COMMAND, (byte) command);
    }

    /** Puts the checksums of a message that is otherwise complete. */
    static void seal(ByteBuffer out, Aegis128L checksum) {
        int size = out.getInt(SIZE);
        var _ = checksum.of(out.slice(BYTES, size - BYTES));
        out.putLong(BODY_CHECKSUM, checksum.low()).putLong(BODY_CHECKSUM + 8, checksum.high());
        sealHeader(out, checksum);
    }

    static void sealHeader(ByteBuffer out, Aegis128L checksum) {
        var _ = checksum.of(out.slice(CHECKED_FROM, BYTES - CHECKED_FROM));
        out.putLong(CHECKSUM, checksum.low()).putLong(CHECKSUM + 8, checksum.high());
    }
}
