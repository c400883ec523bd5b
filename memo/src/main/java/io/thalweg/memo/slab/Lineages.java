package io.thalweg.memo.slab;

import io.thalweg.memo.Head;
import io.thalweg.memo.Memo;
import io.thalweg.memo.MemoId;
import io.thalweg.memo.object.TargetMark;
import io.thalweg.model.TenantId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** An object's memos in the order in which they came, which respects causality, and its head. The store's, which tells it what comes and goes. */
final class Lineages {
    final MemoId object;
    final TenantId tenant;
    final List<StoredMemo> memos = new ArrayList<>(1);

    /** While a memo is lost those that it followed may stand here, too; never is one missing. */
    Head head = Head.EMPTY;

    /** Memos that others follow and that are not known themselves: lost to rot, or not yet here. Nearly always none, of which nothing is to be kept. */
    Set<MemoId> gaps = Set.of();

    @Nullable
    StoredMemo keyframe;
    /** How many memos of the lineage the keyframe stands for. */
    int keyframed;

    /** All keyframes that are held, in the order in which they came. */
    final List<StoredMemo> keyframes = new ArrayList<>();

    /** How many memos were dropped. */
    int dropped;

    /** Whether memos may be held that lie below such as were dropped: when others dropped those, or of another branch. */
    boolean mixed;

    /** Whether some memo says how durable the object is to be. */
    boolean aimed;

    Lineages(MemoId object, TenantId tenant) {
        this.object = object;
        this.tenant = tenant;
    }

    /**
     * Another memo of the object came, which others may have been known to follow.
     *
     * @param isKnown whether a memo is
     */
    void add(StoredMemo stored, Memo memo, Predicate<MemoId> isKnown) {
        memos.add(stored);
        mixed |= stored.dropped;
        dropped += stored.dropped ? 1 : 0;
        aimed |= TargetMark.isIn(memo.body());
        memo.precursors().stream().filter(each -> !isKnown.test(each)).forEach(this::lacks);
        // What others follow is no head, and neither is what it follows, of which it had to tell.
        head = lacksNoMore(stored.id) ? head.without(memo.precursors()) : head.after(stored.id, memo.precursors());
    }

    /**
     * The head, and what is missing, anew from all memos.
     *
     * @param followed by any of them; whom a lost one follows it will say when it comes
     * @param isKnown whether a memo is
     */
    void relink(Set<MemoId> followed, Predicate<MemoId> isKnown) {
        Set<MemoId> youngest = new HashSet<>();
        memos.stream().filter(memo -> !followed.contains(memo.id)).forEach(memo -> youngest.add(memo.id));
        head = Head.of(youngest);
        gaps = Set.of();
        followed.stream().filter(each -> !isKnown.test(each)).forEach(this::lacks);
    }

    /** A keyframe is held from now on. */
    void keyframed(StoredMemo stored, Memo memo) {
        keyframes.add(stored);
        // What memos said that were dropped it says as well.
        aimed |= TargetMark.isIn(memo.body());
        if (head.equals(new Head(memo.precursors()))) {
            // It came when this was the head, so that it stands for all that had come.
            keyframe = stored;
            keyframed = memos.size();
        }
    }

    /** A keyframe is not held any more. */
    void forgetKeyframe(StoredMemo stored) {
        keyframes.remove(stored);
        if (stored.equals(keyframe)) {
            keyframe = null;
            keyframed = 0;
        }
    }

    /** Something follows a memo that is not known. */
    private void lacks(MemoId memo) {
        gaps = gaps.isEmpty() ? new HashSet<>() : gaps;
        gaps.add(memo);
    }

    /** Whether it was missing. */
    private boolean lacksNoMore(MemoId memo) {
        boolean lacked = !gaps.isEmpty() && gaps.remove(memo);
        gaps = gaps.isEmpty() ? Set.of() : gaps;
        return lacked;
    }
}
