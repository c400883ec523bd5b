package io.thalweg.memo.slab;

import io.thalweg.memo.Head;
import io.thalweg.memo.MemoId;
import io.thalweg.model.TenantId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** An object's memos in the order in which they came, which respects causality, and its head. The store's, which keeps it up. */
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

    /** Something follows a memo that is not known. */
    void lacks(MemoId memo) {
        gaps = gaps.isEmpty() ? new HashSet<>() : gaps;
        gaps.add(memo);
    }

    /** Whether it was missing. */
    boolean lacksNoMore(MemoId memo) {
        boolean lacked = !gaps.isEmpty() && gaps.remove(memo);
        gaps = gaps.isEmpty() ? Set.of() : gaps;
        return lacked;
    }
}
