package io.thalweg.cluster.forward;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.Checksum;
import io.thalweg.model.MalformedException;
import io.thalweg.model.request.RequestCodec;
import io.thalweg.shard.Entry;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** The messages between nodes; the forms are in the package's comment. */
final class OrderCodec {
    private static final byte[] ORDER = "ThOr".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] DONE = "ThDo".getBytes(StandardCharsets.US_ASCII);
    private static final int VERSION = 1;

    /** What an order asks for. */
    record Order(int requests, ByteBuffer body) {}

    /** What came of it: replies, and the index up to which the leader had applied when it had them. */
    record Done(long applied, ByteBuffer replies) {}

    private OrderCodec() {}

    static ByteBuffer order(Entry entry) {
        BinaryWriter out = new BinaryWriter(14 + entry.length());
        out.raw(ORDER).u16(VERSION).i32(entry.requests()).i32(entry.checksum());
        for (ByteBuffer part : entry.body()) {
            out.raw(part.duplicate());
        }
        return out.toByteBuffer();
    }

    /** Reads an order whose bytes are not trusted: the checksum is right, and all requests are whole. */
    static Order order(ByteBuffer bytes) {
        BinaryReader in = begin(bytes, ORDER);
        int requests = in.i32();
        int checksum = in.i32();
        ByteBuffer body = checked(in, checksum);
        RequestCodec.Cursor cursor = RequestCodec.cursor(body);
        int count = 0;
        while (cursor.hasNext()) {
            var _ = cursor.next();
            count++;
        }
        if (count != requests || count == 0) {
            throw new MalformedException("an order of " + requests + " requests has " + count);
        }
        return new Order(requests, body);
    }

    static ByteBuffer done(long applied, ByteBuffer replies) {
        ByteBuffer body = replies.duplicate();
        return new BinaryWriter(18 + body.remaining())
                .raw(DONE)
                .u16(VERSION)
                .i64(applied)
                .i32(new Checksum().of(List.of(body)))
                .raw(body.duplicate())
                .toByteBuffer();
    }

    static Done done(ByteBuffer bytes) {
        BinaryReader in = begin(bytes, DONE);
        long applied = in.i64();
        int checksum = in.i32();
        return new Done(applied, checked(in, checksum));
    }

    private static BinaryReader begin(ByteBuffer bytes, byte[] magic) {
        BinaryReader in = new BinaryReader(bytes);
        if (in.remaining() < magic.length + 2 || !Arrays.equals(in.raw(magic.length), magic)) {
            throw new MalformedException(
                    "a message of another node does not begin with " + new String(magic, StandardCharsets.US_ASCII));
        }
        int version = in.u16();
        if (version != VERSION) {
            throw new MalformedException(
                    "a message of another node has version " + version + ", and this one knows " + VERSION);
        }
        return in;
    }

    private static ByteBuffer checked(BinaryReader in, int checksum) {
        ByteBuffer body = in.slice(in.remaining()).order(ByteOrder.LITTLE_ENDIAN);
        if (new Checksum().of(List.of(body.duplicate())) != checksum) {
            throw new MalformedException("a message of another node has a wrong checksum");
        }
        return body;
    }
}
