package io.thalweg.raft;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.thirdparty.com.google.protobuf.InvalidProtocolBufferException;

/** The form of an entry in a segment file of Ratis' log, which the package's comment gives. Nothing here does I/O. */
final class EntryBytes {
    /** What every segment file starts with. */
    static final byte[] HEADER = "RaftLog1".getBytes(StandardCharsets.US_ASCII);

    private static final int CHECKSUM_BYTES = 4;
    /** Protobuf's marks of fields 1 and 2, which are numbers. */
    private static final byte TERM_TAG = 0x08;

    private static final byte INDEX_TAG = 0x10;
    /** More entries than one write of Ratis' holds. */
    private static final int ENTRIES_TORN_MAX = 1 << 20;

    private EntryBytes() {}

    /** The length that is written at {@code at}, or 0 when there is none that can be. */
    static int lengthAt(byte[] bytes, int at) {
        int length = 0;
        for (int i = 0; i < 4 && at + i < bytes.length; i++) {
            length |= (bytes[at + i] & 0x7f) << (7 * i);
            if (bytes[at + i] >= 0) {
                return i + 1 == varintBytes(length) ? length : 0;
            }
        }
        return 0;
    }

    /** Bytes of a whole entry whose length field says {@code length}. */
    static int wholeBytes(int length) {
        return varintBytes(length) + length + CHECKSUM_BYTES;
    }

    /** Whether an entry with the right checksum stands at {@code at}. */
    static boolean isWhole(byte[] bytes, int at) {
        int length = lengthAt(bytes, at);
        if (length <= 0 || (long) at + wholeBytes(length) > bytes.length) {
            return false;
        }
        int covered = varintBytes(length) + length;
        return checksum(bytes, at, covered) == ByteBuffer.wrap(bytes).getInt(at + covered);
    }

    /**
     * Whether an entry that comes soon behind {@code index} may start at {@code at}: term and index, which come first in it, are read. It
     * spares a search the checksums over whatever looks like a length.
     */
    static boolean mayBeBehind(byte[] bytes, int at, long index) {
        int length = lengthAt(bytes, at);
        int term = at + varintBytes(length);
        if (length <= 0 || term >= bytes.length || bytes[term] != TERM_TAG) {
            return false;
        }
        int next = afterVarint(bytes, term + 1);
        if (next >= bytes.length || bytes[next] != INDEX_TAG) {
            return false;
        }
        long found = 0;
        for (int i = 0; i < 9 && next + 1 + i < bytes.length; i++) {
            found |= (long) (bytes[next + 1 + i] & 0x7f) << (7 * i);
            if (bytes[next + 1 + i] >= 0) {
                return found > index && found - index <= ENTRIES_TORN_MAX;
            }
        }
        return false;
    }

    private static int afterVarint(byte[] bytes, int at) {
        int end = at;
        while (end < bytes.length && bytes[end] < 0) {
            end++;
        }
        return end + 1;
    }

    /** The entry at {@code at}, which must be a whole one. */
    static LogEntryProto parse(byte[] bytes, int at) throws InvalidProtocolBufferException {
        int length = lengthAt(bytes, at);
        return LogEntryProto.parser().parseFrom(bytes, at + varintBytes(length), length);
    }

    private static int checksum(byte[] bytes, int from, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, from, length);
        return (int) crc.getValue();
    }

    private static int varintBytes(int length) {
        return Math.max(1, (38 - Integer.numberOfLeadingZeros(length)) / 7);
    }
}
