package io.thalweg.index.path;

import io.thalweg.index.schema.Schema;
import io.thalweg.index.tree.Keyed;
import io.thalweg.index.tree.Place;
import io.thalweg.index.tree.Sequence;
import io.thalweg.index.tree.Shape;
import io.thalweg.index.tree.ValuePlace;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A key with its value, or an index with its element; as JSON a pair. Writing another key renames, another index moves, and the value
 * stays the value of this entry wherever it went.
 */
final class EntryPlace extends Place {
    private final Handle key;

    EntryPlace(Keyed map, Object key, Place value) {
        this(new Key(map, key, value));
    }

    EntryPlace(Sequence list, long index, Place value) {
        this(new Index(list, index, value));
    }

    private EntryPlace(Handle key) {
        super(key.at().shape());
        this.key = key;
    }

    /** The same entry standing nowhere. */
    EntryPlace copy() {
        Object now = key.gone ? null : key.at().value();
        Handle alone = new Alone(key.schema(), key.value(), new ValuePlace(schema(), now));
        alone.gone = key.gone;
        return new EntryPlace(alone);
    }

    /** The key at 0, the value at 1. */
    Place part(long index) {
        if (index == 0 || index == 1) {
            return index == 0 ? key : new Value(key);
        }
        throw new PathException("nth: found an entry, which has a key at 0 and a value at 1, but got " + index);
    }

    @Nullable
    Object plain() {
        Object first = key.value();
        Object now = value(first);
        return first == null || now == null ? null : List.of(key.schema().plain(first), schema().plain(now));
    }

    private @Nullable Object value(@Nullable Object first) {
        return first == null ? null : key.at().value();
    }

    @Override
    public @Nullable Object value() {
        Object first = key.value();
        Object now = value(first);
        return first == null || now == null ? null : Map.entry(first, now);
    }

    @Override
    public void set(Object any) {
        Object newKey;
        Object newValue;
        if (any instanceof Map.Entry<?, ?> entry) {
            newKey = entry.getKey();
            newValue = entry.getValue();
        } else if (any instanceof List<?> pair && pair.size() == 2) {
            newKey = pair.get(0);
            newValue = pair.get(1);
        } else {
            throw new PathException("an entry is [key, value], found " + any);
        }
        part(1).set(newValue);
        key.set(newKey);
    }

    @Override
    protected void put(Object any) {
        set(any);
    }

    @Override
    public void remove() {
        key.remove();
    }

    /** The key or the index of an entry. */
    abstract static class Handle extends Place {
        private boolean gone;

        Handle(Shape shape) {
            super(shape);
        }

        /** Where the entry's value stands now. */
        abstract Place at();

        final boolean isGone() {
            return gone;
        }

        final void stays(Object to) {
            if (gone) {
                throw new PathException("an entry that this path removed before cannot go to " + to);
            }
        }

        @Override
        public void remove() {
            // Once: the next element has the index now.
            if (!gone) {
                at().remove();
                gone = true;
            }
        }
    }

    /** The value of an entry, which its key may have taken elsewhere. */
    private static final class Value extends Place {
        private final Handle key;

        Value(Handle key) {
            super(key.at().shape());
            this.key = key;
        }

        @Override
        public boolean exists() {
            return !key.gone && key.at().exists();
        }

        @Override
        public @Nullable Object value() {
            return key.gone ? null : key.at().value();
        }

        @Override
        protected void put(Object value) {
            key.stays(value);
            key.at().set(value);
            if (key instanceof Index index) {
                index.empty = false;
            }
        }

        @Override
        public void remove() {
            if (!key.gone) {
                key.at().remove();
                if (key instanceof Index index) {
                    index.empty = true;
                }
            }
        }

        @Override
        public Keyed keyed() {
            return key.gone ? super.keyed() : key.at().keyed();
        }

        @Override
        public Sequence sequence() {
            return key.gone ? super.sequence() : key.at().sequence();
        }

        @Override
        public Place field(int index) {
            return key.gone ? super.field(index) : key.at().field(index);
        }
    }

    /** A key of a map itself. */
    static final class Key extends Handle {
        private final Keyed map;
        private Object key;
        private @Nullable Place at;

        Key(Keyed map, Object key) {
            this(map, key, null);
        }

        private Key(Keyed map, Object key, @Nullable Place at) {
            super(map.keyShape());
            this.map = map;
            this.key = key;
            this.at = at;
        }

        @Override
        Place at() {
            Place known = at;
            if (known == null) {
                known = map.at(key);
                at = known;
            }
            return known;
        }

        @Override
        public @Nullable Object value() {
            return isGone() ? null : key;
        }

        @Override
        protected void put(Object newKey) {
            stays(newKey);
            Object value = at().value();
            if (value != null && !newKey.equals(key)) {
                at().remove();
                key = newKey;
                at = null;
                at().set(value);
            }
        }
    }

    /** An index of a list itself. */
    static final class Index extends Handle {
        private static final Shape LONG = Shape.whole(Schema.of(Long.class));

        private final Sequence list;
        private long index;
        private @Nullable Place at;

        /** Whether the element was removed by itself, and may come back. */
        private boolean empty;

        Index(Sequence list, long index) {
            this(list, index, null);
        }

        private Index(Sequence list, long index, @Nullable Place at) {
            super(LONG);
            this.list = list;
            this.index = index;
            this.at = at;
        }

        @Override
        Place at() {
            Place known = at;
            if (known == null) {
                known = list.at(index);
                at = known;
            }
            return known;
        }

        @Override
        public @Nullable Object value() {
            return isGone() || empty ? null : index;
        }

        @Override
        protected void put(Object to) {
            stays(to);
            if (empty) {
                throw new PathException("an element that this path removed before cannot go to " + to);
            }
            list.move(index, (Long) to);
            index = (Long) to;
            at = null;
        }
    }

    /** A key that is in no map. */
    private static final class Alone extends Handle {
        private @Nullable Object key;
        private final Place at;

        Alone(Schema<?> schema, @Nullable Object key, Place at) {
            super(Shape.whole(schema));
            this.key = key;
            this.at = at;
        }

        @Override
        Place at() {
            return at;
        }

        @Override
        public @Nullable Object value() {
            return isGone() ? null : key;
        }

        @Override
        protected void put(Object newKey) {
            stays(newKey);
            if (at.exists()) {
                key = newKey;
            }
        }
    }

    /** The void in a set: writing it adds, and writing it again adds another instead. */
    static final class NewElement extends Place {
        private final Keyed set;
        private @Nullable Object added;
        private boolean isNew;

        NewElement(Keyed set) {
            super(set.keyShape());
            this.set = set;
        }

        @Override
        public @Nullable Object value() {
            return added;
        }

        @Override
        protected void put(Object element) {
            remove();
            // Only who writes here again needs to know whether it was there before; a blind write does not look.
            isNew = !set.sized() || !set.has(element);
            set.at(element).set(element);
            added = element;
        }

        @Override
        public void remove() {
            if (added != null && isNew) {
                set.at(added).remove();
            }
            added = null;
        }
    }
}
