package io.thalweg.memo.slab;

import io.thalweg.memo.Kind;
import io.thalweg.memo.Memo;
import io.thalweg.memo.MemoId;
import io.thalweg.memo.object.Edit;
import java.io.IOException;
import java.util.List;
import java.util.Objects;

/**
 * Keeps the branches of each object so few that one memo can follow them all, without ever refusing one: what another slab answered for must find a place
 * here, however many branches there are. Before one would be too many, those that are there are joined by a memo that follows them and changes
 * nothing. It is made of the head alone, so that slabs with equal heads make the same. One thread.
 */
final class Branches {
    /** Branches of one object. */
    static final int MAX = Memo.PRECURSORS_MAX;

    private final Slab slab;

    Branches(Slab slab) {
        this.slab = slab;
    }

    /** A memo of this id, which is to be kept now, may add a branch: makes room for it. */
    void makeRoom(MemoId id, Memo memo) throws IOException {
        Lineages lineage = memo.object() == null || !memo.kind().isLineage()
                ? null
                : slab.store().object(memo.object());
        if (lineage == null || slab.store().find(id) != null) {
            return;
        }
        boolean joined = true;
        while (joined
                && lineage.head.memos().size() >= MAX
                && memo.precursors().stream().noneMatch(lineage.head::contains)) {
            joined = slab.write(joining(lineage), null);
        }
    }

    private static Memo joining(Lineages lineage) {
        return new Memo(
                lineage.tenant,
                Kind.EDIT,
                Objects.requireNonNull(lineage.memos.getFirst().topic),
                lineage.object,
                lineage.head.memos().subList(0, MAX),
                List.of(),
                Edit.NOTHING.encode());
    }
}
