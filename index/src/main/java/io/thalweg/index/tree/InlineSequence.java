package io.thalweg.index.tree;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A list that is stored whole: read when it is entered, written back when it was changed and is left. */
final class InlineSequence extends Sequence {
    private final Place place;
    private final List<Object> elements = new ArrayList<>();
    private boolean changed;

    InlineSequence(Place place) {
        super(place.shape());
        this.place = place;
        Object value = place.value();
        if (value != null) {
            elements.addAll((Collection<?>) value);
        }
    }

    @Override
    public long size() {
        return elements.size();
    }

    @Override
    Place existing(long index) {
        return new Element((int) index);
    }

    @Override
    void insert(long index, Object value) {
        elements.add((int) index, value);
        changed = true;
    }

    @Override
    void remove(long index) {
        elements.remove((int) index);
        changed = true;
    }

    @Override
    public boolean each(long from, long to, Visitor visitor) {
        for (long i = from; i < to; i++) {
            if (!visitor.at(i, existing(i))) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void flush() {
        if (changed) {
            changed = false;
            place.put(Collections.unmodifiableList(new ArrayList<>(elements)));
        }
    }

    private final class Element extends Place {
        private final int index;
        private boolean gone;

        Element(int index) {
            super(InlineSequence.this.shape().element());
            this.index = index;
        }

        @Override
        public @Nullable Object value() {
            return gone ? null : elements.get(index);
        }

        @Override
        protected void put(Object value) {
            if (gone) {
                insert(index, value);
                gone = false;
            } else {
                elements.set(index, value);
            }
            changed = true;
        }

        @Override
        public void remove() {
            if (!gone) {
                InlineSequence.this.remove(index);
                gone = true;
            }
        }
    }
}
