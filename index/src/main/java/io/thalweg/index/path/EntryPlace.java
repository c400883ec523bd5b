package io.thalweg.index.path;

import io.thalweg.index.schema.Schema;
import io.thalweg.index.tree.Keyed;
import io.thalweg.index.tree.Place;
import io.thalweg.index.tree.Sequence;
import io.thalweg.index.tree.Shape;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A key with its value, or an index with its element; as JSON a pair. Writing another key renames, another index moves. */
final class EntryPlace extends Place {
    private final Place key;
    private final Place value;

    EntryPlace(Keyed map, Object key, Place value) {
        super(value.shape());
        this.key = new Key(map, key);
        this.value = value;
    }

    EntryPlace(Sequence list, long index, Place value) {
        super(value.shape());
        this.key = new Index(list, index);
        this.value = value;
    }

    /** The key at 0, the value at 1. */
    Place part(long index) {
        if (index == 0 || index == 1) {
            return index == 0 ? key : value;
        }
        throw new PathException("nth: found an entry, which has a key at 0 and a value at 1, but got " + index);
    }

    Object plain() {
        Object now = value.value();
        return java.util.Arrays.asList(
                key.schema().plain(keyNow()),
                now == null ? null : value.schema().plain(now));
    }

    private Object keyNow() {
        Object now = key.value();
        if (now == null) {
            throw new IllegalStateException("an entry has a key");
        }
        return now;
    }

    @Override
    public @Nullable Object value() {
        Object now = value.value();
        return now == null ? null : Map.entry(keyNow(), now);
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
        value.set(newValue);
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

    private static void staysGone(boolean gone, Object to) {
        if (gone) {
            throw new PathException("an entry that this path removed before cannot go to " + to);
        }
    }

    /** A key of a map itself. */
    static final class Key extends Place {
        private final Keyed map;
        private Object key;
        private boolean gone;

        Key(Keyed map, Object key) {
            super(map.keyShape());
            this.map = map;
            this.key = key;
        }

        @Override
        public @Nullable Object value() {
            return gone ? null : key;
        }

        @Override
        protected void put(Object newKey) {
            staysGone(gone, newKey);
            Object value = map.at(key).value();
            if (value != null && !newKey.equals(key)) {
                map.at(key).remove();
                map.at(newKey).set(value);
                key = newKey;
            }
        }

        @Override
        public void remove() {
            map.at(key).remove();
            gone = true;
        }
    }

    /** An index of a list itself. */
    static final class Index extends Place {
        private static final Shape LONG = Shape.whole(Schema.of(Long.class));

        private final Sequence list;
        private long index;
        private boolean gone;

        Index(Sequence list, long index) {
            super(LONG);
            this.list = list;
            this.index = index;
        }

        @Override
        public @Nullable Object value() {
            return gone ? null : index;
        }

        @Override
        protected void put(Object to) {
            staysGone(gone, to);
            list.move(index, (Long) to);
            index = (Long) to;
        }

        @Override
        public void remove() {
            // Once: the next element has the index now.
            if (!gone) {
                list.at(index).remove();
                gone = true;
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
