package io.thalweg.shard.machine;

import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.request.Reply;

/**
 * What a {@link Machine} sees of the shard while it applies one request: the request's time, and the streams, so that it can
 * create, delete, trim and append in the same atomic step. Valid during the call only.
 *
 * <p>A payload is written to disk once, inside the request that carries it. What a machine appends must therefore lie in the
 * body of the request that it applies: whoever builds the request puts the finished event records there.
 *
 * <p>The stream methods answer exactly what the operation of the same name answers; a {@code Refused} changed nothing. A
 * machine that changes several things makes the calls that can be refused first.
 */
public interface ApplyContext extends Turn {

    /** Whether {@code tenant} has this stream. */
    boolean exists(TenantId tenant, StreamId stream);

    /** Newest sequence of a stream including what this entry appended so far; 0 when it is empty or unknown. */
    long head(StreamId stream);

    /** Creates an empty stream; {@code ALREADY_EXISTS} if any tenant has it. */
    Reply createStream(TenantId tenant, StreamId stream);

    /**
     * Creates an empty stream of the same log for slots that are this one's, which from now on takes no event that was sent to it for a key as
     * of before. {@code ALREADY_EXISTS} if the partition is there and was not made so.
     */
    Reply splitStream(TenantId tenant, StreamId from, int partition);

    /** Deletes a stream and all its events. Its sequences are never used again: the same id cannot be created again. */
    Reply deleteStream(TenantId tenant, StreamId stream);

    /** Lets go of all events before {@code firstSequence}, which is at most head + 1. */
    Reply trimStream(TenantId tenant, StreamId stream, long firstSequence);

    /**
     * Appends {@code count} event records that lie one after another in the current request's body.
     *
     * @param offset bytes from the start of {@code request.body()}, that is from its position, to the first record
     * @param length bytes of all the records
     */
    Reply append(TenantId tenant, StreamId stream, int offset, int length, int count);
}
