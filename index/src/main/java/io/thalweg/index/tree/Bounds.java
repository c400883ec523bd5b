package io.thalweg.index.tree;

import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/**
 * Some of the keys of a map or set.
 *
 * @param from the first, null for all from the start
 * @param to the last, null for all to the end
 * @param max at most so many of them, {@link Long#MAX_VALUE} for all
 * @param last whether those are the last of them and not the first
 */
public record Bounds(
        @Nullable Object from, boolean withFrom, @Nullable Object to, boolean withTo, long max, boolean last) {
    /** All keys. */
    public static final Bounds ALL = new Bounds(null, true, null, true, Long.MAX_VALUE, false);

    public Bounds {
        if (max < 0) {
            throw new IllegalArgumentException("at most " + max + " keys of a range");
        }
    }

    /** Whether it says more than from where to where. */
    public boolean counts() {
        return max != Long.MAX_VALUE;
    }

    boolean contains(Object key, Comparator<Object> order) {
        if (from != null) {
            int compared = order.compare(key, from);
            if (compared < 0 || (compared == 0 && !withFrom)) {
                return false;
            }
        }
        if (to != null) {
            int compared = order.compare(key, to);
            return compared < 0 || (compared == 0 && withTo);
        }
        return true;
    }

    /** These keys, of which only those are meant that {@code other} has, too; neither's number counts. */
    Bounds within(Bounds other, Comparator<Object> order) {
        Object low = from;
        boolean withLow = withFrom;
        if (other.from != null) {
            int compared = low == null ? -1 : order.compare(low, other.from);
            if (compared < 0) {
                low = other.from;
                withLow = other.withFrom;
            } else if (compared == 0) {
                withLow &= other.withFrom;
            }
        }
        Object high = to;
        boolean withHigh = withTo;
        if (other.to != null) {
            int compared = high == null ? 1 : order.compare(high, other.to);
            if (compared > 0) {
                high = other.to;
                withHigh = other.withTo;
            } else if (compared == 0) {
                withHigh &= other.withTo;
            }
        }
        return new Bounds(low, withLow, high, withHigh, Long.MAX_VALUE, false);
    }

    /** Of these keys, which do not count, as many as {@code other} says. */
    Bounds most(Bounds other) {
        return new Bounds(from, withFrom, to, withTo, other.max, other.last);
    }

    /** The same from {@code key} on. */
    Bounds startingAt(Object key, Comparator<Object> order) {
        return within(new Bounds(key, true, null, true, Long.MAX_VALUE, false), order);
    }
}
