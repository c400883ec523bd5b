package io.thalweg.shard.stream;

import io.thalweg.model.AppendBody;
import io.thalweg.model.AppendResult;
import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.Hash128;
import io.thalweg.model.LogId;
import io.thalweg.model.MalformedException;
import io.thalweg.model.Operation;
import io.thalweg.model.Reply;
import io.thalweg.model.Request;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.shard.machine.ApplyContext;
import io.thalweg.shard.machine.Machine;
import io.thalweg.shard.machine.Turn;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The streams of a shard: which tenant has which, where they start and end, and which idempotency keys are remembered. The
 * events themselves stay where the journal wrote them; this machine decides, in order, what each append becomes:
 *
 * <ol>
 *   <li>the stream must exist and belong to the tenant, or {@code NOT_FOUND};
 *   <li>a remembered idempotency key gives the first answer again, or {@code IDEMPOTENCY_KEY_REUSED} for another payload;
 *   <li>a full window refuses a new key ({@code IDEMPOTENCY_WINDOW_FULL}): to forget a live one would break its promise;
 *   <li>the head must be the expected sequence, or {@code SEQUENCE_MISMATCH};
 *   <li>then all events get the next sequences and ticks of time, and nothing can fail any more.
 * </ol>
 *
 * Keys are remembered per stream and counted per tenant, and in all. An id that was deleted is never given out again.
 */
