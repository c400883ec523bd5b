package io.thalweg.memo;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.ContentHash;
import io.thalweg.model.MalformedException;
import io.thalweg.model.TenantId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The canonical form of a memo, version 1: what is hashed, stored and sent. Numbers are little-endian; an id is its 32 bytes as they are, a UUID its 16 bytes in the order of
 * RFC 9562.
 *
 * <pre>
 * form       := "thalweg-memo" version:u8 kind:u8 tenant:16 topic object precursors references body
 * topic      := 0:u8 | 1:u8 id:32
 * object     := 0:u8 | 1:u8 id:32
 * precursors := count:u16 id{count}      strictly ascending
 * references := count:u16 id{count}      strictly ascending
 * body       := length:u32 bytes
 * id         := SHA-256 of form
 * </pre>
 *
 * A form that says the same in another way (unsorted, repeated, with bytes behind) is refused: one memo has one form. The tag at
 * the front keeps a memo's hash apart from those of anything else.
 */
public final class MemoCodec {
    private static final byte[] TAG = "thalweg-memo".getBytes(StandardCharsets.US_ASCII);
    private static final int VERSION = 1;

    /** The longest form. */
    public static final int FORM_BYTES_MAX = TAG.length
            + 2
            + 16
            + 2 * (1 + MemoId.BYTES)
            + 4
            + MemoId.BYTES * (Memo.PRECURSORS_MAX + Memo.REFERENCES_MAX)
            + 4
            + Memo.BODY_BYTES_MAX;

    private MemoCodec() {}

    public static byte[] encode(Memo memo) {
        BinaryWriter out = new BinaryWriter(256 + memo.body().length)
                .raw(TAG)
                .u8(VERSION)
                .u8(memo.kind().number())
                .rfcUuid(memo.tenant().value());
        option(out, memo.topic());
        option(out, memo.object());
        ids(out, memo.precursors());
        ids(out, memo.references());
        return out.bytes(memo.body()).toByteArray();
    }

    private static void option(BinaryWriter out, @Nullable MemoId id) {
        out.bool(id != null);
        if (id != null) {
            id.write(out);
        }
    }

    private static void ids(BinaryWriter out, List<MemoId> ids) {
        out.u16(ids.size());
        ids.forEach(id -> id.write(out));
    }

    /** The memo with this form; a {@link MalformedException} says what is wrong with it. */
    public static Memo decode(byte[] form) {
        BinaryReader in = new BinaryReader(form);
        if (form.length > FORM_BYTES_MAX) {
            throw new MalformedException("a memo has at most " + FORM_BYTES_MAX + " bytes, not " + form.length);
        }
        if (!ByteBuffer.wrap(TAG).equals(in.slice(TAG.length))) {
            throw new MalformedException("no memo: it does not begin with thalweg-memo");
        }
        int version = in.u8();
        if (version != VERSION) {
            throw new MalformedException("memo of version " + version + ", this build knows " + VERSION);
        }
        Kind kind = Kind.ofNumber(in.u8());
        TenantId tenant = new TenantId(in.rfcUuid());
        MemoId topic = in.bool() ? MemoId.read(in) : null;
        MemoId object = in.bool() ? MemoId.read(in) : null;
        List<MemoId> precursors = ids("precursors", in, Memo.PRECURSORS_MAX);
        List<MemoId> references = ids("references", in, Memo.REFERENCES_MAX);
        byte[] body = in.bytes();
        in.end();
        try {
            return new Memo(tenant, kind, topic, object, precursors, references, body);
        } catch (IllegalArgumentException e) {
            throw new MalformedException(String.valueOf(e.getMessage()));
        }
    }

    private static List<MemoId> ids(String what, BinaryReader in, int most) {
        int count = in.u16();
        if (count > most || count * MemoId.BYTES > in.remaining()) {
            throw new MalformedException(count + " " + what + ": at most " + most + " and what is there");
        }
        List<MemoId> ids = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            MemoId id = MemoId.read(in);
            if (i > 0 && id.compareTo(ids.getLast()) <= 0) {
                throw new MalformedException(what + " are not strictly ascending at " + id.brief());
            }
            ids.add(id);
        }
        return ids;
    }

    /** SHA-256 of a form. */
    public static MemoId hash(byte[] form) {
        return MemoId.of(ContentHash.begin().digest(form));
    }
}
