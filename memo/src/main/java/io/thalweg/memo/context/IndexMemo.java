package io.thalweg.memo.context;

import io.thalweg.memo.Head;
import io.thalweg.memo.Kind;
import io.thalweg.memo.Memo;
import io.thalweg.memo.MemoId;
import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.MalformedException;
import io.thalweg.model.TenantId;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A memo that names heads, so that a context need not. Its references are older index memos that it includes.
 *
 * <pre>
 * body := version:u8=1 count:u32 (object:32 head){count}      ascending by object
 * </pre>
 *
 * @param heads by object
 * @param included older index memos
 */
public record IndexMemo(Map<MemoId, Head> heads, List<MemoId> included) {
    private static final int VERSION = 1;

    public static Memo memo(TenantId tenant, Map<MemoId, Head> heads, Collection<MemoId> included) {
        BinaryWriter out = new BinaryWriter(1024).u8(VERSION).i32(heads.size());
        new TreeMap<>(heads).forEach((object, head) -> {
            object.write(out);
            head.write(out);
        });
        return new Memo(tenant, Kind.INDEX, null, null, List.of(), included, out.toByteArray());
    }

    public static IndexMemo of(Memo memo) {
        if (memo.kind() != Kind.INDEX) {
            throw new MalformedException(memo + " is no index memo");
        }
        BinaryReader in = new BinaryReader(memo.body());
        int version = in.u8();
        if (version != VERSION) {
            throw new MalformedException("index memo of version " + version + ", this build knows " + VERSION);
        }
        TreeMap<MemoId, Head> heads = new TreeMap<>();
        for (int left = in.count(MemoId.BYTES + 2); left > 0; left--) {
            MemoId object = MemoId.read(in);
            if (!heads.isEmpty() && object.compareTo(heads.lastKey()) <= 0) {
                throw new MalformedException("an index memo is not ascending at object " + object.brief());
            }
            heads.put(object, Head.read(in));
        }
        in.end();
        return new IndexMemo(heads, memo.references());
    }
}
