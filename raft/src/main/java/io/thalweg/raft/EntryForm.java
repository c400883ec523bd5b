package io.thalweg.raft;

import io.thalweg.model.Checksum;
import io.thalweg.model.MalformedException;
import io.thalweg.shard.Entry;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.zip.CRC32C;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;

/**
 * The form of an entry in the Raft log and on the wire (Ratis: log data):
 *
 * <pre>
 * version:u8 = 3  requests:u32  timestampNs:i64  checksum:u32  head:u32  body     big endian
 * </pre>
 *
 * <p>{@code checksum} is the body's CRC-32C, {@code head} that of everything before it: stamp and count are checked as the body is. Version 2, which
 * logs of before have, had no {@code head}. Version 1 had a reference in the place of checksum and body: see {@link FormerRaftLog}.
 */
final class EntryForm {
    static final int HEADER_BYTES = 1 + 4 + 8 + 4 + 4;
    private static final byte VERSION = 3;

    /** What version 2 has, and what the checksum of version 3 covers. */
    private static final int CHECKED_BYTES = HEADER_BYTES - 4;

    private static final byte WITHOUT_HEAD = 2;

    private EntryForm() {}

    /** Shares the entry's body. */
    static ByteString logData(Entry entry) {
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
        header.put(VERSION)
                .putInt(entry.requests())
                .putLong(entry.timestampNs())
                .putInt(entry.checksum());
        header.putInt(crc(header.array(), CHECKED_BYTES));
        ByteString whole = UnsafeByteOperations.unsafeWrap(header.flip());
        for (ByteBuffer part : entry.body()) {
            whole = whole.concat(UnsafeByteOperations.unsafeWrap(part.duplicate()));
        }
        return whole;
    }

    private static int crc(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }

    /** An entry's parts; the body shares the log's bytes. */
    private record Parts(int requests, long timestampNs, int checksum, ByteString body) {}

    /**
     * Whether an entry is whole, without copying it.
     *
     * @throws MalformedException when it is of no version that we know, or not the one that was proposed
     */
    static void check(LogEntryProto proto) {
        Parts parts = parts(proto);
        CRC32C crc = new CRC32C();
        parts.body.asReadOnlyByteBufferList().forEach(crc::update);
        if ((int) crc.getValue() != parts.checksum) {
            throw differs(proto, "body");
        }
    }

    private static Parts parts(LogEntryProto proto) {
        ByteString data = proto.getStateMachineLogEntry().getLogData();
        int version = data.isEmpty() ? -1 : data.byteAt(0);
        int length = version == VERSION ? HEADER_BYTES : CHECKED_BYTES;
        if ((version != VERSION && version != WITHOUT_HEAD) || data.size() < length) {
            throw new MalformedException("entry " + proto.getIndex() + " of the raft log has " + data.size()
                    + " bytes of version " + version + ", expected version " + VERSION + " or " + WITHOUT_HEAD);
        }
        ByteBuffer header = ByteBuffer.wrap(data.substring(0, length).toByteArray());
        if (version == VERSION && header.getInt(CHECKED_BYTES) != crc(header.array(), CHECKED_BYTES)) {
            throw differs(proto, "stamp or count");
        }
        return new Parts(header.getInt(1), header.getLong(5), header.getInt(13), data.substring(length));
    }

    private static MalformedException differs(LogEntryProto proto, String what) {
        return new MalformedException("the " + what + " of entry " + proto.getIndex()
                + " of the raft log is not the one that was proposed: its checksum differs");
    }

    /**
     * The entry in a committed place of the log, with a body of its own.
     *
     * @throws MalformedException when it is of no version that we know, or not the one that was proposed
     */
    static Entry entry(LogEntryProto proto) {
        Parts parts = parts(proto);
        ByteBuffer body = ByteBuffer.wrap(parts.body.toByteArray()).order(ByteOrder.LITTLE_ENDIAN);
        if (new Checksum().of(body, 0, body.remaining()) != parts.checksum) {
            throw differs(proto, "body");
        }
        return new Entry(parts.timestampNs, parts.requests, List.of(body), body.remaining(), parts.checksum);
    }
}
