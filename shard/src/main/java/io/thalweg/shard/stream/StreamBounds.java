package io.thalweg.shard.stream;

import io.thalweg.model.StreamId;
import java.util.Optional;

/**
 * How much a stream keeps of its events, and what has to go. Who leads the shard asks every now and then for what {@link #trim} says, and
 * whoever leads next asks for that again, or for more: the trim is an ordinary request that says what stays, so that all replicas agree, and twice is once.
 *
 * @param bytesMax about so many bytes stay; {@code Long.MAX_VALUE} for no bound
 * @param ageNsMax what is surely older goes, by the shard's time, whatever a node's clock shows; {@code Long.MAX_VALUE} for no bound
 */
public record StreamBounds(long bytesMax, long ageNsMax) {
    /** So many times a bound an event is kept for a view that has not yet taken it for good; then the view parks. */
    private static final int VIEW_PATIENCE = 2;

    /** Where a shard would have a stream begin for bounds, as {@code Shard.keepYounger} says it. */
    @FunctionalInterface
    public interface Rule {
        Optional<Long> keepFrom(StreamId stream, long bytesMax, long ageNsMax);
    }

    /**
     * The trim that a stream needs; empty when nothing has to go.
     *
     * @param stats of the stream, as the replica of whoever leads has it
     * @param rule of the same replica
     * @param neededFrom the oldest event that some view has not yet taken for good
     */
    public Optional<StreamCommand.Trim> trim(StreamStats stats, Rule rule, long neededFrom) {
        long keepFrom = keepFrom(stats.stream(), rule, neededFrom);
        return keepFrom > stats.first()
                ? Optional.of(new StreamCommand.Trim(stats.stream(), keepFrom))
                : Optional.empty();
    }

    /** The oldest event to keep: what the bounds say, unless a view still needs older ones within the bounds of its patience. */
    private long keepFrom(StreamId stream, Rule rule, long neededFrom) {
        long byBounds = keepFrom(stream, rule);
        return neededFrom >= byBounds
                ? byBounds
                : Math.max(neededFrom, times(VIEW_PATIENCE).keepFrom(stream, rule));
    }

    private long keepFrom(StreamId stream, Rule rule) {
        return rule.keepFrom(stream, bytesMax, ageNsMax).orElse(0L);
    }

    private StreamBounds times(int many) {
        return new StreamBounds(times(many, bytesMax), times(many, ageNsMax));
    }

    private static long times(int many, long bound) {
        return bound > Long.MAX_VALUE / many ? Long.MAX_VALUE : many * bound;
    }
}
