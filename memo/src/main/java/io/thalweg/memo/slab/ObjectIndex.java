package io.thalweg.memo.slab;

import io.thalweg.memo.Memo;
import io.thalweg.memo.MemoId;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The objects that the memos of a store are about, by id and by topic, and their keyframes, those included that only others hold. The store's, which tells of each memo. */
final class ObjectIndex {
    private final Map<MemoId, Lineages> objects = new HashMap<>();
    private final Map<MemoId, NavigableSet<MemoId>> ofTopics = new HashMap<>();
    private final Map<MemoId, Set<MemoId>> keyframesAway = new HashMap<>();

    /**
     * A memo is known from now on, held or not.
     *
     * @param isKnown whether another is
     */
    void enter(StoredMemo stored, Memo memo, Predicate<MemoId> isKnown) {
        MemoId object = stored.object;
        if (object == null) {
            return;
        }
        Lineages lineage = objects.computeIfAbsent(object, _ -> new Lineages(object, stored.tenant));
        if (stored.kind.isLineage()) {
            if (lineage.memos.isEmpty() && stored.topic != null && !object.equals(stored.topic)) {
                ofTopics.computeIfAbsent(stored.topic, _ -> new TreeSet<>()).add(lineage.object);
            }
            lineage.add(stored, memo, isKnown);
        } else if (stored.held) {
            keyframed(lineage, stored, memo);
        } else if (!stored.dropped) {
            keyframeAway(lineage.object, stored);
        }
    }

    /** A keyframe is held from now on. */
    void keyframed(Lineages lineage, StoredMemo stored, Memo memo) {
        keyframesAway.computeIfPresent(lineage.object, (_, away) -> {
            away.remove(stored.id);
            return away.isEmpty() ? null : away;
        });
        lineage.keyframed(stored, memo);
    }

    /** A keyframe is not held here, and others may hold it. */
    void keyframeAway(MemoId object, StoredMemo stored) {
        keyframesAway.computeIfAbsent(object, _ -> new HashSet<>()).add(stored.id);
    }

    /** Keyframes of an object that were held and were let go of, since others have copies. */
    Set<MemoId> keyframesAway(MemoId object) {
        return keyframesAway.getOrDefault(object, Set.of());
    }

    @Nullable
    Lineages find(MemoId object) {
        return objects.get(object);
    }

    /** What a memo belongs to, if it is about an object. */
    @Nullable
    Lineages of(StoredMemo stored) {
        return stored.object == null ? null : objects.get(stored.object);
    }

    /** All objects, in no order that means anything. */
    Map<MemoId, Lineages> all() {
        return objects;
    }

    /** The objects of a topic that begin here, in the order of their ids. */
    NavigableSet<MemoId> ofTopic(MemoId topic) {
        return Collections.unmodifiableNavigableSet(ofTopics.getOrDefault(topic, Collections.emptyNavigableSet()));
    }
}