public final class LogMachine implements Machine {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0).asReadOnlyBuffer();
    private static final Reply DONE = new Reply.Done(NOTHING);

    /** The shard remembers as many keys in all as this many tenants with a full window have: about 300 MB by default. */
    private static final int FULL_TENANTS_MAX = 4;

    /** What a tenant uses. */
    private static final class TenantState {
        final IdempotencyWindow keys;
        long keptBytes;
        volatile long publishedBytes;

        TenantState(long windowNs) {
            keys = new IdempotencyWindow(windowNs);
        }
    }

    private final StreamIndex sink;
    private final long windowNs;
    private final int keysMax;

    // Concurrent only because other threads look up what was published; the apply thread is the one writer.
    private final ConcurrentHashMap<StreamId, LogStream> streams = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<TenantId, TenantState> tenants = new ConcurrentHashMap<>();
    private final TreeSet<StreamId> deleted = new TreeSet<>();
    private final List<LogStream> changed = new ArrayList<>();

    /** Time of the newest keyed append: keys that were expired by then are no part of the state. */
    private long keysNs;

    /** Keys in the windows of all tenants, expired ones that are not let go of yet among them. */
    private long keysHeld;

    /**
     * @param idempotencyWindow how long keys are remembered
     * @param idempotencyKeysMax keys that a tenant may have remembered at a time
     * @param sink is told where events stand
     */
    public LogMachine(Duration idempotencyWindow, int idempotencyKeysMax, StreamIndex sink) {
        this.sink = sink;
        windowNs = idempotencyWindow.toNanos();
        keysMax = idempotencyKeysMax;
    }

    @Override
    public String name() {
        return "streams";
    }

    @Override
    public boolean owns(Operation operation) {
        return switch (operation) {
            case APPEND, CREATE_STREAM, DELETE_STREAM, TRIM_STREAM -> true;
            default -> false;
        };
    }

    @Override
    public Reply apply(ApplyContext context, Request request) {
        if (request.operation() == Operation.APPEND) {
            return append(context, request);
        }
        return switch (StreamCommand.decode(request)) {
            case StreamCommand.Create(StreamId stream) -> context.createStream(request.tenant(), stream);
            case StreamCommand.Delete(StreamId stream) -> context.deleteStream(request.tenant(), stream);
            case StreamCommand.Trim(StreamId stream, long first) -> context.trimStream(request.tenant(), stream, first);
        };
    }

    // --- streams

    boolean exists(TenantId tenant, StreamId stream) {
        return of(tenant, stream) != null;
    }

    long head(StreamId stream) {
        LogStream state = streams.get(stream);
        return state == null ? 0 : state.head;
    }

    private @Nullable LogStream of(TenantId tenant, StreamId stream) {
        LogStream state = streams.get(stream);
        return state != null && state.tenant.equals(tenant) ? state : null;
    }

    private static Reply notFound(StreamId stream) {
        return new Reply.Refused(ErrorCode.NOT_FOUND, "log " + stream + " does not exist");
    }

    private TenantState tenant(TenantId id) {
        TenantState state = tenants.get(id);
        if (state == null) {
            state = new TenantState(windowNs);
            tenants.put(id, state);
        }
        return state;
    }

    private void touch(LogStream state) {
        if (!state.changed) {
            state.changed = true;
            changed.add(state);
        }
    }

    Reply create(TenantId tenant, StreamId stream, long timestampNs) {
        if (streams.containsKey(stream) || deleted.contains(stream)) {
            return new Reply.Refused(ErrorCode.ALREADY_EXISTS, "log id " + stream + " is taken");
        }
        LogStream state = new LogStream(stream, tenant, timestampNs);
        streams.put(stream, state);
        touch(state);
        return DONE;
    }

    Reply delete(TenantId tenant, StreamId stream) {
        LogStream state = of(tenant, stream);
        if (state == null) {
            return notFound(stream);
        }
        tenant(tenant).keptBytes -= state.keptBytes();
        touch(state);
        streams.remove(stream);
        deleted.add(stream);
        sink.delete(stream);
        return DONE;
    }

    Reply trim(TenantId tenant, StreamId stream, long firstSequence) {
        LogStream state = of(tenant, stream);
        if (state == null) {
            return notFound(stream);
        }
        if (firstSequence < 1 || firstSequence > state.head + 1) {
            return new Reply.Refused(
                    ErrorCode.INVALID_REQUEST,
                    "cannot keep from sequence " + firstSequence + ": expected 1 to " + (state.head + 1));
        }
        if (firstSequence > state.first) {
            tenant(tenant).keptBytes -= state.trim(firstSequence);
            touch(state);
            sink.trim(stream, firstSequence);
        }
        return DONE;
    }

    // --- appends

    private Reply append(Turn turn, Request request) {
        AppendBody body = AppendBody.parse(request.body());
        LogStream state = of(request.tenant(), body.stream());
        if (state == null) {
            return notFound(body.stream());
        }
        AppendBody.Idempotency idempotency = body.idempotency();
        if (idempotency == null) {
            Reply refusal = mismatch(state, body.expectedSequence());
            return refusal != null ? refusal : append(turn, state, body);
        }
        IdempotencyWindow keys = tenant(request.tenant()).keys;
        keysNs = turn.timestampNs();
        expire(keys);
        long keyHigh =
                scoped(idempotency.key().high(), body.stream().log().value().getMostSignificantBits(), 0);
        long keyLow = scoped(
                idempotency.key().low(),
                body.stream().log().value().getLeastSignificantBits(),
                body.stream().partition());
        Hash128 payload = idempotency.payload();
        long known = keys.find(keyHigh, keyLow);
        if (known >= 0) {
            return keys.samePayload(known, payload.high(), payload.low())
                    ? done(keys.sequence(known), keys.count(known), keys.timestampNs(known), true)
                    : new Reply.Refused(
                            ErrorCode.IDEMPOTENCY_KEY_REUSED,
                            "this idempotency key was used with another payload, which became sequence "
                                    + keys.sequence(known));
        }
        if (keys.size() >= keysMax || shardIsFull()) {
            return new Reply.Refused(
                    ErrorCode.IDEMPOTENCY_WINDOW_FULL,
                    keys.size() + " idempotency keys of this tenant are remembered, of at most " + keysMax
                            + ", and " + keysHeld + " of all; the oldest is free again within "
                            + Duration.ofNanos(windowNs));
        }
        Reply refusal = mismatch(state, body.expectedSequence());
        if (refusal != null) {
            return refusal;
        }
        Reply reply = append(turn, state, body);
        keys.add(
                keyHigh,
                keyLow,
                payload.high(),
                payload.low(),
                state.head - body.eventCount() + 1,
                body.eventCount(),
                state.lastAppendNs - body.eventCount() + 1);
        keysHeld++;
        return reply;
    }

    private void expire(IdempotencyWindow keys) {
        int before = keys.size();
        keys.expire(keysNs);
        keysHeld -= before - keys.size();
    }

    /**
     * Whether all tenants together have as many live keys as memory is meant for. Keys of tenants that append nothing are let go
     * of lazily, so the count may be too high, but only an exact one refuses: the answer depends on event time alone.
     */
    private boolean shardIsFull() {
        long max = (long) FULL_TENANTS_MAX * keysMax;
        if (keysHeld >= max) {
            new TreeMap<>(tenants).values().forEach(state -> expire(state.keys));
        }
        return keysHeld >= max;
    }

    /** Binds a hash to a stream, so that equal keys in two streams are two keys. */
    private static long scoped(long hash, long half, int partition) {
        return hash ^ half ^ (partition * 0x9E3779B97F4A7C15L);
    }

    private static @Nullable Reply mismatch(LogStream state, long expected) {
        return expected == AppendBody.ANY_SEQUENCE || expected == state.head
                ? null
                : new Reply.Refused(
                        ErrorCode.SEQUENCE_MISMATCH,
                        "expected sequence " + expected + ", but the log's newest is " + state.head);
    }

    private Reply append(Turn turn, LogStream state, AppendBody body) {
        body.validate();
        return append(turn, state, body.eventsOffset(), body.events().remaining(), body.eventCount());
    }

    /** Appends validated records of the request in hand. */
    Reply append(TenantId tenant, StreamId stream, int offset, int length, int count, Turn turn) {
        LogStream state = of(tenant, stream);
        return state == null ? notFound(stream) : append(turn, state, offset, length, count);
    }

    private Reply append(Turn turn, LogStream state, int offset, int length, int count) {
        long sequence = state.head + 1;
        long timestampNs = turn.take(count);
        advance(state, count, length, timestampNs);
        sink.append(state.id, sequence, count, timestampNs, turn.inEntry(offset), length);
        return done(sequence, count, timestampNs, false);
    }

    private void advance(LogStream state, int count, int bytes, long timestampNs) {
        state.append(count, bytes, timestampNs);
        tenant(state.tenant).keptBytes += bytes;
        touch(state);
    }

    private static Reply done(long sequence, int count, long timestampNs, boolean duplicate) {
        return new Reply.Done(new AppendResult(sequence, count, timestampNs, duplicate).encode());
    }

    // --- what other threads see

    @Override
    public void publish() {
        for (LogStream state : changed) {
            state.publish();
            if (streams.get(state.id) == state) {
                sink.publish(state.id, state.head);
            }
            TenantState tenant = tenant(state.tenant);
            tenant.publishedBytes = tenant.keptBytes;
        }
        changed.clear();
    }

    private Optional<LogStream.View> view(StreamId stream) {
        LogStream state = streams.get(stream);
        return state == null ? Optional.empty() : Optional.ofNullable(state.published());
    }

    /** A stream as of the newest applied entry; empty when there is none (any more). Any thread. */
    public Optional<StreamStats> stats(StreamId stream) {
        return view(stream).map(LogStream.View::stats);
    }

    /**
     * The first sequence to keep so that about {@code bytesMax} bytes stay, and what is surely older than {@code oldestNs} goes;
     * empty without a stream. Any thread.
     */
    public Optional<Long> keepFrom(StreamId stream, long bytesMax, long oldestNs) {
        return view(stream).map(view -> view.marks().keepFrom(view.stats(), bytesMax, oldestNs));
    }

    /** A tenant's streams, sorted. Any thread. */
    public List<StreamId> streams(TenantId tenant) {
        return streams.values().stream()
                .filter(state -> state.tenant.equals(tenant) && state.published() != null)
                .map(state -> state.id)
                .sorted()
                .toList();
    }

    /** Bytes of all kept event records of a tenant. Any thread. */
    public long storedBytes(TenantId tenant) {
        TenantState state = tenants.get(tenant);
        return state == null ? 0 : state.publishedBytes;
    }

    // --- snapshots

    /** Tells the index where each stream begins and ends; after {@link #load}. */
    public void restoreIndex() {
        streams.values().forEach(state -> sink.restore(state.id, state.first, state.head));
    }

    @Override
    public void save(BinaryWriter out) {
        out.i64(keysNs).i32(deleted.size());
        for (StreamId stream : deleted) {
            out.uuid(stream.log().value()).i32(stream.partition());
        }
        out.i32(streams.size());
        new TreeMap<>(streams).values().forEach(state -> state.save(out));
        out.i32(tenants.size());
        new TreeMap<>(tenants).forEach((id, state) -> {
            out.uuid(id.value());
            state.keys.save(out, keysNs);
        });
    }

    @Override
    public void load(BinaryReader in) {
        streams.clear();
        tenants.clear();
        deleted.clear();
        changed.clear();
        keysNs = in.i64();
        keysHeld = 0;
        for (int left = in.count(20); left > 0; left--) {
            LogId log = new LogId(in.uuid());
            int partition = in.i32();
            if (partition < 0) {
                throw new MalformedException("partition " + partition + " is negative");
            }
            deleted.add(new StreamId(log, partition));
        }
        for (int left = in.count(100); left > 0; left--) {
            LogStream state = LogStream.load(in);
            if (streams.put(state.id, state) != null) {
                throw new MalformedException("stream " + state.id + " is there twice");
            }
            tenant(state.tenant).keptBytes += state.keptBytes();
            touch(state);
        }
        for (int left = in.count(20); left > 0; left--) {
            IdempotencyWindow keys = tenant(new TenantId(in.uuid())).keys;
            keys.load(in);
            keysHeld += keys.size();
        }
    }
}
