package io.thalweg.shard.machine;

/**
 * The turn of one request: its time, and where its bytes lie. Every request and every event gets a tick of the shard's time of
 * its own, always later than all before. Valid while the request is being applied.
 */
public interface Turn {

    /** When this request was ordered: nanoseconds since 1970, greater than that of every request before it. */
    long timestampNs();

    /** Number of the consensus entry that carries the request. */
    long index();

    /** Which version the order has at this place: what is done may depend on it, since all replicas know it here. 0 for none. */
    int version();

    /** Gives out {@code count} consecutive ticks of the shard's time, at least 1; returns the first. */
    long take(int count);

    /**
     * Says what the request has changed, where its reply does not: replicas that have applied the same must have come to the same ({@link
     * io.thalweg.shard.Replica#digests}). The same in all programs that know {@link #version}.
     */
    default void note(long changed) {}

    /** Where a position in the request's body, counted from its start, lies in the body of the entry. */
    int inEntry(int offset);
}
