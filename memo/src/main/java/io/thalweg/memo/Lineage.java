package io.thalweg.memo;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What memos follow, as far as it is known here. */
@FunctionalInterface
public interface Lineage {
    /** The precursors of a memo; null when the memo is not here, so that nobody can tell. */
    @Nullable
    List<MemoId> precursors(MemoId memo);
}
