package io.thalweg.directory.placement;

import io.thalweg.directory.Want;
import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.MalformedException;
import io.thalweg.model.TenantId;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * What the directory tells a shard: the body of a request, and of its reply.
 *
 * <pre>
 * body := format:u8 (1) asOf:i64 count:i32 item*
 * item := decision:i64 tenant wants      see {@link Want}
 *
 * reply := format:u8 (1) refused:i32 (decision:i64)*
 * </pre>
 *
 * @param asOf the directory's version in which all of this was pending
 */
public record PlaceRequest(long asOf, List<Item> items) {
    private static final int FORMAT = 1;

    /**
     * What one decision asks of the shard.
     *
     * @param decision the directory's version that decided it
     */
    public record Item(long decision, TenantId tenant, List<Want> wants) {
        public Item {
            wants = List.copyOf(wants);
        }
    }

    public PlaceRequest {
        items = List.copyOf(items);
    }

    ByteBuffer encode() {
        BinaryWriter out = new BinaryWriter(256).u8(FORMAT).i64(asOf).i32(items.size());
        for (Item item : items) {
            out.i64(item.decision).uuid(item.tenant.value());
            Want.write(item.wants, out);
        }
        return out.toByteBuffer();
    }

    static PlaceRequest decode(ByteBuffer body) {
        BinaryReader in = new BinaryReader(body);
        requireFormat(in);
        long asOf = in.i64();
        List<Item> items = new ArrayList<>();
        for (int left = in.count(28); left > 0; left--) {
            items.add(new Item(in.i64(), new TenantId(in.uuid()), Want.read(in)));
        }
        in.end();
        return new PlaceRequest(asOf, items);
    }

    static ByteBuffer encodeReply(List<Long> refused) {
        BinaryWriter out = new BinaryWriter(16).u8(FORMAT).i32(refused.size());
        refused.forEach(out::i64);
        return out.toByteBuffer();
    }

    /** The decisions that the shard refuses to carry out. */
    static List<Long> decodeReply(ByteBuffer reply) {
        BinaryReader in = new BinaryReader(reply);
        requireFormat(in);
        List<Long> refused = new ArrayList<>();
        for (int left = in.count(Long.BYTES); left > 0; left--) {
            refused.add(in.i64());
        }
        in.end();
        return refused;
    }

    private static void requireFormat(BinaryReader in) {
        int format = in.u8();
        if (format != FORMAT) {
            throw new MalformedException("placement has format " + format + ", expected " + FORMAT);
        }
    }
}
