package io.thalweg.memo.slab;

import io.thalweg.memo.Head;
import io.thalweg.memo.Kind;
import io.thalweg.memo.Memo;
import io.thalweg.memo.MemoId;
import io.thalweg.memo.object.Edit;
import io.thalweg.memo.object.ObjectHistory;
import io.thalweg.memo.object.Projection;
import java.io.IOException;
import java.io.UncheckedIOException;
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
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Reads objects out of their lineages, by the cheapest way that there is: from the newest keyframe on, when all that came later follows it; from the
 * beginning, when all memos are here; else from keyframes that stand for what is not here, which costs a look at every memo's precursors.
 *
 * <p>One thread, that of the slab.
 */
final class LineageReader {
    private final Slab slab;

    /** By object, what its last reading was without. */
    private final Map<MemoId, Set<MemoId>> leftOut = new HashMap<>();

    LineageReader(Slab slab) {
        this.slab = slab;
    }

    /**
     * Memos of an object that its last {@linkplain #read reading} was without: such as are said to have been dropped and for which no keyframe stands that
     * anybody knew of, and what follows them.
     */
    Set<MemoId> leftOut(MemoId object) {
        return leftOut.getOrDefault(object, Set.of());
    }

    /**
     * An object as it is known here.
     *
     * @param missing gets the memos that would have to be here, when the answer is null
     */
    @Nullable
    ObjectHistory read(Lineages lineage, Set<MemoId> missing) throws IOException {
        leftOut.remove(lineage.object);
        ObjectHistory history = fromKeyframe(lineage);
        if (history != null) {
            return history;
        }
        boolean whole = lineage.memos.stream().allMatch(memo -> memo.held);
        return whole ? fromBeginning(lineage, missing) : overKeyframes(lineage, null, missing);
    }

    /**
     * An object as of an older head; null when memos are missing for that, or when it is no head of the object.
     *
     * @param now the object as it is known here, when it is
     */
    @Nullable
    Projection at(Lineages lineage, @Nullable ObjectHistory now, Head older, Set<MemoId> missing) throws IOException {
        Projection past = now == null ? null : now.at(older, this::memo);
        if (past == null && now != null) {
            past = sinceKeyframe(lineage, now, older);
        }
        if (past != null) {
            return past;
        }
        ObjectHistory then = overKeyframes(lineage, older, missing);
        return then == null ? null : then.projection();
    }

