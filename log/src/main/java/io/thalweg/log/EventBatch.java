package io.thalweg.log;

import io.thalweg.model.event.Event;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A cursor over consecutive events of one stream, standing before the first. It allocates nothing per event: the buffers
 * that it returns are views of the batch's memory, valid as long as the batch is reachable. One thread at a time.
 */
public interface EventBatch {

    /** How many events there are in all. */
    int count();

    /** Bytes of memory that the batch holds as long as it is reachable. */
    long heldBytes();

    /** Steps to the next event; false behind the last. The accessors below speak of the event stepped to. */
    boolean next();

    long sequence();

    /** When the event was ordered: nanoseconds since 1970, unique and strictly increasing within a shard. */
    long timestampNs();

    @Nullable
    ByteBuffer key();

    @Nullable
    String contentType();

    int headerCount();

    String headerName(int index);

    String headerValue(int index);

    /** The payload; its position moves independently of any other buffer of the batch. */
    ByteBuffer payload();

    int payloadLength();

    /** The current event as an object of its own. */
    Event toEvent();
}
