package io.thalweg.model;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How far a reader or a state has come: for each stream the newest sequence that it reflects. A stream that a position does not
 * name counts as 0, nothing.
 *
 * <p>Most logs have one partition, and whoever follows one is at {@link Single}: a stream and a number, whose token is that number.
 * Whoever follows several streams is at {@link Several}, whatever their sequences are; {@link PositionCodec} gives it a token that
 * nobody should look into. Positions are ordered in part only: of two, either may {@link #covers cover} the other, both (then they
 * mean the same), or none. Immutable.
 */
public sealed interface Position {
    /** Streams that one position may name. */
    int MAX_STREAMS = 1_024;

    /** The newest sequence of this stream, 0 for none. */
    long of(StreamId stream);

    /** All streams that it names, in order; not to be changed. */
    SortedMap<StreamId, Long> sequences();

    /** Whether a state at this position reflects all that one at {@code other} does. */
    boolean covers(Position other);

    /** The least position that covers both. */
    Position merge(Position other);

    /** This position with another sequence for one stream. */
    Position with(StreamId stream, long sequence);

    /** The text that clients keep and give back; see {@link PositionCodec}. */
    default String token() {
        return PositionCodec.token(this);
    }

    /** A position in the only stream that somebody follows. */
    static Position of(StreamId stream, long sequence) {
        return new Single(stream, sequence);
    }

    /** A position in several streams; copies the map. */
    static Position of(Map<StreamId, Long> sequences) {
        return new Several(new TreeMap<>(sequences));
    }

    /** In one stream. */
    record Single(StreamId stream, long sequence) implements Position {
        public Single {
            if (sequence < 0) {
                throw negative(stream, sequence);
            }
        }

        @Override
        public long of(StreamId asked) {
            return asked.equals(stream) ? sequence : 0;
        }

        @Override
        public SortedMap<StreamId, Long> sequences() {
            return Collections.unmodifiableSortedMap(new TreeMap<>(Map.of(stream, sequence)));
        }

        @Override
        public boolean covers(Position other) {
            return switch (other) {
                case Single(StreamId theirs, long at) -> at <= of(theirs);
                case Several several -> several.isCoveredBy(this);
            };
        }

        @Override
        public Position merge(Position other) {
            return switch (other) {
                case Single(StreamId theirs, long at) when theirs.equals(stream) -> at > sequence ? other : this;
                default -> new Several(new TreeMap<>(sequences())).merge(other);
            };
        }

        @Override
        public Position with(StreamId changed, long at) {
            return changed.equals(stream)
                    ? new Single(stream, at)
                    : new Several(new TreeMap<>(sequences())).with(changed, at);
        }
    }

    /**
     * In several streams.
     *
     * @param sequences owned by the record; use {@link Position#of(Map)}
     */
    record Several(SortedMap<StreamId, Long> sequences) implements Position {
        public Several {
            if (sequences.size() > MAX_STREAMS) {
                throw new IllegalArgumentException(
                        "a position names " + sequences.size() + " streams, at most " + MAX_STREAMS + " are allowed");
            }
            sequences.forEach((stream, sequence) -> {
                if (sequence < 0) {
                    throw negative(stream, sequence);
                }
            });
            sequences = Collections.unmodifiableSortedMap(sequences);
        }

        @Override
        public long of(StreamId stream) {
            return sequences.getOrDefault(stream, 0L);
        }

        private boolean isCoveredBy(Position other) {
            return sequences.entrySet().stream().allMatch(one -> one.getValue() <= other.of(one.getKey()));
        }

        @Override
        public boolean covers(Position other) {
            return switch (other) {
                case Single(StreamId stream, long at) -> at <= of(stream);
                case Several several -> several.isCoveredBy(this);
            };
        }

        @Override
        public Position merge(Position other) {
            TreeMap<StreamId, Long> merged = new TreeMap<>(sequences);
            other.sequences().forEach((stream, at) -> merged.merge(stream, at, Math::max));
            return new Several(merged);
        }

        @Override
        public Position with(StreamId stream, long at) {
            TreeMap<StreamId, Long> changed = new TreeMap<>(sequences);
            changed.put(stream, at);
            return new Several(changed);
        }
    }

    private static IllegalArgumentException negative(StreamId stream, long sequence) {
        return new IllegalArgumentException("sequence " + sequence + " of " + stream + " is negative");
    }
}