    private @Nullable Memo memo(MemoId memo) {
        try {
            return slab.read(memo);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private @Nullable ObjectHistory fromKeyframe(Lineages lineage) throws IOException {
        Memo keyframe = lineage.keyframe == null ? null : slab.read(lineage.keyframe.id);
        if (keyframe == null) {
            return null;
        }
        ObjectHistory history = ObjectHistory.from(keyframe);
        for (StoredMemo stored : lineage.memos.subList(lineage.keyframed, lineage.memos.size())) {
            Memo memo = slab.read(stored.id);
            if (memo == null || history.take(memo) == ObjectHistory.Taken.BELOW_KEYFRAME) {
                return null;
            }
        }
        return history;
    }

    /** What a history that began with a keyframe was at a head that knows all of that. */
    private @Nullable Projection sinceKeyframe(Lineages lineage, ObjectHistory now, Head older) throws IOException {
        if (now.base().isEmpty()
                || !older.memos().stream().allMatch(now::contains)
                || !now.base().memos().stream().allMatch(low -> now.knows(older, low))) {
            return null;
        }
        Memo keyframe = null;
        for (StoredMemo stored : List.copyOf(lineage.keyframes)) {
            Memo read = slab.read(stored.id);
            keyframe = read != null && new Head(read.precursors()).equals(now.base()) ? read : keyframe;
        }
        if (keyframe == null) {
            return null;
        }
        Deque<MemoId> later = new ArrayDeque<>();
        for (int i = lineage.memos.size() - 1; i >= 0 && later.size() < now.length(); i--) {
            MemoId memo = lineage.memos.get(i).id;
            if (now.contains(memo) && !now.knows(now.base(), memo)) {
                later.addFirst(memo);
            }
        }
        ObjectHistory then = ObjectHistory.from(keyframe);
        for (MemoId id : later) {
            Memo memo = now.knows(older, id) ? slab.read(id) : null;
            if (memo != null && then.take(memo) == ObjectHistory.Taken.BELOW_KEYFRAME) {
                return null;
            }
        }
        return then.head().equals(older) ? then.projection() : null;
    }

    /** Reads the whole lineage; memos that came again after rot may stand behind those that follow them. */
    private @Nullable ObjectHistory fromBeginning(Lineages lineage, Set<MemoId> missing) throws IOException {
        ObjectHistory history = null;
        Deque<StoredMemo> left = new ArrayDeque<>(lineage.memos);
        int turned = 0;
        while (!left.isEmpty()) {
            StoredMemo stored = left.remove();
            Memo memo = slab.read(stored.id);
            if (memo == null) {
                missing.add(stored.id);
                return null;
            }
            if (history == null && memo.kind() != Kind.EDIT) {
                history = ObjectHistory.begin(memo);
                turned = 0;
            } else if (history != null && memo.precursors().stream().allMatch(history::contains)) {
                history.take(memo);
                turned = 0;
            } else if (++turned > left.size() + 1) {
                throw new IllegalStateException(memo + " cannot be placed in its lineage");
            } else {
                left.add(stored);
            }
        }
        return history;
    }

    /** A memo of a lineage, and what its keyframes need not tell of it. */
    private record Known(StoredMemo stored, ObjectHistory.Below stays) {}

    /**
     * From as few keyframes as stand for all that is not held, and what else there is.
     *
     * @param upTo an older head; null for all that is known
     */
    private @Nullable ObjectHistory overKeyframes(Lineages lineage, @Nullable Head upTo, Set<MemoId> missing)
            throws IOException {
        SequencedMap<MemoId, Known> all = ordered(lineage, missing);
        Set<MemoId> within = upTo == null ? all.keySet() : covered(upTo.memos(), all);
        if (within == null || !missing.isEmpty()) {
            return null;
        }
        ObjectHistory history = over(lineage, all, within, missing);
        if (history != null || upTo != null || !slab.dropping().isAskedInVain(lineage.object)) {
            return history;
        }
        // One false word must not take an object from everybody.
        Set<MemoId> without = new TreeSet<>();
        all.forEach((memo, known) -> {
            if ((missing.contains(memo) && known.stored.dropped)
                    || known.stays.precursors().stream().anyMatch(without::contains)) {
                without.add(memo);
            }
        });
        within = new HashSet<>(all.keySet());
        within.removeAll(without);
        Set<MemoId> wanting = new TreeSet<>();
        history = over(lineage, all, within, wanting);
        if (history != null) {
            missing.clear();
            leftOut.put(lineage.object, without);
        }
        return history;
    }

    /** Some memos of an object, with all that they follow. */
    private @Nullable ObjectHistory over(
            Lineages lineage, SequencedMap<MemoId, Known> all, Set<MemoId> within, Set<MemoId> missing)
            throws IOException {
        Set<MemoId> wanting = new TreeSet<>();
        all.forEach((memo, known) -> {
            if (!known.stored.held && within.contains(memo)) {
                wanting.add(memo);
            }
        });
        List<Memo> keyframes = new ArrayList<>();
        Set<MemoId> stoodFor = new HashSet<>();
        for (StoredMemo stored : List.copyOf(lineage.keyframes).reversed()) {
            Memo keyframe = wanting.isEmpty() ? null : slab.read(stored.id);
            if (keyframe == null) {
                continue;
            }
            Set<MemoId> covered = covered(keyframe.precursors(), all);
            if (covered != null && within.containsAll(covered) && wanting.removeIf(covered::contains)) {
                keyframes.add(keyframe);
                stoodFor.addAll(covered);
            }
        }
        if (keyframes.size() > 1) {
            // To join them it takes what each memo added to counters, which is kept of dropped ones alone.
            all.forEach((memo, known) -> {
                if (stoodFor.contains(memo) && !known.stored.held && !known.stored.dropped) {
                    wanting.add(memo);
                }
            });
        }
        if (!wanting.isEmpty()) {
            missing.addAll(wanting);
            return null;
        }
        SequencedMap<MemoId, ObjectHistory.Below> below = new LinkedHashMap<>();
        all.forEach((memo, known) -> {
            if (stoodFor.contains(memo)) {
                below.put(memo, known.stays);
            }
        });
        ObjectHistory history = keyframes.isEmpty() ? null : ObjectHistory.over(keyframes, below);
        for (MemoId id : all.keySet()) {
            if (within.contains(id) && !stoodFor.contains(id)) {
                Memo memo = slab.read(id);
                if (memo == null) {
                    missing.add(id);
                    return null;
                }
                if (history == null) {
                    history = ObjectHistory.begin(memo);
                } else {
                    history.take(memo);
                }
            }
        }
        return history;
    }

    /** Some memos and all that they follow; null when one of them is not known. */
    private static @Nullable Set<MemoId> covered(List<MemoId> head, Map<MemoId, Known> all) {
        Set<MemoId> covered = new HashSet<>();
        Deque<MemoId> left = new ArrayDeque<>(head);
        while (!left.isEmpty()) {
            MemoId memo = left.remove();
            Known known = all.get(memo);
            if (known == null) {
                return null;
            }
            if (covered.add(memo)) {
                left.addAll(known.stays.precursors());
            }
        }
        return covered;
    }

    /**
     * All memos of a lineage, those that are followed first, though one that came again after rot may lie behind.
     *
     * @param missing gets those of which nothing is kept
     */
    private SequencedMap<MemoId, Known> ordered(Lineages lineage, Set<MemoId> missing) throws IOException {
        SequencedMap<MemoId, Known> ordered = new LinkedHashMap<>();
        Map<MemoId, Known> late = new HashMap<>();
        for (StoredMemo stored : lineage.memos) {
            Memo memo = slab.store().known(stored);
            if (memo == null) {
                missing.add(stored.id);
                continue;
            }
            Known known = new Known(
                    stored,
                    new ObjectHistory.Below(
                            memo.precursors(),
                            stored.held
                                    ? memo.kind() == Kind.TOPIC
                                            ? List.of()
                                            : Edit.decode(memo.body()).additions()
                                    : stored.dropped ? Edit.additions(memo.body()) : List.of()));
            if (ordered.keySet().containsAll(memo.precursors())) {
                ordered.put(stored.id, known);
            } else {
                late.put(stored.id, known);
            }
        }
        while (!late.isEmpty()) {
            int before = late.size();
            late.entrySet().removeIf(each -> {
                boolean placed =
                        ordered.keySet().containsAll(each.getValue().stays.precursors());
                if (placed) {
                    ordered.put(each.getKey(), each.getValue());
                }
                return placed;
            });
            if (late.size() == before) {
                missing.addAll(late.keySet());
                break;
            }
        }
        return ordered;
    }
}
