package io.thalweg.memo.peering;

import io.thalweg.memo.Authorship;
import io.thalweg.memo.MemoCodec;
import io.thalweg.memo.MemoId;
import io.thalweg.memo.peering.Message.Listed;
import io.thalweg.memo.peering.Message.Range;
import io.thalweg.memo.peering.Message.Sent;
import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.MalformedException;
import io.thalweg.model.TenantId;
import java.util.ArrayList;
import java.util.List;

/**
 * The binary form of messages, version 1, little-endian. A receiver refuses another version; a newer build may add types, which an older one
 * refuses one by one.
 *
 * <pre>
 * message := "TWPE" version:u8=1 type:u8 content
 * content := 1 beat    length:u32 form
 *          | 2 have    tenant:16 ids
 *          | 3 want    ids
 *          | 4 offer   tenant:16 ids
 *          | 5 memos   count:u32 (signed:u8 [key:44 signature:64] length:u32 form){count}
 *          | 6 absent  ids
 *          | 7 list    from:i64
 *          | 8 listing from:i64 next:i64 end:u8 tenants:u16 tenant:16{tenants}
 *                      count:u32 (step:u16 tenant:u16 held:u8 id:32){count}     step: from the number before
 *          | 9 fetch   count:u32 (first:i64 last:i64){count}
 *          | 10 leaving round:i64 ids
 *          | 11 stay   round:i64 ids
 *          | 12 dropped count:u32 (id:32 length:u32 form){count}
 *          | 13 keyframes ids                                                       of objects
 * ids     := count:u32 id:32{count}
 * </pre>
 */
public final class MessageCodec {
    private static final int MAGIC = 0x45505754; // "TWPE", little-endian
    private static final int VERSION = 1;

    private MessageCodec() {}

    public static byte[] encode(Message message) {
        BinaryWriter out = new BinaryWriter(256).i32(MAGIC).u8(VERSION);
        switch (message) {
            case Message.Beating beat -> out.u8(1).bytes(beat.form());
            case Message.Have have -> ids(out.u8(2).rfcUuid(have.tenant().value()), have.ids());
            case Message.Want want -> ids(out.u8(3), want.ids());
            case Message.Offer offer -> ids(out.u8(4).rfcUuid(offer.tenant().value()), offer.ids());
            case Message.Memos memos -> memos(out.u8(5), memos.memos());
            case Message.Absent absent -> ids(out.u8(6), absent.ids());
            case Message.ListFrom list -> out.u8(7).i64(list.from());
            case Message.Listing listing -> listing(out.u8(8), listing);
            case Message.Fetch fetch -> {
                out.u8(9).i32(fetch.ranges().size());
                fetch.ranges().forEach(range -> out.i64(range.first()).i64(range.last()));
            }
            case Message.Leaving leaving -> ids(out.u8(10).i64(leaving.round()), leaving.ids());
            case Message.Stay stay -> ids(out.u8(11).i64(stay.round()), stay.ids());
            case Message.WantKeyframes want -> ids(out.u8(13), want.objects());
            case Message.Dropped dropped -> {
                out.u8(12).i32(dropped.memos().size());
                for (Message.Skeleton memo : dropped.memos()) {
                    memo.id().write(out);
                    out.bytes(memo.form());
                }
            }
        }
        return out.toByteArray();
    }

    private static void ids(BinaryWriter out, List<MemoId> ids) {
        out.i32(ids.size());
        ids.forEach(id -> id.write(out));
    }

    private static void memos(BinaryWriter out, List<Sent> memos) {
        out.i32(memos.size());
        for (Sent memo : memos) {
            Authorship authorship = memo.authorship();
            out.bool(authorship != null);
            if (authorship != null) {
                out.raw(authorship.publicKey()).raw(authorship.signature());
            }
            out.bytes(memo.form());
        }
    }

    private static void listing(BinaryWriter out, Message.Listing listing) {
        List<TenantId> tenants =
                listing.items().stream().map(Listed::tenant).distinct().toList();
        out.i64(listing.from()).i64(listing.next()).bool(listing.end()).u16(tenants.size());
        tenants.forEach(tenant -> out.rfcUuid(tenant.value()));
        out.i32(listing.items().size());
        long before = listing.from();
        for (Listed item : listing.items()) {
            // A gap that is too wide for its field ends the page before it, see Slab.
            out.u16((int) (item.number() - before))
                    .u16(tenants.indexOf(item.tenant()))
                    .bool(item.held());
            item.id().write(out);
            before = item.number();
        }
    }

