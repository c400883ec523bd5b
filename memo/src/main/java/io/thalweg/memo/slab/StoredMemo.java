package io.thalweg.memo.slab;

import io.thalweg.memo.Kind;
import io.thalweg.memo.MemoId;
import io.thalweg.memo.pack.PackFile;
import io.thalweg.model.TenantId;
import org.jspecify.annotations.Nullable;

/** What a slab remembers of each memo that it knows; the memo itself lies in a pack, if it is held at all. The slab's own. */
final class StoredMemo {
    final MemoId id;
    final TenantId tenant;
    final Kind kind;
    final @Nullable MemoId object;
    final @Nullable MemoId topic;
    /** Grows with each memo that came; what others list by. */
    final long arrival;

    boolean held;

    /** Not held, for a keyframe stands for it: only whom it followed, and what it added to counters, is kept. */
    boolean dropped;

    /** What is kept of it though it is not held turned out to be rotten, and is asked for again. */
    boolean lost;

    /** It was dropped and came again whole, since its slab last took note of that. */
    boolean regained;

    PackFile pack;
    long offset;
    int length;

    /** Who holds it, as a set of {@link io.thalweg.memo.durability.HolderSets}; -1 before that was asked. */
    int holders = -1;

    /** How durable it is to be, in nines. */
    double targetNines;

    /** When it was last read or came, in ticks of its slab. */
    long used;

    /** Its neighbours among those with the same holders. */
    @Nullable
    StoredMemo previous;

    @Nullable
    StoredMemo next;

    StoredMemo(
            MemoId id,
            TenantId tenant,
            Kind kind,
            @Nullable MemoId object,
            @Nullable MemoId topic,
            long arrival,
            PackFile pack,
            long offset,
            int length) {
        this.id = id;
        this.tenant = tenant;
        this.kind = kind;
        this.object = object;
        this.topic = topic;
        this.arrival = arrival;
        this.pack = pack;
        this.offset = offset;
        this.length = length;
    }

    @Override
    public String toString() {
        return kind + " " + id.brief() + (held ? " held" : " known");
    }
}
