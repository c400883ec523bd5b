package io.thalweg.index.tree;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Some of a map's or set's elements, as a value of their own. Reading it is one walk over them; writing it replaces just them. A key
 * outside of it reads as absent, and when it is written lands in the whole.
 */
final class Window extends Place {
    private final Keyed whole;
    private final Bounds bounds;
    private final @Nullable Set<Object> only;
    private @Nullable Keyed part;

    Window(Keyed whole, Bounds bounds, @Nullable Set<Object> only) {
        super(whole.shape());
        this.whole = whole;
        this.bounds = bounds;
        this.only = only;
    }

    @Override
    public boolean exists() {
        return true;
    }

    @Override
    public Object value() {
        return keyed().value();
    }

    @Override
    protected void put(Object value) {
        keyed().replace(value);
    }

    @Override
    public void remove() {
        keyed().clear();
    }

    @Override
    public Keyed keyed() {
        Keyed known = part;
        if (known == null) {
            known = new Part(only);
            part = known;
        }
        return known;
    }

    private Set<Object> named(Collection<Object> keys) {
        Set<Object> sorted = new TreeSet<>(whole.order());
        sorted.addAll(keys);
        return sorted;
    }

    /**
     * The window from within. Which keys a number of them covers is settled when somebody reaches for one, and so before the first is written: whoever
     * only walks over them needs no more than that walk.
     */
    private final class Part extends Keyed {
        private @Nullable Set<Object> named;

        /** Keys outside of the window that were written through it. */
        private final Set<Object> added = named(List.of());

        Part(@Nullable Set<Object> named) {
            super(whole.shape());
            this.named = named;
        }

        private void settle() {
            if (named == null && bounds.counts()) {
                named = named(whole.keys(bounds));
            }
        }

        private boolean covers(Object key) {
            settle();
            return added.contains(key) || (named == null ? bounds.contains(key, order()) : named.contains(key));
        }

        @Override
        public boolean has(Object key) {
            return covers(key) && whole.has(key);
        }

        @Override
        public Place at(Object key) {
            return covers(key) ? whole.at(key) : new Outside(whole.at(key), () -> added.add(key));
        }

        @Override
        public long size() {
            long[] count = {0};
            each(Bounds.ALL, (_, _) -> ++count[0] > 0);
            return count[0];
        }

        @Override
        public boolean each(Bounds inner, Visitor visitor) {
            if (named == null && added.isEmpty() && !bounds.counts()) {
                return whole.each(bounds.within(inner, order()).most(inner), visitor);
            }
            if (named == null && added.isEmpty() && !inner.counts()) {
                return whole.each(bounds, (key, value) -> !inner.contains(key, order()) || visitor.at(key, value));
            }
            settle();
            Set<Object> all = named(named == null ? whole.keys(bounds) : named);
            all.addAll(added);
            List<Object> keys = new ArrayList<>(all);
            keys.removeIf(key -> !inner.contains(key, order()) || !whole.has(key));
            int some = (int) Math.min(keys.size(), inner.max());
            for (Object key : inner.last() ? keys.subList(keys.size() - some, keys.size()) : keys.subList(0, some)) {
                if (!visitor.at(key, whole.at(key))) {
                    return false;
                }
            }
            return true;
        }

        @Override
        void clear() {
            settle();
            for (Object key : keys(Bounds.ALL)) {
                whole.at(key).remove();
            }
        }

        @Override
        void replace(Object value) {
            settle();
            for (Object key : keys(Bounds.ALL)) {
                if (!(value instanceof Map<?, ?> map ? map.containsKey(key) : ((Collection<?>) value).contains(key))) {
                    whole.at(key).remove();
                }
            }
            for (Object key : value instanceof Map<?, ?> map ? map.keySet() : (Collection<?>) value) {
                if (!covers(key)) {
                    added.add(key);
                }
            }
            whole.putAll(value);
        }
    }

    /** A key that the window does not cover. */
    private static final class Outside extends Place {
        private final Place real;
        private final Runnable written;
        private boolean known;

        Outside(Place real, Runnable written) {
            super(real.shape());
            this.real = real;
            this.written = written;
        }

        @Override
        public @Nullable Object value() {
            return known ? real.value() : null;
        }

        @Override
        protected void put(Object value) {
            known = true;
            written.run();
            real.put(value);
        }

        @Override
        public void remove() {
            if (known) {
                real.remove();
            }
        }
    }
}
