package io.thalweg.memo.slab;

import io.thalweg.memo.Kind;
import io.thalweg.memo.Memo;
import io.thalweg.memo.MemoCodec;
import io.thalweg.memo.MemoId;
import io.thalweg.memo.object.Pace;
import io.thalweg.memo.peering.Message;
import io.thalweg.model.MalformedException;
import io.thalweg.model.TenantId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Lets go for good of the memos that a keyframe stands for, where the topic says that its history may be dropped. The keyframe is the only copy of what they
 * said from then on, so it has to be as durable as they were to be, and is copied like them. What is kept of each is its id, whom it followed and what it
 * added to counters: the proof of what was there, by which whoever has an old memo can show that it was part of the object; which lets a memo that
 * comes late still be placed among those that are gone; and by which keyframes are joined of slabs that dropped without hearing each other. So nobody
 * has to be asked before something is dropped.
 *
 * <p>The newest memos of an object stay, so that repetitions are recognised ({@link Pace#repeated}). One thread.
 */
final class Dropping {
    /** Memos that are looked at with one beat, but for those of the object that it ends with; the next beat goes on with others. */
    static final int LOOK_MAX = 16_384;

    /** Times that peers which are heard are asked for keyframes of an object, and as often as there are peers, before it is read without what none stands for. */
    static final int ASKED_MAX = 8;

    /** Times that the pause between two questions is doubled after that. */
    private static final int DOUBLED_MAX = 3;

    /** Keyframes of one object that are sent to who asks for them. */
    private static final int KEYFRAMES_MAX = 64;

    private final Slab slab;

    /** Objects that have keyframes which may stand for something, with what was seen of them last. */
    private final SequencedMap<MemoId, Look> objects = new LinkedHashMap<>();

    /** How many keyframes an object had, and which of them had their copies: while that stays the same another look finds nothing. */
    private record Look(int keyframes, List<MemoId> met) {
        static final Look NONE = new Look(0, List.of());
    }

    /** Objects of which it was learned what others dropped, or that cannot be read without more keyframes. */
    private final SequencedMap<MemoId, Wish> wishes = new LinkedHashMap<>();

    private static final class Wish {
        final TenantId tenant;

        /** Memos of the object that were known at the last beat: while more come it is too early to ask. */
        int known;

        int turn;
        long nextNs;

        Wish(TenantId tenant) {
            this.tenant = tenant;
        }
    }

    Dropping(Slab slab) {
        this.slab = slab;
    }

    /** An object got a keyframe, or its topic a policy. */
    void look(@Nullable MemoId object) {
        if (object != null) {
            objects.put(object, Look.NONE);
        }
    }

    /** The same, where what came is older than what was dropped. */
    void lookAtAll(@Nullable MemoId object) {
        Lineages lineage = object == null ? null : slab.store().object(object);
        if (lineage != null) {
            lineage.mixed = true;
            look(object);
        }
    }

    /** What stays of a memo that others dropped was stored: a keyframe has to stand for it here, too. */
    void took(StoredMemo stored) {
        if (stored.holders < 0) {
            slab.holdings().enter(stored);
        }
        slab.aim(stored);
        MemoId object = stored.object;
        if (object != null) {
            wishes.computeIfAbsent(object, _ -> new Wish(stored.tenant)).known = 0;
            slab.skeletons().accept(object);
        }
    }

    /** A peer asks for a memo that is gone for good: it is told what stays of it. */
    void tell(Peer peer, StoredMemo stored) {
        if (peer.version < Message.VERSION_DROPPED || stored.lost || stored.kind == Kind.KEYFRAME) {
            peer.absent.add(stored.id);
        } else {
            peer.dropped.add(stored.id);
        }
    }

    /** What stays of memos that were dropped. */
    List<Message.Skeleton> skeletons(List<MemoId> memos) {
        List<Message.Skeleton> found = new ArrayList<>();
        for (MemoId id : memos) {
            StoredMemo stored = slab.store().find(id);
            try {
                Memo known = stored != null && stored.dropped ? slab.store().known(stored) : null;
                if (known != null) {
                    found.add(new Message.Skeleton(id, MemoCodec.encode(known)));
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return found;
    }

    /** An object cannot be read, since no keyframe that is here stands for memos that were dropped: somebody is asked now. */
    void want(MemoId object) {
        Lineages lineage = slab.store().object(object);
        if (lineage != null) {
            ask(lineage, wishes.computeIfAbsent(object, _ -> new Wish(lineage.tenant)));
        }
    }

    /** A peer asks for the keyframes of an object. */
    void wanted(Peer peer, MemoId object) {
        Lineages lineage = slab.store().object(object);
        if (lineage == null || !slab.options().grants().mayHold(peer.id, lineage.tenant)) {
            return;
        }
        List<StoredMemo> keyframes = lineage.keyframes;
        for (StoredMemo keyframe : keyframes.subList(Math.max(0, keyframes.size() - KEYFRAMES_MAX), keyframes.size())) {
            if (peer.takes(keyframe) && slab.policies().standsAlone(keyframe.topic, object)) {
                slab.wanted(peer, keyframe.id);
            }
        }
    }

    /** Whether whoever could know of keyframes of an object was asked often enough, and what none stands for is nobody's but the one's who said it. */
    boolean isAskedInVain(MemoId object) {
        Wish wish = wishes.get(object);
        return wish != null
                && wish.turn >= Math.max(ASKED_MAX, able(wish.tenant).size());
    }

    void beat() throws IOException {
        int left = LOOK_MAX;
        for (int n = wishes.size(); n > 0 && left > 0; n--) {
            Map.Entry<MemoId, Wish> next = Objects.requireNonNull(wishes.pollFirstEntry());
            Lineages lineage = slab.store().object(next.getKey());
            if (lineage != null) {
                wishes.putLast(next.getKey(), next.getValue());
                left -= 1 + standIn(lineage, next.getValue());
            }
        }
        left = LOOK_MAX;
        for (int n = objects.size(); n > 0 && left > 0; n--) {
            Map.Entry<MemoId, Look> next = Objects.requireNonNull(objects.pollFirstEntry());
            Lineages lineage = slab.store().object(next.getKey());
            left--;
            if (lineage != null
                    && !lineage.keyframes.isEmpty()
                    && slab.policies().drops(lineage.keyframes.getLast().topic, lineage.object)) {
                left -= letGo(lineage, next.getValue());
            }
        }
    }

    /**
     * Lets go of what keyframes stand for that have their copies, those among them that stand for each other: the last one that came may be an old one,
     * which nobody takes who dropped it for a newer one. How many memos were looked at.
     */
    private int letGo(Lineages lineage, Look before) throws IOException {
        List<StoredMemo> met = lineage.keyframes.reversed().stream()
                .filter(slab.upkeep()::isMet)
                .toList();
        Look now = new Look(
                lineage.keyframes.size(), met.stream().map(memo -> memo.id).toList());
        int looked = 0;
        if (!now.equals(before)) {
            for (StoredMemo keyframe : met) {
                if (keyframe.held) {
                    looked += lineage.memos.size();
                    drop(lineage, keyframe);
                }
                if (lineage.keyframes.size() == 1) {
                    break;
                }
            }
        }
        if (lineage.keyframes.stream().anyMatch(memo -> !slab.upkeep().isMet(memo))) {
            objects.putLast(lineage.object, now);
        }
        return looked;
    }

    /** Asks for the keyframes that stand for what was dropped, once no more is learned; how many memos were looked at. */
    private int standIn(Lineages lineage, Wish wish) throws IOException {
        if (lineage.memos.size() != wish.known) {
            wish.known = lineage.memos.size();
            return 0;
        }
        if (slab.nowNs() < wish.nextNs) {
            return 0;
        }
        if (isReadable(lineage)) {
            wishes.remove(lineage.object);
        } else {
            ask(lineage, wish);
            // Somebody may have whole what somebody else said was dropped.
            slab.seek(slab.lineages().leftOut(lineage.object).stream()
                    .limit(Message.IDS_MAX)
                    .toList());
        }
        return lineage.memos.size();
    }

    private boolean isReadable(Lineages lineage) throws IOException {
        try {
            return lineage.gaps.isEmpty()
                    && slab.lineages().read(lineage, new TreeSet<>()) != null
                    && slab.lineages().leftOut(lineage.object).isEmpty();
        } catch (IllegalArgumentException | IllegalStateException | MalformedException _) {
            return false; // what was believed does not fit together
        }
    }

    /** Asks one peer that is heard after the other, not more often than they can answer; in the end all of them now and then. */
    private void ask(Lineages lineage, Wish wish) {
        long now = slab.nowNs();
        if (now < wish.nextNs) {
            return;
        }
        long beatNs = slab.options().assumptions().beatNs();
        List<Peer> able = able(lineage.tenant);
        List<Peer> heard =
                able.stream().filter(peer -> peer.isHeard(now, beatNs)).toList();
        if (heard.isEmpty()) {
            wish.nextNs = now + beatNs; // who is cut off has asked nobody
            return;
        }
        int inVain = Math.max(0, ++wish.turn - Math.max(ASKED_MAX, able.size()));
        List<Peer> asked = inVain > 0 ? heard : List.of(heard.get(wish.turn % heard.size()));
        asked.forEach(peer -> peer.wantKeyframes.add(lineage.object));
        wish.nextNs = now + (beatNs << Math.min(DOUBLED_MAX, inVain));
    }

    private List<Peer> able(TenantId tenant) {
        return slab.peers().stream()
                .filter(peer -> peer.beat != null
                        && peer.version >= Message.VERSION_DROPPED
                        && slab.options().grants().mayHold(peer.id, tenant))
                .toList();
    }

    private void drop(Lineages lineage, StoredMemo keyframe) throws IOException {
        Memo frame = slab.read(keyframe.id);
        if (frame == null) {
            return;
        }
        boolean all = lineage.mixed;
        Set<MemoId> covered = covered(frame, all);
        List<StoredMemo> memos = lineage.memos;
        for (StoredMemo memo : List.copyOf(
                memos.subList(0, Math.max(0, memos.size() - slab.pace().repeated())))) {
            if (memo.held && covered.contains(memo.id)) {
                slab.upkeep().dropForGood(memo);
            }
        }
        for (StoredMemo older : List.copyOf(lineage.keyframes)) {
            Memo other = older.equals(keyframe) ? null : slab.read(older.id);
            if (other != null && covered.containsAll(other.precursors())) {
                slab.upkeep().dropForGood(older);
            }
        }
        // One that is left is of another branch, or younger, or stands on what is below something that was dropped.
        lineage.mixed = lineage.keyframes.size() > 1;
        if (lineage.mixed && !all) {
            drop(lineage, keyframe);
        }
    }

    /** What a keyframe stands for; unless {@code all}, without what is below something that is dropped, which is dropped, too. */
    private Set<MemoId> covered(Memo keyframe, boolean all) throws IOException {
        Set<MemoId> covered = new HashSet<>();
        Deque<MemoId> left = new ArrayDeque<>(keyframe.precursors());
        while (!left.isEmpty()) {
            StoredMemo stored = slab.store().find(left.remove());
            if (stored != null && (all || !stored.dropped) && covered.add(stored.id)) {
                Memo memo = slab.store().known(stored);
                left.addAll(memo == null ? List.of() : memo.precursors());
            }
        }
        return covered;
    }
}
