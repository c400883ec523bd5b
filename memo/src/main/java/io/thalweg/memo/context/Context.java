package io.thalweg.memo.context;

import io.thalweg.memo.Head;
import io.thalweg.memo.Memo;
import io.thalweg.memo.MemoId;
import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.MalformedException;
import io.thalweg.model.TenantId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What its holder knows: the heads of objects, and index memos that name more of them. Immutable.
 *
 * <pre>
 * token   := base64url, without padding, of
 * context := version:u8=1 objects:u16 (object:32 head){objects} indexes:u16 memo:32{indexes}     both ascending
 * </pre>
 *
 * A token is what a stranger says. It can make nobody but its bearer wait: a memo that it names and that does not exist is
 * reported as missing.
 */
public record Context(Map<MemoId, Head> heads, Set<MemoId> indexes) {
    /** Over so many bytes, before base64, a context is compacted. */
    public static final int TOKEN_BYTES_MAX = 1024;

    /** The longest token that is read: one that some slab could not compact. */
    public static final int TOKEN_CHARACTERS_MAX = 64 << 10;

    /** Index memos looked at for one question. */
    public static final int LOOKS_MAX = 10_000;

    /** Index memos in one context before they go into one. */
    private static final int INDEXES_MAX = 8;

    /** Objects of an index memo that is folded into a newer one. */
    private static final int FOLDED_OBJECTS_MAX = 4096;

    private static final int VERSION = 1;

    public static final Context EMPTY = new Context(Map.of(), Set.of());

    public Context {
        heads = Collections.unmodifiableMap(new TreeMap<>(heads));
        indexes = Collections.unmodifiableSet(new TreeSet<>(indexes));
    }

    /** The same, knowing an object's head as well, which is not older than what is known of it. */
    public Context with(MemoId object, Head head) {
        Map<MemoId, Head> more = new TreeMap<>(heads);
        more.put(object, head);
        return new Context(more, indexes);
    }

    /** Whether it should be compacted before it is given away. */
    public boolean isLarge() {
        return encode().length > TOKEN_BYTES_MAX || indexes.size() > INDEXES_MAX;
    }

    /**
     * The memo that names all that this context names; it must be stored before {@link #compacted} is given away. Older index memos that
     * are not much larger are folded into it, so that their number grows with the logarithm of what is known.
     *
     * @param memos reads an index memo; null when it is not here
     */
    public Memo index(TenantId tenant, Function<MemoId, @Nullable Memo> memos) {
        Map<MemoId, Head> all = new TreeMap<>(heads);
        Set<MemoId> included = new TreeSet<>();
        Deque<MemoId> open = new ArrayDeque<>(indexes);
        while (!open.isEmpty()) {
            MemoId id = open.remove();
            Memo memo = memos.apply(id);
            IndexMemo index = memo == null ? null : IndexMemo.of(memo);
            if (index == null || index.heads().size() > Math.min(FOLDED_OBJECTS_MAX, 2 * all.size())) {
                included.add(id);
            } else {
                index.heads().forEach(all::putIfAbsent);
                open.addAll(index.included());
            }
        }
        return IndexMemo.memo(tenant, all, included);
    }

    /** The context that names only {@link #index}'s memo. */
    public static Context compacted(Memo index) {
        return new Context(Map.of(), Set.of(index.id()));
    }

    /** What is known of an object, and what has to be here to know more. */
    public record Known(List<Head> heads, Set<MemoId> missing) {}

    /**
     * The heads of an object that the holder has seen, in the context and in the index memos under it.
     *
     * @param memos reads an index memo; null when it is not here
     */
    public Known of(MemoId object, Function<MemoId, @Nullable Memo> memos) {
        List<Head> found = new ArrayList<>();
        Head direct = heads.get(object);
        if (direct != null) {
            found.add(direct);
        }
        Set<MemoId> missing = walk(memos, index -> {
            Head head = index.heads().get(object);
            if (head != null) {
                found.add(head);
            }
        });
        return new Known(found, missing);
    }

    /** The heads of all objects, and what has to be here to know more. */
    public record All(Map<MemoId, List<Head>> heads, Set<MemoId> missing) {}

    /**
     * Everything that the holder has seen, in the context and in the index memos under it.
     *
     * @param memos reads an index memo; null when it is not here
     */
    public All all(Function<MemoId, @Nullable Memo> memos) {
        Map<MemoId, List<Head>> found = new TreeMap<>();
        heads.forEach((object, head) ->
                found.computeIfAbsent(object, _ -> new ArrayList<>()).add(head));
        Set<MemoId> missing = walk(
                memos,
                index -> index.heads()
                        .forEach((object, head) -> found.computeIfAbsent(object, _ -> new ArrayList<>())
                                .add(head)));
        return new All(found, missing);
    }

    /** Shows the index memos under this context, at most {@link #LOOKS_MAX}; those that were not shown. */
    private Set<MemoId> walk(Function<MemoId, @Nullable Memo> memos, Consumer<IndexMemo> shown) {
        Set<MemoId> missing = new TreeSet<>();
        Set<MemoId> seen = new HashSet<>(indexes);
        Deque<MemoId> open = new ArrayDeque<>(indexes);
        for (int looks = 0; !open.isEmpty() && looks < LOOKS_MAX; looks++) {
            MemoId id = open.remove();
            Memo memo = memos.apply(id);
            if (memo == null) {
                missing.add(id);
                continue;
            }
            IndexMemo index = IndexMemo.of(memo);
            shown.accept(index);
            index.included().stream().filter(seen::add).forEach(open::add);
        }
        // What was not looked at is not known either.
        missing.addAll(open);
        return missing;
    }

    private byte[] encode() {
        BinaryWriter out = new BinaryWriter(512).u8(VERSION).u16(heads.size());
        heads.forEach((object, head) -> {
            object.write(out);
            head.write(out);
        });
        out.u16(indexes.size());
        indexes.forEach(index -> index.write(out));
        return out.toByteArray();
    }

    /** The context as text. */
    public String token() {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(encode());
    }

    /** Reads a token; a {@link MalformedException} for anything that {@link #token} did not make. */
    public static Context parse(String token) {
        if (token.length() > TOKEN_CHARACTERS_MAX) {
            throw new MalformedException(
                    "a context has at most " + TOKEN_CHARACTERS_MAX + " characters, not " + token.length());
        }
        byte[] bytes;
        try {
            bytes = Base64.getUrlDecoder().decode(token);
        } catch (IllegalArgumentException e) {
            throw new MalformedException("a context is base64url: " + e.getMessage());
        }
        BinaryReader in = new BinaryReader(bytes);
        int version = in.u8();
        if (version != VERSION) {
            throw new MalformedException("context of version " + version + ", this build knows " + VERSION);
        }
        TreeMap<MemoId, Head> heads = new TreeMap<>();
        for (int left = in.u16(); left > 0; left--) {
            MemoId object = MemoId.read(in);
            if (!heads.isEmpty() && object.compareTo(heads.lastKey()) <= 0) {
                throw new MalformedException("a context is not ascending at object " + object.brief());
            }
            heads.put(object, Head.read(in));
        }
        TreeSet<MemoId> indexes = new TreeSet<>();
        for (int left = in.u16(); left > 0; left--) {
            MemoId index = MemoId.read(in);
            if (!indexes.isEmpty() && index.compareTo(indexes.last()) <= 0) {
                throw new MalformedException("a context is not ascending at index " + index.brief());
            }
            indexes.add(index);
        }
        in.end();
        return new Context(heads, indexes);
    }
}