    /** The message with these bytes; a {@link MalformedException} says what is wrong with them. */
    public static Message decode(byte[] bytes) {
        BinaryReader in = new BinaryReader(bytes);
        if (in.i32() != MAGIC) {
            throw new MalformedException("no message of a slab: it does not begin with TWPE");
        }
        int version = in.u8();
        if (version != VERSION) {
            throw new MalformedException("message of version " + version + ", this build knows " + VERSION);
        }
        int type = in.u8();
        Message message = switch (type) {
            case 1 -> new Message.Beating(form(in));
            case 2 -> new Message.Have(new TenantId(in.rfcUuid()), ids(in));
            case 3 -> new Message.Want(ids(in));
            case 4 -> new Message.Offer(new TenantId(in.rfcUuid()), ids(in));
            case 5 -> new Message.Memos(memos(in));
            case 6 -> new Message.Absent(ids(in));
            case 7 -> new Message.ListFrom(number(in));
            case 8 -> listing(in);
            case 9 -> new Message.Fetch(ranges(in));
            case 10 -> new Message.Leaving(in.i64(), ids(in));
            case 11 -> new Message.Stay(in.i64(), ids(in));
            case 12 -> new Message.Dropped(skeletons(in));
            case 13 -> new Message.WantKeyframes(ids(in));
            default -> throw new MalformedException("message of type " + type + " is unknown");
        };
        in.end();
        return message;
    }

    private static long number(BinaryReader in) {
        long number = in.i64();
        if (number < 0) {
            throw new MalformedException("the number of an arrival is " + number + ", expected 0 or more");
        }
        return number;
    }

    private static byte[] form(BinaryReader in) {
        byte[] form = in.bytes();
        if (form.length > MemoCodec.FORM_BYTES_MAX) {
            throw new MalformedException("a memo of " + form.length + " bytes; at most " + MemoCodec.FORM_BYTES_MAX);
        }
        return form;
    }

    private static int count(BinaryReader in, int bytesEach) {
        int count = in.count(bytesEach);
        if (count > Message.IDS_MAX) {
            throw new MalformedException(count + " in one message; at most " + Message.IDS_MAX);
        }
        return count;
    }

    private static List<MemoId> ids(BinaryReader in) {
        int count = count(in, MemoId.BYTES);
        List<MemoId> ids = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            ids.add(MemoId.read(in));
        }
        return ids;
    }

    private static List<Sent> memos(BinaryReader in) {
        int count = count(in, 5);
        List<Sent> memos = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            Authorship authorship =
                    in.bool() ? new Authorship(in.raw(Authorship.KEY_BYTES), in.raw(Authorship.SIGNATURE_BYTES)) : null;
            memos.add(new Sent(form(in), authorship));
        }
        return memos;
    }

    private static List<Message.Skeleton> skeletons(BinaryReader in) {
        int count = count(in, MemoId.BYTES + 4);
        List<Message.Skeleton> memos = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            memos.add(new Message.Skeleton(MemoId.read(in), form(in)));
        }
        return memos;
    }

    private static Message.Listing listing(BinaryReader in) {
        long from = number(in);
        long next = number(in);
        boolean end = in.bool();
        int tenantCount = in.u16();
        List<TenantId> tenants = new ArrayList<>();
        for (int i = 0; i < tenantCount; i++) {
            tenants.add(new TenantId(in.rfcUuid()));
        }
        int count = count(in, 37);
        List<Listed> items = new ArrayList<>(count);
        long number = from;
        for (int i = 0; i < count; i++) {
            number += in.u16();
            int tenant = in.u16();
            if (tenant >= tenants.size()) {
                throw new MalformedException("tenant " + tenant + " of " + tenants.size() + " in a listing");
            }
            items.add(new Listed(number, tenants.get(tenant), in.bool(), MemoId.read(in)));
        }
        if (next < from || (!items.isEmpty() && next <= items.getLast().number())) {
            throw new MalformedException("a listing goes on at " + next + ", which is not behind what it lists");
        }
        return new Message.Listing(from, next, end, items);
    }

    private static List<Range> ranges(BinaryReader in) {
        int count = count(in, 16);
        List<Range> ranges = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            Range range = new Range(number(in), number(in));
            if (range.last() < range.first()) {
                throw new MalformedException("a range from " + range.first() + " to " + range.last());
            }
            ranges.add(range);
        }
        return ranges;
    }
}
