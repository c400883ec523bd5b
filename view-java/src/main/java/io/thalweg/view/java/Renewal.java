package io.thalweg.view.java;

import io.thalweg.index.OpenIndex;
import io.thalweg.index.store.Overlay;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** Writes values of older schemas again, index by index and slot by slot, while there is nothing else to do. One thread. */
final class Renewal {
    /** Entries of one piece, and pieces that are looked at before others have their turn. */
    private static final int ENTRIES = 256;

    private static final int PIECES = 16;

    private final Deque<OpenIndex<?>> indexes = new ArrayDeque<>();
    private final Deque<Integer> slots = new ArrayDeque<>();
    private @Nullable Object from;
    private boolean entered;

    Renewal(Collection<OpenIndex<?>> all) {
        all.stream().filter(OpenIndex::hasHistory).forEach(indexes::add);
    }

    boolean isDone() {
        return indexes.isEmpty();
    }

    /**
     * Goes on until something was written, or for some pieces.
     *
     * @return whether something was written
     */
    boolean goOn(Overlay overlay) {
        int before = overlay.size();
        for (int i = 0; i < PIECES && !isDone() && overlay.size() == before; i++) {
            piece(overlay);
        }
        return overlay.size() != before;
    }

    private void piece(Overlay overlay) {
        OpenIndex<?> index = indexes.element();
        if (!entered) {
            slots.addAll(index.slots(overlay));
            entered = true;
        }
        Integer slot = slots.peek();
        if (slot == null) {
            indexes.remove();
            entered = false;
            return;
        }
        from = index.renew(overlay, slot, from, ENTRIES);
        if (from == null) {
            slots.remove();
        }
    }
}
