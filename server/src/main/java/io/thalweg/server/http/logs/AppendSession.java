package io.thalweg.server.http.logs;

import io.thalweg.directory.Log;
import io.thalweg.directory.Tenant;
import io.thalweg.directory.placement.OwnerSearch;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.MalformedException;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.event.Event;
import io.thalweg.model.request.AppendAllBody;
import io.thalweg.model.request.AppendAllResult;
import io.thalweg.model.request.AppendBody;
import io.thalweg.model.request.AppendResult;
import io.thalweg.model.request.Reply;
import io.thalweg.model.request.Request;
import io.thalweg.server.memory.NodeMemory;
import io.thalweg.server.routing.Shards;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.api.StatusCode;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection on which a client appends to a log, with many appends under way: each is submitted when it comes, and its result goes back
 * when it is durable, in the order of the appends. The next message is asked for when fewer than {@value SessionFrame#UNDER_WAY_MAX} appends and
 * {@value #UNDER_WAY_BYTES_MAX} bytes are under way, which is how the shard holds the client up. What has no result when the connection ends may
 * be stored or not: as a producer the client asks again with the same numbers. Public because Jetty looks for what it calls by reflection.
 * Thread-safe.
 */
public final class AppendSession implements Session.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(AppendSession.class);
    private static final long UNDER_WAY_BYTES_MAX = 8L << 20;

    /** What the reason begins with when nothing of the message at which the session ends was taken; clients look for it. */
    private static final String NOT_TAKEN = "not taken: ";

    /** How long what the client may do is taken for granted. */
    private static final long TRUST_NS = 1_000_000_000L;

    private final Supplier<Allowed> allowing;
    private final Shards shards;
    private final EventMeters meters;
    private final @Nullable String producer;
    private final long epoch;
    private final Gate gate;
    private boolean entered;
    private final Deque<UnderWay> underWay = new ArrayDeque<>(); // guarded by this, as all that follows
    private long bytesUnderWay;
    private boolean waiting;
    private boolean sending;
    private boolean ended;
    private long lastNumber;
    private @Nullable Session session;
    private Allowed allowed;
    private long allowedNs = System.nanoTime();
    private CompletableFuture<?> elsewhere =
            CompletableFuture.completedFuture(null); // the newest that went to another node

    /** What bounds sessions. Thread-safe. */
    interface Gate {
        /** Counts a session; false when there are too many. */
        boolean enter(TenantId tenant);

        void leave(TenantId tenant);

        /** Takes one append from what a tenant may do in a time; false when it is too fast. */
        boolean admits(Tenant tenant);

        /** Where bytes of one append are taken from. */
        NodeMemory.Share memory(Tenant tenant);
    }

    /** Whose log it is, as long as the client may append to it. */
    record Allowed(Tenant tenant, Log log) {}

    /** An append without a result. */
    private record UnderWay(int bytes, NodeMemory.Share share, CompletableFuture<SessionFrame> result) {}

    /** Where an event goes: so many events of the append are before it in its stream. */
    private record Place(StreamId stream, int before) {}

    /**
     * @param allowing says what the client may do now, or throws
     * @param gate bounds what sessions of a tenant take
     * @param producer whose numbers the appends have; null when nobody is to recognise a repetition
     */
    AppendSession(
            Supplier<Allowed> allowing,
            Shards shards,
            EventMeters meters,
            @Nullable String producer,
            long epoch,
            Gate gate) {
        this.allowing = allowing;
        this.allowed = allowing.get();
        this.shards = shards;
        this.meters = meters;
        this.producer = producer;
        this.epoch = epoch;
        this.gate = gate;
    }

    @Override
    public void onWebSocketOpen(Session opened) {
        SessionDoor.bound(opened);
        boolean let;
        synchronized (this) {
            session = opened;
            entered = gate.enter(allowed.tenant.id());
            let = entered;
        }
        if (!let) {
            end(StatusCode.TRY_AGAIN_LATER, NOT_TAKEN + "there are too many append sessions");
            return;
        }
        opened.demand();
    }

    @Override
    public void onWebSocketBinary(ByteBuffer payload, Callback callback) {
        byte[] bytes = new byte[payload.remaining()];
        payload.get(bytes);
        callback.succeed();
        // It may wait for memory, which Jetty's threads must not; the next message comes when it is asked for.
        Thread.startVirtualThread(() -> take(bytes));
    }

    /** Takes a message in. */
    void take(byte[] bytes) {
        try {
            List<SessionFrame> frames = SessionFrame.read(ByteBuffer.wrap(bytes));
            for (SessionFrame frame : frames) {
                if (!(frame instanceof SessionFrame.Append append)) {
                    throw new MalformedException("a client sends appends and nothing else");
                }
                take(append, bytes.length / frames.size());
            }
        } catch (MalformedException e) {
            end(StatusCode.BAD_PAYLOAD, String.valueOf(e.getMessage()));
            return;
        } catch (ThalwegException e) {
            end(StatusCode.POLICY_VIOLATION, NOT_TAKEN + e.getMessage());
            return;
        }
        synchronized (this) {
            waiting = true;
        }
        demand();
    }

    /** Asks for the next message, once for each that came, when there is room. */
    private void demand() {
        Session now;
        synchronized (this) {
            boolean full = underWay.size() >= SessionFrame.UNDER_WAY_MAX || bytesUnderWay >= UNDER_WAY_BYTES_MAX;
            if (!waiting || full || ended) {
                return;
            }
            waiting = false;
            now = session;
        }
        if (now != null && now.isOpen()) {
            now.demand();
        }
    }

    private void take(SessionFrame.Append append, int bytes) {
        Allowed now;
        synchronized (this) {
            if (append.number() < lastNumber) {
                throw new MalformedException(
                        "append " + append.number() + " comes behind " + lastNumber + "; numbers grow in a session");
            }
            lastNumber = append.number();
            if (System.nanoTime() - allowedNs > TRUST_NS) {
                allowed = allowing.get();
                allowedNs = System.nanoTime();
            }
            now = allowed;
        }
        NodeMemory.Share share = gate.memory(now.tenant);
        share.take(bytes);
        synchronized (this) {
            if (ended) {
                share.close(); // the client went while it waited for memory: nobody else gives this back
                return;
            }
        }
        CompletableFuture<SessionFrame> result = gate.admits(now.tenant)
                ? submit(append, now, now.log.partitions())
                : CompletableFuture.completedFuture(
                        new SessionFrame.Refused(append.number(), "rate_limited", "the tenant appends too fast"));
        UnderWay each = new UnderWay(bytes, share, result);
        synchronized (this) {
            if (ended) {
                var _ = result.whenComplete((_, _) -> share.close());
                return;
            }
            underWay.add(each);
            bytesUnderWay += bytes;
        }
        var _ = each.result.whenComplete((_, _) -> answer());
    }

    /** @param asOf the partitions are those that owned the events' slots when the log had so many */
    private CompletableFuture<SessionFrame> submit(SessionFrame.Append append, Allowed now, int asOf) {
        try {
            AppendAllBody.Builder body = new AppendAllBody.Builder();
            if (producer != null) {
                body.by(new AppendAllBody.Producer(producer, epoch, append.number()));
            }
            List<Place> places = new ArrayList<>(append.events().size());
            Map<StreamId, Integer> counts = new HashMap<>();
            int any = Placing.any(now.log, asOf, producer);
            int shard = -1;
            for (SessionFrame.Placed placed : append.events()) {
                int partition = partition(now.log, asOf, placed, any);
                if (shard >= 0 && now.log.shard(partition) != shard) {
                    throw new ThalwegException(
                            ErrorCode.NOT_ONE_SHARD,
                            "the events of one append go to several shards: append them apart");
                }
                shard = now.log.shard(partition);
                StreamId stream = now.log.stream(partition);
                body.add(stream, placed.event());
                if (placed.partition() == SessionFrame.ANY_PARTITION
                        && placed.event().key() != null) {
                    body.asOf(stream, asOf);
                }
                places.add(new Place(stream, counts.merge(stream, 1, Integer::sum) - 1));
            }
            int bytes = body.recordBytes();
            boolean full = !shards.hasRoom(now.tenant, bytes);
            if (full && producer == null) {
                throw Shards.noRoom(now.tenant);
            }
            List<StreamId> streams = body.streams();
            if (full) {
                // A number that is stored already is answered all the same.
                streams.forEach(stream -> body.expect(stream, AppendBody.REPEATED_ONLY));
            }
            return order(shard, body.request(now.tenant.id()))
                    .thenCompose(reply -> mayStandBefore(reply, now.log, asOf)
                            ? submit(append, now, asOf - 1)
                            : CompletableFuture.completedFuture(result(
                                    append, full ? withoutRoom(now.tenant, reply) : reply, streams, places, bytes)))
                    .exceptionally(failure -> unknown(append, failure));
        } catch (ThalwegException e) {
            return CompletableFuture.completedFuture(refused(append, e.code(), String.valueOf(e.getMessage())));
        }
    }

    /**
     * Has an append ordered wherever its shard's replicas are. Those that go to other nodes go one after another, and none behind one of
     * which nobody knows what became: on that road nothing else keeps them in turn.
     */
    private synchronized CompletableFuture<Reply> order(int shard, Request request) {
        if (shards.isHere(shard) && elsewhere.state() == Future.State.SUCCESS) {
            return shards.submit(shard, request);
        }
        CompletableFuture<Reply> reply = elsewhere.thenCompose(_ -> shards.submit(shard, request));
        elsewhere = reply;
        return reply;
    }

    private static Reply withoutRoom(Tenant tenant, Reply reply) {
        return reply instanceof Reply.Refused refused && refused.code() == ErrorCode.SEQUENCE_MISMATCH
                ? new Reply.Refused(
                        ErrorCode.QUOTA_EXCEEDED,
                        String.valueOf(Shards.noRoom(tenant).getMessage()))
                : reply;
    }

    /** Whether a number that was refused was perhaps stored before the log was split, where its slots were then (see {@link OwnerSearch}). */
    private boolean mayStandBefore(Reply reply, Log log, int asOf) {
        return producer != null
                && reply instanceof Reply.Refused refused
                && refused.code() == ErrorCode.SLOT_MOVED
                && asOf > log.firstPartitions();
    }

    private static int partition(Log log, int asOf, SessionFrame.Placed placed, int any) {
        if (placed.partition() != SessionFrame.ANY_PARTITION) {
            if (placed.partition() >= log.partitions()) {
                throw new ThalwegException(
                        ErrorCode.INVALID_REQUEST,
                        "partition is " + placed.partition() + ", expected 0 to " + (log.partitions() - 1));
            }
            return placed.partition();
        }
        Event event = placed.event();
        byte[] key = event.key();
        return key == null ? any : Placing.owner(log, asOf, key);
    }

    private SessionFrame result(
            SessionFrame.Append append, Reply reply, List<StreamId> streams, List<Place> places, int bytes) {
        if (reply instanceof Reply.Refused refused) {
            if (refused.code() == ErrorCode.SLOT_MOVED) {
                // The next append looks again who has which slots.
                synchronized (this) {
                    allowedNs = System.nanoTime() - 2 * TRUST_NS;
                }
            }
            return refused(append, refused.code(), refused.toException().getMessage());
        }
        AppendAllResult result = AppendAllResult.decode(reply.orThrow());
        if (!result.duplicate()) {
            meters.appended(places.size(), bytes);
        }
        Map<StreamId, AppendResult> parts = new HashMap<>();
        for (int i = 0; i < streams.size(); i++) {
            parts.put(streams.get(i), result.parts().get(i));
        }
        List<SessionFrame.Stands> events = new ArrayList<>(places.size());
        for (Place place : places) {
            AppendResult part = parts.get(place.stream);
            if (part == null) {
                throw new IllegalStateException("the shard answered nothing for " + place.stream);
            }
            events.add(new SessionFrame.Stands(place.stream.partition(), part.firstSequence() + place.before));
        }
        return new SessionFrame.Done(append.number(), result.duplicate(), events);
    }

    private static SessionFrame refused(SessionFrame.Append append, ErrorCode code, @Nullable String text) {
        return new SessionFrame.Refused(append.number(), code.name().toLowerCase(Locale.ROOT), String.valueOf(text));
    }

    /** Nobody knows whether it is stored: the client finds that out by its number, on another connection. */
    private SessionFrame unknown(SessionFrame.Append append, Throwable failure) {
        LOG.debug("append {} of a session is unclear", append.number(), failure);
        end(StatusCode.SERVER_ERROR, "whether append " + append.number() + " is stored is not known");
        return refused(append, ErrorCode.OUTCOME_UNKNOWN, failure.getMessage());
    }

    /** Sends results that are there, oldest first, as long as the one before is there. */
    private void answer() {
        BinaryWriter message = new BinaryWriter(256);
        Session to;
        synchronized (this) {
            to = session;
            if (sending || ended || to == null) {
                return;
            }
            while (!underWay.isEmpty()
                    && underWay.getFirst().result.isDone()
                    && message.length() < SessionFrame.MESSAGE_BYTES_MAX / 2) {
                UnderWay first = underWay.removeFirst();
                bytesUnderWay -= first.bytes;
                first.share.close();
                first.result.join().write(message);
            }
            if (message.length() == 0) {
                return;
            }
            sending = true;
        }
        to.sendBinary(
                message.toByteBuffer(),
                Callback.from(this::sent, failure -> end(StatusCode.SERVER_ERROR, String.valueOf(failure))));
    }

    private void sent() {
        synchronized (this) {
            sending = false;
        }
        answer();
        demand();
    }

    @Override
    public void onWebSocketError(Throwable cause) {
        LOG.debug("an append session failed", cause);
        gone();
    }

    @Override
    public void onWebSocketClose(int status, String reason, Callback callback) {
        callback.succeed();
        gone();
    }

    private void gone() {
        synchronized (this) {
            if (ended) {
                return;
            }
            ended = true;
            session = null;
            underWay.forEach(each -> {
                var _ = each.result.whenComplete((_, _) -> each.share.close());
            });
            underWay.clear();
            if (entered) {
                gate.leave(allowed.tenant.id());
            }
        }
    }

    private void end(int status, String reason) {
        Session now;
        synchronized (this) {
            now = session;
        }
        gone();
        if (now != null) {
            String brief = reason.length() > 100 ? reason.substring(0, 100) : reason;
            now.close(status, brief, Callback.from(now::disconnect, _ -> now.disconnect()));
        }
    }
}
