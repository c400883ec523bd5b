package io.thalweg.shard.stream;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.Hash128;
import io.thalweg.model.LogId;
import io.thalweg.model.MalformedException;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.request.AppendAllBody;
import io.thalweg.model.request.AppendAllResult;
import io.thalweg.model.request.AppendBody;
import io.thalweg.model.request.AppendResult;
import io.thalweg.model.request.Operation;
import io.thalweg.model.request.Reply;
import io.thalweg.model.request.Request;
import io.thalweg.shard.machine.ApplyContext;
import io.thalweg.shard.machine.Machine;
import io.thalweg.shard.machine.Turn;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
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
 * An append to several streams must be allowed in each of them; the number of its {@link Producers producer}, if it has one, stands in for
 * the idempotency key.
 *
 * Keys are remembered per stream and counted per tenant, and in all. An id that was deleted is never given out again.
 */
public final class LogMachine implements Machine {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0).asReadOnlyBuffer();
    private static final Reply DONE = new Reply.Done(NOTHING);

    /** The shard remembers as many keys in all as this many tenants with a full window have: about 300 MB by default. */
    private static final int FULL_TENANTS_MAX = 4;

    /** So long the id of a deleted stream cannot be used again; nothing that was under way when it was deleted takes as long. */
    private static final long DELETED_NS = Duration.ofDays(1).toNanos();

    /** In the place of the time with which the first form began. */
    private static final long FORM = -3;

    private static final long FORM_WITHOUT_SPLITS = -2;

    private final StreamIndex sink;
    private final long windowNs;
    private final int keysMax;

    // Concurrent only because other threads look up what was published; the apply thread is the one writer.
    private final ConcurrentHashMap<StreamId, LogStream> streams = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<TenantId, TenantStreams> tenants = new ConcurrentHashMap<>();

    /** When those were deleted that were so lately, in that order. */
    private final LinkedHashMap<StreamId, Long> deleted = new LinkedHashMap<>();

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
            case APPEND, APPEND_ALL, CREATE_STREAM, DELETE_STREAM, TRIM_STREAM -> true;
            default -> false;
        };
    }

    @Override
    public Reply apply(ApplyContext context, Request request) {
        if (request.operation() == Operation.APPEND) {
            return append(context, request);
        }
        if (request.operation() == Operation.APPEND_ALL) {
            return appendAll(context, request.tenant(), AppendAllBody.parse(request.body()));
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

    private TenantStreams tenant(TenantId id) {
        TenantStreams state = tenants.get(id);
        if (state == null) {
            state = new TenantStreams(windowNs);
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
        if (streams.containsKey(stream) || deleted.containsKey(stream)) {
            return new Reply.Refused(ErrorCode.ALREADY_EXISTS, "log id " + stream + " is taken");
        }
        LogStream state = new LogStream(stream, tenant, timestampNs);
        streams.put(stream, state);
        tenant(tenant).streams++;
        touch(state);
        return DONE;
    }

    /** Begins a stream with slots of another one of its log; to have it twice is to have it. */
    Reply split(TenantId tenant, StreamId from, int partition, long timestampNs) {
        LogStream old = of(tenant, from);
        if (old == null) {
            return StreamRefusals.notFound(from);
        }
        StreamId to = new StreamId(from.log(), partition);
        LogStream known = of(tenant, to);
        if (known != null && known.splits.from() == from.partition()) {
            return DONE;
        }
        Reply created = create(tenant, to, timestampNs);
        LogStream fresh = streams.get(to);
        if (created instanceof Reply.Done && fresh != null) {
            fresh.splits = StreamSplits.of(from.partition(), old.head);
            old.splits = old.splits.with(partition, old.head);
            touch(old);
        }
        return created;
    }

    Reply delete(TenantId tenant, StreamId stream, long timestampNs) {
        LogStream state = of(tenant, stream);
        if (state == null) {
            return StreamRefusals.notFound(stream);
        }
        TenantStreams owner = tenant(tenant);
        owner.keptBytes -= state.keptBytes();
        if (--owner.streams == 0) {
            // Nothing is left that a repeat could be appended to.
            owner.producers = new Producers();
        }
        touch(state);
        streams.remove(stream);
        forget(timestampNs);
        deleted.put(stream, timestampNs);
        sink.delete(stream);
        return DONE;
    }

    /** Lets go of what was deleted long ago, and of tenants that have nothing any more. */
    private void forget(long nowNs) {
        Iterator<Long> oldest = deleted.values().iterator();
        while (oldest.hasNext() && nowNs - oldest.next() >= DELETED_NS) {
            oldest.remove();
        }
        new TreeMap<>(tenants).forEach((id, state) -> {
            if (state.streams == 0) {
                int before = state.keys.size();
                state.keys.expire(nowNs);
                keysHeld -= before - state.keys.size();
                if (state.keys.size() == 0) {
                    tenants.remove(id);
                }
            }
        });
    }

    Reply trim(TenantId tenant, StreamId stream, long firstSequence) {
        LogStream state = of(tenant, stream);
        if (state == null) {
            return StreamRefusals.notFound(stream);
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
            return StreamRefusals.notFound(body.stream());
        }
        AppendBody.Idempotency idempotency = body.idempotency();
        if (idempotency == null) {
            Reply refusal = StreamRefusals.of(state, body.asOf(), body.expectedSequence());
            return refusal != null ? refusal : append(turn, state, body);
        }
        IdempotencyWindow keys = tenant(request.tenant()).keys;
        keysNs = turn.timestampNs();
        expire(keys);
        long keyHigh =
                scoped(idempotency.key().high(), body.stream().log().value().getMostSignificantBits(), 0);
        long keyLow = keyLow(idempotency, body.stream());
        Hash128 payload = idempotency.payload();
        long known = keys.find(keyHigh, keyLow);
        if (known >= 0) {
            return keys.samePayload(known, payload.high(), payload.low())
                    ? new Reply.Done(
                            new AppendResult(keys.sequence(known), keys.count(known), keys.timestampNs(known), true)
                                    .encode())
                    : new Reply.Refused(
                            ErrorCode.IDEMPOTENCY_KEY_REUSED,
                            "this idempotency key was used with another payload, which became sequence "
                                    + keys.sequence(known));
        }
        if (body.asOf() != AppendBody.ANY_PARTITIONS && wasElsewhere(keys, state, idempotency, keyHigh)) {
            return StreamRefusals.moved(state);
        }
        if (keys.size() >= keysMax || shardIsFull()) {
            return new Reply.Refused(
                    ErrorCode.IDEMPOTENCY_WINDOW_FULL,
                    keys.size() + " idempotency keys of this tenant are remembered, of at most " + keysMax
                            + ", and " + keysHeld + " of all; the oldest is free again within "
                            + Duration.ofNanos(windowNs));
        }
        Reply refusal = StreamRefusals.of(state, body.asOf(), body.expectedSequence());
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

    private static long keyLow(AppendBody.Idempotency idempotency, StreamId stream) {
        return scoped(idempotency.key().low(), stream.log().value().getLeastSignificantBits(), stream.partition());
    }

    /** Whether a key was used when its events' slot was still of another partition: whoever asks as of then gets that result. */
    private boolean wasElsewhere(
            IdempotencyWindow keys, LogStream state, AppendBody.Idempotency idempotency, long keyHigh) {
        LogStream at = state;
        while (at != null && at.splits.from() != StreamSplits.NONE) {
            StreamId before = new StreamId(at.id.log(), at.splits.from());
            if (keys.find(keyHigh, keyLow(idempotency, before)) >= 0) {
                return true;
            }
            at = streams.get(before);
        }
        return false;
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

    private Reply append(Turn turn, LogStream state, AppendBody body) {
        body.validate();
        return append(turn, state, body.eventsOffset(), body.events().remaining(), body.eventCount());
    }

    /** Appends validated records of the request in hand. */
    Reply append(TenantId tenant, StreamId stream, int offset, int length, int count, Turn turn) {
        LogStream state = of(tenant, stream);
        return state == null ? StreamRefusals.notFound(stream) : append(turn, state, offset, length, count);
    }

    private Reply append(Turn turn, LogStream state, int offset, int length, int count) {
        return new Reply.Done(place(turn, state, offset, length, count).encode());
    }

    private AppendResult place(Turn turn, LogStream state, int offset, int length, int count) {
        long sequence = state.head + 1;
        long timestampNs = turn.take(count);
        advance(state, count, length, timestampNs);
        turn.note(state.keptBytes());
        sink.append(state.id, sequence, count, timestampNs, turn.inEntry(offset), length);
        return new AppendResult(sequence, count, timestampNs, false);
    }

    private Reply appendAll(Turn turn, TenantId tenant, AppendAllBody body) {
        List<LogStream> targets = new ArrayList<>(body.parts().size());
        for (AppendAllBody.Part part : body.parts()) {
            LogStream state = of(tenant, part.stream());
            if (state == null) {
                return StreamRefusals.notFound(part.stream());
            }
            targets.add(state);
        }
        AppendAllBody.Producer producer = body.producer();
        if (producer != null) {
            List<AppendResult> before = tenant(tenant).producers.before(producer, body.parts());
            if (before != null) {
                return new Reply.Done(new AppendAllResult(before).encode());
            }
        }
        for (int i = 0; i < targets.size(); i++) {
            AppendAllBody.Part part = body.parts().get(i);
            Reply refusal = StreamRefusals.of(targets.get(i), part.asOf(), part.expectedSequence());
            if (refusal != null) {
                return refusal;
            }
        }
        List<AppendResult> results = new ArrayList<>(targets.size());
        List<Producers.Placed> placed = new ArrayList<>(targets.size());
        for (int i = 0; i < targets.size(); i++) {
            AppendAllBody.Part part = body.parts().get(i);
            AppendResult result =
                    place(turn, targets.get(i), part.offset(), part.records().remaining(), part.count());
            results.add(result);
            placed.add(
                    new Producers.Placed(part.stream(), result.firstSequence(), result.count(), result.timestampNs()));
        }
        if (producer != null) {
            tenant(tenant).producers.done(producer, placed);
        }
        return new Reply.Done(new AppendAllResult(results).encode());
    }

    private void advance(LogStream state, int count, int bytes, long timestampNs) {
        state.append(count, bytes, timestampNs);
        tenant(state.tenant).keptBytes += bytes;
        touch(state);
    }

    // --- what other threads see

    @Override
    public void publish() {
        for (LogStream state : changed) {
            state.publish();
            if (streams.get(state.id) == state) {
                sink.publish(state.id, state.head);
            }
            TenantStreams tenant = tenants.get(state.tenant);
            if (tenant != null) {
                tenant.publishedBytes = tenant.keptBytes;
            }
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

    /** What a stream has given to others of its log and got from them; empty when there is none (any more). Any thread. */
    public Optional<StreamSplits> splits(StreamId stream) {
        return view(stream).map(LogStream.View::splits);
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
        TenantStreams state = tenants.get(tenant);
        return state == null ? 0 : state.publishedBytes;
    }

    /** The same of all tenants together. */
    public long storedBytes() {
        long bytes = 0;
        for (TenantStreams state : tenants.values()) {
            bytes += state.publishedBytes;
        }
        return bytes;
    }

    // --- snapshots

    /** Tells the index where each stream begins and ends; after {@link #load}. */
    public void restoreIndex() {
        streams.values().forEach(state -> sink.restore(state.id, state.first, state.head));
    }

    @Override
    public void save(BinaryWriter out) {
        form().accept(out);
    }

    /** {@inheritDoc} Of streams and keys it takes references alone; the keys of a shard may be hundreds of megabytes. */
    @Override
    public Captured capture() {
        Consumer<BinaryWriter> form = form();
        return new Captured(
                () -> {
                    BinaryWriter out = new BinaryWriter(1 << 12);
                    form.accept(out);
                    return out.toByteBuffer();
                },
                () -> {},
                () -> {});
    }

    /**
     * What writes the state as it is now, on any thread.
     *
     * <pre>
     * state   = -3 i64, time of the newest keyed append i64, deleted i32, (log uuid, partition i32, time i64)*,
     *           streams i32, stream*, tenants i32, (uuid, keys)*,
     *           tenants i32, (uuid, producers)*
     * state   = -2 i64, … streams without splits, …                                                     before
     * state   = time i64, deleted i32, (log uuid, partition i32)*, …                                   before
     * </pre>
     */
    private Consumer<BinaryWriter> form() {
        long keysAtNs = keysNs;
        List<Map.Entry<StreamId, Long>> gone = new ArrayList<>(deleted.size());
        deleted.forEach((stream, atNs) -> gone.add(Map.entry(stream, atNs)));
        List<Consumer<BinaryWriter>> all = new ArrayList<>(streams.size());
        new TreeMap<>(streams).values().forEach(state -> all.add(state.capture()));
        TreeMap<TenantId, Consumer<BinaryWriter>> keys = new TreeMap<>();
        new TreeMap<>(tenants).forEach((id, state) -> keys.put(id, state.keys.capture(keysAtNs)));
        TreeMap<TenantId, TenantStreams> producing = new TreeMap<>(tenants);
        producing.values().removeIf(state -> state.producers.size() == 0);
        BinaryWriter producers = new BinaryWriter(64).i32(producing.size());
        producing.forEach((id, state) -> {
            producers.uuid(id.value());
            state.producers.save(producers);
        });
        return out -> {
            out.i64(FORM).i64(keysAtNs).i32(gone.size());
            gone.forEach(one -> out.uuid(one.getKey().log().value())
                    .i32(one.getKey().partition())
                    .i64(one.getValue()));
            out.i32(all.size());
            all.forEach(stream -> stream.accept(out));
            out.i32(keys.size());
            keys.forEach((id, window) -> window.accept(out.uuid(id.value())));
            out.raw(producers.toByteBuffer());
        };
    }

    @Override
    public void load(BinaryReader in) {
        streams.clear();
        tenants.clear();
        deleted.clear();
        changed.clear();
        long form = in.i64();
        boolean timed = form == FORM || form == FORM_WITHOUT_SPLITS;
        keysNs = timed ? in.i64() : form;
        keysHeld = 0;
        for (int left = in.count(20); left > 0; left--) {
            LogId log = new LogId(in.uuid());
            int partition = in.i32();
            if (partition < 0) {
                throw new MalformedException("partition " + partition + " is negative");
            }
            deleted.put(new StreamId(log, partition), timed ? in.i64() : keysNs);
        }
        for (int left = in.count(100); left > 0; left--) {
            LogStream state = LogStream.load(in, form == FORM);
            if (streams.put(state.id, state) != null) {
                throw new MalformedException("stream " + state.id + " is there twice");
            }
            TenantStreams owner = tenant(state.tenant);
            owner.keptBytes += state.keptBytes();
            owner.streams++;
            touch(state);
        }
        for (int left = in.count(20); left > 0; left--) {
            IdempotencyWindow keys = tenant(new TenantId(in.uuid())).keys;
            keys.load(in);
            keysHeld += keys.size();
        }
        if (in.remaining() == 0) {
            return; // a snapshot of before there were producers
        }
        for (int left = in.count(20); left > 0; left--) {
            tenant(new TenantId(in.uuid())).producers.load(in);
        }
    }
}
