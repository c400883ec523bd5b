package io.thalweg.shard.stream;

import io.thalweg.model.MalformedException;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.event.EventCodec;
import io.thalweg.model.request.Reply;
import io.thalweg.model.request.Request;
import io.thalweg.shard.machine.ApplyContext;
import java.nio.ByteBuffer;

/**
 * The {@link ApplyContext} of the request in hand; one object serves all requests of a shard, one after the other. It owns the
 * shard's time: each request and each event gets a tick of its own, at least the leader's stamp, and always later than
 * everything before.
 */
public final class Applying implements ApplyContext {
    private final LogMachine streams;

    /** Newest tick that was given out; part of the state. */
    private long lastNs;

    private long index = -1;
    private int version;
    private long timestampNs;
    private long nextNs;
    private ByteBuffer body = ByteBuffer.allocate(0);
    private int bodyOffset;

    /** Of everything that was noted since it was taken last. */
    private long noted;

    /** @param streams of the shard whose requests these are */
    public Applying(LogMachine streams) {
        this.streams = streams;
    }

    /** The newest tick that was given out. */
    public long lastNs() {
        return lastNs;
    }

    /** Goes on from the newest tick of a snapshot. */
    public void lastNs(long value) {
        lastNs = value;
    }

    /**
     * Starts the next request.
     *
     * @param orderVersion which version the order has here
     * @param requestBodyOffset bytes from the start of the entry's body to the start of the request's
     */
    public void begin(long entryIndex, long stampNs, int orderVersion, Request request, int requestBodyOffset) {
        index = entryIndex;
        version = orderVersion;
        timestampNs = Math.max(stampNs, lastNs + 1);
        nextNs = timestampNs;
        body = request.body();
        bodyOffset = requestBodyOffset;
    }

    /** Ends the request in hand, whatever its reply: its time is used up. */
    public void end() {
        lastNs = Math.max(timestampNs, nextNs - 1);
    }

    @Override
    public long timestampNs() {
        return timestampNs;
    }

    @Override
    public long index() {
        return index;
    }

    @Override
    public int version() {
        return version;
    }

    @Override
    public boolean exists(TenantId tenant, StreamId stream) {
        return streams.exists(tenant, stream);
    }

    @Override
    public long head(StreamId stream) {
        return streams.head(stream);
    }

    @Override
    public Reply createStream(TenantId tenant, StreamId stream) {
        return streams.create(tenant, stream, timestampNs);
    }

    @Override
    public Reply splitStream(TenantId tenant, StreamId from, int partition) {
        return streams.split(tenant, from, partition, timestampNs);
    }

    @Override
    public Reply deleteStream(TenantId tenant, StreamId stream) {
        return streams.delete(tenant, stream, timestampNs);
    }

    @Override
    public Reply trimStream(TenantId tenant, StreamId stream, long firstSequence) {
        return streams.trim(tenant, stream, firstSequence);
    }

    @Override
    public Reply append(TenantId tenant, StreamId stream, int offset, int length, int count) {
        if (offset < 0 || length < 0 || length > body.remaining() - offset) {
            throw new MalformedException("events at " + offset + " of " + length
                    + " bytes are not within the request's " + body.remaining() + " bytes");
        }
        if (count < 1) {
            throw new MalformedException("append has " + count + " events, expected at least 1");
        }
        EventCodec.validate(body.slice(body.position() + offset, length), count);
        return streams.append(tenant, stream, offset, length, count, this);
    }

    @Override
    public long take(int count) {
        long first = nextNs;
        nextNs += count;
        return first;
    }

    @Override
    public void note(long changed) {
        noted = (noted ^ changed) * 0x9E3779B97F4A7C15L;
        noted ^= noted >>> 32;
    }

    /** A number of what was noted since the last call. */
    public long takeNoted() {
        long taken = noted;
        noted = 0;
        return taken;
    }

    @Override
    public int inEntry(int offset) {
        return bodyOffset + offset;
    }
}
