package io.thalweg.raft;

import io.thalweg.model.MalformedException;
import io.thalweg.shard.Entry;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;

/**
 * The form of an entry inside Ratis. What stays in the Raft log (Ratis: log data):
 *
 * <pre>
 * version:u8 = 1  requests:u32  timestampNs:i64  reference: the rest, see {@link io.thalweg.shard.Replica#reference}
 * </pre>
 *
 * and beside it, on the wire and never in the Raft log's file (Ratis: state machine data), the body. Count and stamp are
 * repeated here so that a follower can rebuild the {@link Entry} without knowing what a reference means.
 */
final class EntryForm {
    private static final byte VERSION = 1;
    private static final int HEADER_BYTES = 1 + 4 + 8;

    private EntryForm() {}

    static ByteString logData(Entry entry, ByteBuffer reference) {
        ByteBuffer data = ByteBuffer.allocate(HEADER_BYTES + reference.remaining());
        data.put(VERSION).putInt(entry.requests()).putLong(entry.timestampNs()).put(reference.duplicate());
        return UnsafeByteOperations.unsafeWrap(data.flip());
    }

    static ByteBuffer reference(LogEntryProto proto) {
        ByteBuffer data = header(proto);
        return data.position(HEADER_BYTES).slice();
    }

    /** The entry that a leader sent; the body is shared with {@code proto}. */
    static Entry entry(LogEntryProto proto) {
        ByteBuffer data = header(proto);
        ByteString body = proto.getStateMachineLogEntry().getStateMachineEntry().getStateMachineData();
        int requests = data.getInt(1);
        return Entry.of(data.getLong(5), requests, body.asReadOnlyByteBufferList(), body.size());
    }

    static ByteString wrap(List<ByteBuffer> parts) {
        ByteString whole = ByteString.EMPTY;
        for (ByteBuffer part : parts) {
            ByteString wrapped = UnsafeByteOperations.unsafeWrap(part.duplicate());
            whole = whole.isEmpty() ? wrapped : whole.concat(wrapped);
        }
        return whole;
    }

    private static ByteBuffer header(LogEntryProto proto) {
        ByteBuffer data = proto.getStateMachineLogEntry().getLogData().asReadOnlyByteBuffer();
        if (data.remaining() < HEADER_BYTES || data.get(data.position()) != VERSION) {
            throw new MalformedException("entry " + proto.getIndex() + " of the raft log has " + data.remaining()
                    + " bytes of log data that are not of version " + VERSION);
        }
        return data.slice();
    }
}
