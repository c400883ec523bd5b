package io.thalweg.view.java;

import io.thalweg.index.codec.ValueReader;
import io.thalweg.index.codec.ValueWriter;
import io.thalweg.model.MalformedException;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How far a partition is: which step it made last, and for each of its streams the sequence that it took last. Not thread-safe.
 *
 * <pre>
 * positions = version 1, varint step, varint timers, count (text stream, varint sequence)*
 * </pre>
 */
final class Positions {
    private static final int VERSION = 1;

    private long step;
    private long timers;
    private final SortedMap<String, Long> taken = new TreeMap<>();

    static Positions read(byte @Nullable [] bytes) {
        Positions positions = new Positions();
        if (bytes == null) {
            return positions;
        }
        ValueReader from = new ValueReader(bytes);
        int version = from.raw();
        if (version != VERSION) {
            throw new MalformedException("positions have version " + version + ", expected " + VERSION);
        }
        positions.step = from.count();
        positions.timers = from.count();
        for (int i = from.size(); i > 0; i--) {
            positions.taken.put(from.text(), from.count());
        }
        from.end();
        return positions;
    }

    byte[] write() {
        ValueWriter to =
                new ValueWriter().raw(VERSION).count(step).count(timers).count(taken.size());
        taken.forEach((stream, sequence) -> to.text(stream).count(sequence));
        return to.toByteArray();
    }

    long step() {
        return step;
    }

    void step(long newest) {
        step = newest;
    }

    /** A number that no timer of the partition had. */
    long nextTimer() {
        return ++timers;
    }

    long taken(String stream) {
        return taken.getOrDefault(stream, 0L);
    }

    void taken(String stream, long sequence) {
        taken.put(stream, sequence);
    }
}
