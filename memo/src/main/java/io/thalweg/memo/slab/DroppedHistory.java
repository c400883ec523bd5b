package io.thalweg.memo.slab;

import io.thalweg.memo.Memo;
import io.thalweg.memo.MemoId;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The lineage of an object some of whose memos were dropped, parted by a keyframe.
 *
 * @param keyframe which stands for what is below
 * @param below whom each memo follows that the keyframe stands for, those that are followed first
 * @param others the memos of the lineage that it does not stand for, in such an order, too
 */
record DroppedHistory(Memo keyframe, SequencedMap<MemoId, List<MemoId>> below, List<MemoId> others) {

    /** Null when the lineage does not know of everything that the keyframe stands for. */
    static @Nullable DroppedHistory of(MemoStore store, MemoStore.Lineages lineage, Memo keyframe) throws IOException {
        SequencedMap<MemoId, List<MemoId>> ordered = ordered(store, lineage);
        Set<MemoId> covered = new HashSet<>();
        Deque<MemoId> left = new ArrayDeque<>(keyframe.precursors());
        while (!left.isEmpty()) {
            MemoId memo = left.remove();
            List<MemoId> precursors = ordered.get(memo);
            if (precursors == null) {
                return null;
            }
            if (covered.add(memo)) {
                left.addAll(precursors);
            }
        }
        SequencedMap<MemoId, List<MemoId>> below = new LinkedHashMap<>();
        List<MemoId> others = new ArrayList<>();
        ordered.forEach((memo, precursors) -> {
            if (covered.contains(memo)) {
                below.put(memo, precursors);
            } else {
                others.add(memo);
            }
        });
        return new DroppedHistory(keyframe, below, others);
    }

    /** All memos of a lineage with whom they follow, those that are followed first, though one that came again after rot may lie behind. */
    private static SequencedMap<MemoId, List<MemoId>> ordered(MemoStore store, MemoStore.Lineages lineage)
            throws IOException {
        SequencedMap<MemoId, List<MemoId>> ordered = new LinkedHashMap<>();
        Map<MemoId, List<MemoId>> late = new HashMap<>();
        for (StoredMemo memo : lineage.memos) {
            List<MemoId> precursors = store.precursors(memo);
            if (ordered.keySet().containsAll(precursors)) {
                ordered.put(memo.id, precursors);
            } else {
                late.put(memo.id, precursors);
            }
        }
        while (!late.isEmpty()) {
            int before = late.size();
            late.entrySet().removeIf(each -> {
                boolean placed = ordered.keySet().containsAll(each.getValue());
                if (placed) {
                    ordered.put(each.getKey(), each.getValue());
                }
                return placed;
            });
            if (late.size() == before) {
                break;
            }
        }
        return ordered;
    }
}
