package io.thalweg.memo.slab;

import io.thalweg.memo.Memo;
import io.thalweg.memo.MemoId;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Lets go for good of the memos that a keyframe stands for, where the topic says that its history may be dropped. The keyframe is the only copy of what they
 * said from then on, so it has to be as durable as they were to be, and is copied like them. What is kept of each is its id and whom it followed: the proof
 * of what was there, by which whoever has an old memo can show that it was part of the object, and which lets a memo that comes late still be
 * placed among those that are gone.
 *
 * <p>The newest memos of an object stay, so that repetitions are recognised ({@link Objects#REPEATED_MEMOS}). One thread.
 */
final class Dropping {
    /** Memos that are let go of with one beat. */
    private static final int MEMOS_MAX = 8192;

    private final Slab slab;

    /** Objects that have keyframes which may stand for something. */
    private final Set<MemoId> objects = new LinkedHashSet<>();

    /** Objects of which it was learned what others dropped, and how many memos of them were known at the last beat. */
    private final Map<MemoId, Integer> learned = new HashMap<>();

    Dropping(Slab slab) {
        this.slab = slab;
    }

    /** An object got a keyframe, or its topic a policy. */
    void look(@Nullable MemoId object) {
        if (object != null) {
            objects.add(object);
        }
    }

    /** It became known whom a memo of an object followed that others dropped: a keyframe has to stand for it here, too. */
    void learned(@Nullable MemoId object) {
        if (object != null) {
            learned.put(object, 0);
        }
    }

    void beat() throws IOException {
        for (Map.Entry<MemoId, Integer> each : Map.copyOf(learned).entrySet()) {
            standIn(each.getKey(), each.getValue());
        }
        int left = MEMOS_MAX;
        for (MemoId object : List.copyOf(objects)) {
            MemoStore.Lineages lineage = slab.store().object(object);
            StoredMemo keyframe = lineage == null || lineage.keyframes.isEmpty() ? null : lineage.keyframes.getLast();
            if (lineage == null || keyframe == null || !slab.policies().drops(keyframe.topic)) {
                objects.remove(object);
            } else if (slab.upkeep().isMet(keyframe)) {
                left -= drop(lineage, keyframe);
                objects.remove(object);
            }
            if (left <= 0) {
                return;
            }
        }
    }

    /** Asks for the keyframe that stands for what was dropped, once no more is learned; which comes with the answer about any of it. */
    private void standIn(MemoId object, int known) throws IOException {
        MemoStore.Lineages lineage = slab.store().object(object);
        if (lineage == null) {
            learned.remove(object);
        } else if (lineage.memos.size() != known) {
            learned.put(object, lineage.memos.size());
        } else if (stands(lineage)) {
            learned.remove(object);
        } else {
            lineage.memos.reversed().stream()
                    .filter(memo -> memo.dropped)
                    .findFirst()
                    .ifPresent(memo -> slab.seek(List.of(memo.id)));
        }
    }

    private boolean stands(MemoStore.Lineages lineage) throws IOException {
        for (StoredMemo stored : lineage.keyframes) {
            Memo frame = slab.read(stored.id);
            DroppedHistory history = frame == null ? null : DroppedHistory.of(slab.store(), lineage, frame);
            if (history != null && history.others().stream().noneMatch(this::isDropped)) {
                return true;
            }
        }
        return false;
    }

    private int drop(MemoStore.Lineages lineage, StoredMemo keyframe) throws IOException {
        Memo frame = slab.read(keyframe.id);
        if (frame == null) {
            return 0;
        }
        Set<MemoId> covered = covered(frame, lineage.mixed);
        lineage.mixed = false;
        List<StoredMemo> memos = lineage.memos;
        int dropped = 0;
        for (StoredMemo memo : List.copyOf(memos.subList(0, Math.max(0, memos.size() - Objects.REPEATED_MEMOS)))) {
            if (memo.held && covered.contains(memo.id)) {
                slab.upkeep().dropForGood(memo);
                dropped++;
            }
        }
        for (StoredMemo older : List.copyOf(lineage.keyframes)) {
            if (older != keyframe && isCovered(older, covered)) {
                slab.upkeep().drop(older);
            }
        }
        return dropped;
    }

    private boolean isCovered(StoredMemo older, Set<MemoId> covered) throws IOException {
        Memo frame = slab.read(older.id);
        return frame == null || frame.precursors().stream().allMatch(memo -> covered.contains(memo) || isDropped(memo));
    }

    private boolean isDropped(MemoId memo) {
        StoredMemo stored = slab.store().find(memo);
        return stored != null && stored.dropped;
    }

    /** What a keyframe stands for; unless {@code all}, without what is below something that is dropped, which is dropped, too. */
    private Set<MemoId> covered(Memo keyframe, boolean all) throws IOException {
        Set<MemoId> covered = new HashSet<>();
        Deque<MemoId> left = new ArrayDeque<>(keyframe.precursors());
        while (!left.isEmpty()) {
            StoredMemo memo = slab.store().find(left.remove());
            if (memo != null && (all || !memo.dropped) && covered.add(memo.id)) {
                left.addAll(slab.store().precursors(memo));
            }
        }
        return covered;
    }
}
