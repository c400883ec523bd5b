package io.thalweg.memo.slab;

import io.thalweg.memo.MemoId;
import io.thalweg.memo.object.ObjectHistory;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Objects as they were last read, those that were used last. An object of a few short memos takes four times as much of the heap as its memos do on disk,
 * and is read again in microseconds, so that of such only the last few are kept. One thread.
 */
final class Histories {
    /** Memos of an object that is read again rather than kept. */
    private static final int BRIEF_MEMOS = 4;

    private static final int BRIEF_BYTES = 4096;

    /** How many of those are kept. */
    private static final int BRIEF_MAX = 64;

    private final Map<MemoId, ObjectHistory> kept;
    private final Map<MemoId, ObjectHistory> brief = lastUsed(BRIEF_MAX);

    /** @param most objects that are kept */
    Histories(int most) {
        kept = lastUsed(most);
    }

    private static Map<MemoId, ObjectHistory> lastUsed(int most) {
        return new LinkedHashMap<>(16, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<MemoId, ObjectHistory> eldest) {
                return size() > most;
            }
        };
    }

    @Nullable
    ObjectHistory get(MemoId object) {
        ObjectHistory history = kept.get(object);
        return history != null ? history : brief.get(object);
    }

    /** An object was read from its memos. */
    void put(Lineages lineage, ObjectHistory history) {
        (isBrief(lineage) ? brief : kept).put(lineage.object, history);
    }

    private static boolean isBrief(Lineages lineage) {
        return lineage.keyframe == null
                && lineage.memos.size() <= BRIEF_MEMOS
                && lineage.memos.stream().mapToInt(memo -> memo.length).sum() <= BRIEF_BYTES;
    }

    void remove(MemoId object) {
        kept.remove(object);
        brief.remove(object);
    }
}
