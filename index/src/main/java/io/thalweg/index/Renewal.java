package io.thalweg.index;

import io.thalweg.index.store.Overlay;
import io.thalweg.model.MalformedException;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** Writes values of older schemas again, index by index and slot by slot, while there is nothing else to do. One thread. */
public final class Renewal {
    private static final int ENTRIES = 256;

    /** Pieces that are looked at before others have their turn. */
    private static final int PIECES = 16;

    private final IntPredicate owned;

    /** Of one piece. */
    private final int entries;

    private final Deque<OpenIndex<?>> indexes = new ArrayDeque<>();
    private final Deque<Integer> slots = new ArrayDeque<>();
    private @Nullable Object from;
    private boolean entered;

    /** @param owned the slots of which it does so */
    public Renewal(Collection<OpenIndex<?>> all, IntPredicate owned) {
        this(all, owned, ENTRIES);
    }

    private Renewal(Collection<OpenIndex<?>> all, IntPredicate owned, int entries) {
        this.owned = owned;
        this.entries = entries;
        all.stream().filter(OpenIndex::hasHistory).forEach(indexes::add);
    }

    /** The same from the start, after a piece did not fit into a step; what is new already is not written again. */
    public Renewal inSmallerPieces(Collection<OpenIndex<?>> all, int bytes) {
        if (entries == 1) {
            throw new MalformedException("a value in today's schema makes a step of " + bytes + " bytes");
        }
        return new Renewal(all, owned, entries / 2);
    }

    /** Whether all is new. */
    public boolean isDone() {
        return indexes.isEmpty();
    }

    /**
     * Goes on until something was written, or for some pieces.
     *
     * @return whether something was written
     */
    public boolean goOn(Overlay overlay) {
        int before = overlay.size();
        for (int i = 0; i < PIECES && !isDone() && overlay.size() == before; i++) {
            piece(overlay);
        }
        return overlay.size() != before;
    }

    private void piece(Overlay overlay) {
        OpenIndex<?> index = indexes.element();
        if (!entered) {
            index.slots(overlay).stream().filter(owned::test).forEach(slots::add);
            entered = true;
        }
        Integer slot = slots.peek();
        if (slot == null) {
            indexes.remove();
            entered = false;
            return;
        }
        from = index.renew(overlay, slot, from, entries);
        if (from == null) {
            slots.remove();
        }
    }
}
