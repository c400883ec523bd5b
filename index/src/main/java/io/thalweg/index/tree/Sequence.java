package io.thalweg.index.tree;

import io.thalweg.index.schema.SchemaException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A list from within. */
public abstract class Sequence {
    private final Shape shape;

    Sequence(Shape shape) {
        this.shape = shape;
    }

    /** Sees one element; false ends the walk. */
    public interface Visitor {
        boolean at(long index, Place value);
    }

    public final Shape shape() {
        return shape;
    }

    public abstract long size();

    /** The place of an element that there is. */
    abstract Place existing(long index);

    /** Inserts before the element at {@code index}; at the end where that is the size. {@code value} is of the element's schema. */
    abstract void insert(long index, Object value);

    abstract void remove(long index);

    /**
     * Shows the elements from {@code from} to before {@code to}, which there are. What is visited must not be changed.
     *
     * @return false if the visitor ended it
     */
    public abstract boolean each(long from, long to, Visitor visitor);

    /** Writes back what was written to an inline list; to be called by whoever opened it. */
    public void flush() {
        // Stored lists are written at once.
    }

    /** The place of an element; where there is none it reads as absent and is not written. */
    public final Place at(long index) {
        return index >= 0 && index < size() ? existing(index) : new Missing(index);
    }

    /** The void before the element at {@code index}, or at the end: writing it inserts, and writing it again writes what it became. */
    public final Place before(long index) {
        return new Gap(Math.clamp(index, 0, size()));
    }

    /** The elements from {@code from} to before {@code to}, of those that there are, as a list of its own. */
    public final Place part(long from, long to) {
        long start = Math.clamp(from, 0, size());
        return new Part(start, Math.clamp(to, start, size()));
    }

    /** Moves an element, so that it stands at {@code to} afterwards. */
    public final void move(long from, long to) {
        if (to < 0 || to >= size()) {
            throw missing(to);
        }
        if (from == to) {
            return;
        }
        Object value = existing(from).value();
        if (value == null) {
            throw missing(from);
        }
        remove(from);
        insert(to, value);
    }

    private SchemaException missing(long index) {
        return new SchemaException("there is no element " + index + " in a list of " + size()
                + "; insert with before_index, before_elem or after_elem");
    }

    /** All of it as one value. */
    public final Object value() {
        return values(0, size());
    }

    private List<Object> values(long from, long to) {
        if (to - from > Keyed.MAX_WHOLE) {
            throw new SchemaException("a " + shape.schema().describe() + " of " + (to - from)
                    + " elements is not read whole: navigate into it with all, or take a sublist of at most "
                    + Keyed.MAX_WHOLE);
        }
        List<Object> values = new ArrayList<>();
        each(from, to, (_, place) -> {
            Object value = place.value();
            if (value != null) {
                values.add(value);
            }
            return true;
        });
        return Collections.unmodifiableList(values);
    }

    /** Puts {@code values} in the place of all elements. */
    void replace(List<?> values) {
        splice(0, size(), values);
    }

    /** Puts {@code values} in the place of some elements; those that stay are written over where they are. */
    final void splice(long from, long to, List<?> values) {
        long same = Math.min(to - from, values.size());
        for (int i = 0; i < same; i++) {
            existing(from + i).put(values.get(i));
        }
        for (long index = to - 1; index >= from + same; index--) {
            remove(index);
        }
        for (int i = (int) same; i < values.size(); i++) {
            insert(from + i, values.get(i));
        }
    }

    private final class Missing extends Place {
        private final long index;

        Missing(long index) {
            super(shape.element());
            this.index = index;
        }

        @Override
        public @Nullable Object value() {
            return null;
        }

        @Override
        protected void put(Object value) {
            throw missing(index);
        }

        @Override
        public void remove() {
            // What is not there need not go.
        }
    }

    private final class Gap extends Place {
        private final long index;
        private boolean filled;

        Gap(long index) {
            super(shape.element());
            this.index = index;
        }

        @Override
        public @Nullable Object value() {
            return filled ? existing(index).value() : null;
        }

        @Override
        protected void put(Object value) {
            if (filled) {
                existing(index).put(value);
            } else {
                insert(index, value);
                filled = true;
            }
        }

        @Override
        public void remove() {
            if (filled) {
                Sequence.this.remove(index);
                filled = false;
            }
        }
    }

    private final class Part extends Place {
        private final long from;
        private long to;

        Part(long from, long to) {
            super(shape);
            this.from = from;
            this.to = to;
        }

        @Override
        public boolean exists() {
            return true;
        }

        @Override
        public Object value() {
            return values(from, to);
        }

        @Override
        protected void put(Object value) {
            List<?> values = (List<?>) value;
            splice(from, to, values);
            to = from + values.size();
        }

        @Override
        public void remove() {
            put(List.of());
        }

        @Override
        public Sequence sequence() {
            return new Sequence(shape) {
                @Override
                public long size() {
                    return to - from;
                }

                @Override
                Place existing(long index) {
                    return Sequence.this.new Shifted(Sequence.this.existing(from + index), more -> to += more);
                }

                @Override
                void insert(long index, Object value) {
                    Sequence.this.insert(from + index, value);
                    to++;
                }

                @Override
                void remove(long index) {
                    Sequence.this.remove(from + index);
                    to--;
                }

                @Override
                public boolean each(long first, long end, Visitor visitor) {
                    return Sequence.this.each(
                            from + first, from + end, (index, place) -> visitor.at(index - from, place));
                }
            };
        }
    }

    /** An element of a part, which gets shorter when the element goes, and longer when it comes back. */
    private final class Shifted extends Place {
        private final Place element;
        private final java.util.function.LongConsumer grown;

        Shifted(Place element, java.util.function.LongConsumer grown) {
            super(element.shape());
            this.element = element;
            this.grown = grown;
        }

        private void counted(Runnable change) {
            long before = Sequence.this.size();
            change.run();
            grown.accept(Sequence.this.size() - before);
        }

        @Override
        public @Nullable Object value() {
            return element.value();
        }

        @Override
        public boolean exists() {
            return element.exists();
        }

        @Override
        protected void put(Object value) {
            counted(() -> element.put(value));
        }

        @Override
        public void remove() {
            counted(element::remove);
        }

        @Override
        public Keyed keyed() {
            return element.keyed();
        }

        @Override
        public Sequence sequence() {
            return element.sequence();
        }

        @Override
        public Place field(int index) {
            return element.field(index);
        }
    }
}
