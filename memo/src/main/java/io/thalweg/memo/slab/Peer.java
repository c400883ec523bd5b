package io.thalweg.memo.slab;

import io.thalweg.memo.Kind;
import io.thalweg.memo.MemoId;
import io.thalweg.memo.durability.Holder;
import io.thalweg.memo.durability.LifetimeClass;
import io.thalweg.memo.peering.Beat;
import io.thalweg.memo.peering.Message;
import io.thalweg.model.TenantId;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Another slab, as this one knows it. The slab's own. */
final class Peer {
    /** Memos that may wait to be sent to one peer. Those that do not fit will be asked for again. */
    static final int QUEUE_MAX = 8192;

    /** Beats that may be missing of one that is heard. */
    private static final int HEARD_BEATS = 3;

    /** Bytes of memos that may be on their way to a peer that says nothing meanwhile. */
    private static final long UNHEARD_BYTES_MAX = 4 * Message.MEMOS_BYTES;

    /** So long may the first of them be on its way before no more follow; so long is a way left alone that took none. */
    private static final long UNHEARD_NS_MAX = 300_000_000;

    /** The probability that a copy elsewhere cannot be read although its holder lives. */
    private static final double ERROR = 1e-6;

    final UUID id;
    /** What it is called in sets of holders. */
    final int number;

    /** The version of the link that it and this slab speak. */
    int version = Message.VERSION;

    /** What it said of itself last; null before its first beat. */
    @Nullable
    Beat beat;

    long heardNs;

    private long unheardBytes;
    private long unheardSinceNs;
    private boolean refused;
    private long refusedNs;

    /** From where on, by its numbers, its memos are not known here. */
    long cursor;

    /** Where it stood when something of a page did not come in time; -1 for nowhere. */
    long stuck = -1;

    /** Whether something in its list before that was passed over, since it did not come. */
    boolean passedOver;

    /** Whether that is where it was when this slab stopped, or later. */
    boolean placed;

    /** The page of its listing that is being fetched. */
    @Nullable
    Page page;

    /** Beats in a row at whose arrival it knew something else than this slab. */
    int differing;

    /** Beats in a row at which it still did though its whole list had been read. */
    int exhausted;

    /** Memos to send to it, in order. */
    final LinkedHashSet<MemoId> queue = new LinkedHashSet<>();

    /** What to say to it next. */
    final Map<TenantId, LinkedHashSet<MemoId>> have = new LinkedHashMap<>();

    final Map<TenantId, LinkedHashSet<MemoId>> offer = new LinkedHashMap<>();
    final LinkedHashSet<MemoId> want = new LinkedHashSet<>();
    final LinkedHashSet<MemoId> absent = new LinkedHashSet<>();
    final LinkedHashSet<MemoId> dropped = new LinkedHashSet<>();
    final LinkedHashSet<MemoId> wantKeyframes = new LinkedHashSet<>();
    final Map<Long, LinkedHashSet<MemoId>> stay = new HashMap<>();

    /** One page of a listing, and what of it has not come yet. */
    static final class Page {
        final long next;
        final boolean end;
        /** Until when something of it must come. */
        long deadlineNs;

        final Set<MemoId> outstanding = new HashSet<>();

        Page(long next, boolean end, long deadlineNs) {
            this.next = next;
            this.end = end;
            this.deadlineNs = deadlineNs;
        }
    }

    Peer(UUID id, int number, long heardNs) {
        this.id = id;
        this.number = number;
        this.heardNs = heardNs;
    }

    /** It said something. */
    void heard(long nowNs) {
        heardNs = nowNs;
        reached();
    }

    /** Of what waits to be sent to it, these go first, in their order. */
    void sendFirst(List<MemoId> memos) {
        for (MemoId memo : memos.reversed()) {
            if (queue.contains(memo)) {
                queue.addFirst(memo);
            }
        }
    }

    /** Whether there is nothing to say to it. */
    boolean isSilent() {
        return have.isEmpty()
                && offer.isEmpty()
                && want.isEmpty()
                && absent.isEmpty()
                && dropped.isEmpty()
                && wantKeyframes.isEmpty();
    }

    /** A new way to it is there, on which nothing is yet. */
    void reached() {
        unheardBytes = 0;
        refused = false;
    }

    /** The way to it took no memos: it is full, or there is none. */
    void refused(long nowNs) {
        refused = true;
        refusedNs = nowNs;
    }

    /** Memos left for it. */
    void sent(long bytes, long nowNs) {
        if (unheardBytes == 0) {
            unheardSinceNs = nowNs;
        }
        unheardBytes += bytes;
    }

    /**
     * Whether memos may be sent to it: not many to one that says nothing meanwhile. Whoever is there acknowledges soon; what is sent to one that is
     * cut off is sent for nothing, and once more when it is back.
     */
    boolean isListening(long nowNs) {
        if (refused && nowNs - refusedNs < UNHEARD_NS_MAX) {
            return false;
        }
        return unheardBytes == 0 || (unheardBytes < UNHEARD_BYTES_MAX && nowNs - unheardSinceNs < UNHEARD_NS_MAX);
    }

    double silentSeconds(long nowNs) {
        return Math.max(0, nowNs - heardNs) / 1e9;
    }

    /** Whether it said something within the last few beats. */
    boolean isHeard(long nowNs, long beatNs) {
        return nowNs - heardNs <= HEARD_BEATS * beatNs;
    }

    /** What a copy there counts as now; one that is leaving counts for nothing. */
    Holder holder(long nowNs) {
        Beat last = beat;
        if (last == null) {
            return new Holder(null, 1.0 / LifetimeClass.UNKNOWN.seconds(), silentSeconds(nowNs), ERROR);
        }
        return new Holder(
                last.domain().isEmpty() ? null : last.domain(),
                1.0 / last.lifetimeSeconds(),
                silentSeconds(nowNs),
                last.leaving() ? 1 : ERROR);
    }

    /** Whether its build takes memos of this kind from others. */
    boolean takes(StoredMemo memo) {
        return memo.kind != Kind.KEYFRAME || version >= Message.VERSION_DROPPED;
    }

    boolean isLeaving() {
        return beat != null && beat.leaving();
    }

    boolean follows() {
        return beat != null && beat.follows();
    }

    long freeBytes() {
        return beat == null ? 0 : beat.freeBytes();
    }

    String domain() {
        return beat == null ? "" : beat.domain();
    }

    /** Empties a queue into a list of at most so many. */
    static List<MemoId> take(Set<MemoId> from, int most) {
        List<MemoId> taken = from.stream().limit(most).toList();
        if (taken.size() == from.size()) {
            from.clear();
        } else {
            taken.forEach(from::remove);
        }
        return taken;
    }
}
