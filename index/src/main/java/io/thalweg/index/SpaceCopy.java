package io.thalweg.index;

import io.thalweg.index.codec.KeyWriter;
import io.thalweg.index.store.Changes;
import io.thalweg.index.store.Cursor;
import io.thalweg.index.store.Overlay;
import io.thalweg.index.store.Reading;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Makes what a partition keeps in one space what it keeps in another, piece by piece: cells that are the same in both are left, those that only the copy has go. So who
 * begins again has little left to do. Positions are left out. One thread.
 */
public final class SpaceCopy {
    private final IndexSpace from;
    private final Reading cells;
    private final IndexSpace to;
    private final List<Changes.Range> ranges;
    private int range;
    private byte @Nullable [] next;

    /**
     * @param cells as they are to be, at one moment
     * @param there what the copy has so far
     * @param firstSlot of the partition
     * @param endSlot behind its last one
     * @param without indexes that are not copied
     */
    public SpaceCopy(
            IndexSpace from,
            Reading cells,
            IndexSpace to,
            Reading there,
            int partition,
            int firstSlot,
            int endSlot,
            Set<String> without) {
        this.from = from;
        this.cells = cells;
        this.to = to;
        Set<String> names = new TreeSet<>(from.names(cells));
        names.addAll(to.names(there));
        names.removeAll(without);
        List<Changes.Range> all = new ArrayList<>(List.of(from.aside(partition)));
        names.forEach(name -> all.addAll(from.of(name, firstSlot, endSlot)));
        this.ranges = List.copyOf(all);
    }

    /**
     * The next changes to the copy, of about so many bytes; null when there are none any more.
     *
     * @param there what the copy has, with all changes so far
     */
    public @Nullable Overlay next(Reading there, long bytes) {
        Overlay changes = new Overlay(there);
        for (; range < ranges.size(); range++) {
            Changes.Range its = ranges.get(range);
            byte[] start = next == null ? its.from() : next;
            next = null;
            if (!differ(start, its.to(), changes, bytes)) {
                return changes;
            }
        }
        return changes.isEmpty() ? null : changes;
    }

    /** Writes what differs; false when it is enough for now. */
    private boolean differ(byte[] start, byte[] end, Overlay changes, long bytes) {
        try (Cursor wanted = cells.cursor(start, end, false);
                Cursor has = changes.cursor(other(start), other(end), false)) {
            while (wanted.valid() || has.valid()) {
                int order = !wanted.valid()
                        ? 1
                        : !has.valid() ? -1 : Arrays.compareUnsigned(other(wanted.key()), has.key());
                byte[] at = order > 0 ? back(has.key()) : wanted.key();
                if (changes.bytes() >= bytes) {
                    next = at;
                    return false;
                }
                if (order > 0) {
                    changes.delete(has.key());
                } else if (order < 0 || !Arrays.equals(wanted.value(), has.value())) {
                    changes.put(other(wanted.key()), wanted.value());
                }
                if (order >= 0) {
                    has.next();
                }
                if (order <= 0) {
                    wanted.next();
                }
            }
        }
        return true;
    }

    private byte[] other(byte[] key) {
        return moved(key, to);
    }

    private byte[] back(byte[] key) {
        return moved(key, from);
    }

    private static byte[] moved(byte[] key, IndexSpace into) {
        byte[] prefix = into.from();
        return new KeyWriter()
                .raw(prefix)
                .raw(Arrays.copyOfRange(key, prefix.length, key.length))
                .toByteArray();
    }
}
