package io.thalweg.model;

import java.util.Comparator;

/** One partition of a log: the scope in which sequences start at 1 and never skip. */
public record StreamId(LogId log, int partition) implements Comparable<StreamId> {
    private static final Comparator<StreamId> ORDER =
            Comparator.comparing(StreamId::log).thenComparingInt(StreamId::partition);

    public StreamId {
        if (partition < 0) {
            throw new IllegalArgumentException("partition " + partition + " is negative");
        }
    }

    /** The only partition of a log that did not ask for more. */
    public static StreamId of(LogId log) {
        return new StreamId(log, 0);
    }

    @Override
    public int compareTo(StreamId other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return log + "/" + partition;
    }
}
