package io.thalweg.directory;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.LedgerId;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.event.Event;
import io.thalweg.model.event.EventCodec;
import io.thalweg.model.request.Reply;
import io.thalweg.shard.machine.ApplyContext;
import io.thalweg.shard.machine.LedgerRegistry;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The streams of a shard as the directory sees them: in memory, with the contract of {@link ApplyContext}. */
final class StreamsFake implements ApplyContext, LedgerRegistry {
    /** One stream with all it ever got. */
    static final class Stream {
        final TenantId tenant;
        final List<Event> events = new ArrayList<>();
        long first = 1;
        int from = -1;

        Stream(TenantId tenant) {
            this.tenant = tenant;
        }
    }

    final Map<StreamId, Stream> streams = new TreeMap<>();
    final Map<LedgerId, TenantId> ledgers = new TreeMap<>();
    final Set<StreamId> deleted = new TreeSet<>();

    /** Events of streams that were deleted since, by stream. */
    final Map<StreamId, List<Event>> graves = new TreeMap<>();

    long nowNs = 1_700_000_000_000_000_000L;
    ByteBuffer body = ByteBuffer.allocate(0);

    @Override
    public long timestampNs() {
        return nowNs;
    }

    @Override
    public long index() {
        return 1;
    }

    @Override
    public int version() {
        return 0;
    }

    @Override
    public boolean exists(TenantId tenant, StreamId stream) {
        return find(tenant, stream) != null;
    }

    @Override
    public boolean exists(TenantId tenant, LedgerId ledger) {
        return tenant.equals(ledgers.get(ledger));
    }

    @Override
    public long head(StreamId stream) {
        Stream found = streams.get(stream);
        return found == null ? 0 : found.events.size();
    }

    @Override
    public Reply createStream(TenantId tenant, StreamId stream) {
        if (streams.containsKey(stream) || deleted.contains(stream)) {
            return new Reply.Refused(ErrorCode.ALREADY_EXISTS, "stream " + stream + " exists or did exist");
        }
        streams.put(stream, new Stream(tenant));
        return done();
    }

    @Override
    public Reply splitStream(TenantId tenant, StreamId from, int partition) {
        if (find(tenant, from) == null) {
            return missing(from);
        }
        StreamId to = new StreamId(from.log(), partition);
        Stream known = find(tenant, to);
        if (known != null && known.from == from.partition()) {
            return done();
        }
        Reply made = createStream(tenant, to);
        if (made instanceof Reply.Done) {
            Objects.requireNonNull(streams.get(to)).from = from.partition();
        }
        return made;
    }

    @Override
    public Reply deleteStream(TenantId tenant, StreamId stream) {
        Stream found = find(tenant, stream);
        if (found == null) {
            return missing(stream);
        }
        streams.remove(stream);
        deleted.add(stream);
        graves.put(stream, found.events);
        return done();
    }

    @Override
    public Reply trimStream(TenantId tenant, StreamId stream, long firstSequence) {
        Stream found = find(tenant, stream);
        if (found == null) {
            return missing(stream);
        }
        if (firstSequence > found.events.size() + 1) {
            return new Reply.Refused(ErrorCode.INVALID_REQUEST, "trim behind the head");
        }
        found.first = Math.max(found.first, firstSequence);
        return done();
    }

    @Override
    public Reply append(TenantId tenant, StreamId stream, int offset, int length, int count) {
        Stream found = find(tenant, stream);
        if (found == null) {
            return missing(stream);
        }
        ByteBuffer records = body.slice(body.position() + offset, length);
        EventCodec.validate(records, count);
        found.events.add(EventCodec.decode(records));
        return done();
    }

    /** Appends to a stream that exists, as a client's request would. */
    long append(StreamId stream, Event event) {
        List<Event> events = Objects.requireNonNull(streams.get(stream)).events;
        events.add(event);
        return events.size();
    }

    /** Events of a stream, also of one that was deleted. */
    List<Event> events(StreamId stream) {
        Stream found = streams.get(stream);
        return found != null ? found.events : graves.getOrDefault(stream, List.of());
    }

    private @Nullable Stream find(TenantId tenant, StreamId stream) {
        Stream found = streams.get(stream);
        return found == null || !found.tenant.equals(tenant) ? null : found;
    }

    private static Reply missing(StreamId stream) {
        return new Reply.Refused(ErrorCode.NOT_FOUND, "no stream " + stream);
    }

    private static Reply done() {
        return new Reply.Done(ByteBuffer.allocate(0));
    }

    @Override
    public long take(int count) {
        return nowNs;
    }

    @Override
    public int inEntry(int offset) {
        return offset;
    }

    @Override
    public Reply create(TenantId tenant, LedgerId ledger) {
        return ledgers.putIfAbsent(ledger, tenant) == null
                ? new Reply.Done(ByteBuffer.allocate(0))
                : new Reply.Refused(ErrorCode.ALREADY_EXISTS, "ledger " + ledger);
    }

    @Override
    public Reply delete(TenantId tenant, LedgerId ledger) {
        return ledgers.remove(ledger, tenant)
                ? new Reply.Done(ByteBuffer.allocate(0))
                : new Reply.Refused(ErrorCode.NOT_FOUND, "ledger " + ledger);
    }
}
