package io.thalweg.shard;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.request.Reply;
import io.thalweg.model.request.Request;
import io.thalweg.model.request.RequestCodec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Folds concurrent requests into few entries, because consensus costs by the entry and not by the byte.
 *
 * <p>Requests wait in a queue that is bounded in bytes. At most a handful of entries are in flight; whenever one more may fly,
 * it takes whatever waits, up to a target size, or one larger request alone. There is no timer: an idle shard proposes a
 * lone request at once, and a busy one folds more the longer an entry takes. The folding loop runs on an executor, never on
 * two threads at once, and on its thread alone entries are proposed, so their order is that of the queue. Given an executor
 * that only collects, the loop can be stepped without any thread.
 *
 * <p>A request counts against the bound until it is answered, so the bound covers waiting and flying requests alike.
 */
final class Committer {
    /** Largest request that can be ordered: the largest batch as a client sends it, and room for its records' heads. */
    static final int REQUEST_BYTES_MAX = 32 << 20;

    private record Waiting(Request request, int bytes, CompletableFuture<Reply> reply) {}

    private final int queueBytesMax;
    private final int entryBytesTarget;
    private final int entriesInFlightMax;
    private final LongSupplier stampNs;
    private final Function<Entry, CompletableFuture<ByteBuffer>> consensus;
    private final Executor executor;

    /** One entry that was proposed; answered once, by the consensus or by a halt. */
    private static final class Flying {
        final List<Waiting> requests;
        final int bytes;
        private final AtomicBoolean answered = new AtomicBoolean();

        Flying(List<Waiting> requests, int bytes) {
            this.requests = requests;
            this.bytes = bytes;
        }

        boolean first() {
            return answered.compareAndSet(false, true);
        }
    }

    private final Set<Flying> flying = ConcurrentHashMap.newKeySet();
    private final ConcurrentLinkedQueue<Waiting> queue = new ConcurrentLinkedQueue<>();
    private final AtomicLong queuedBytes = new AtomicLong();
    private final AtomicInteger entriesInFlight = new AtomicInteger();
    private final AtomicInteger wakeUps = new AtomicInteger();
    private final AtomicLong entriesProposed = new AtomicLong();
    private final AtomicLong requestsProposed = new AtomicLong();
    private volatile @Nullable Throwable halted;

    /** While it is there nothing is proposed; it completes when nothing is in flight. */
    private volatile @Nullable CompletableFuture<Void> held;

    Committer(
            ShardOptions options,
            LongSupplier stampNs,
            Function<Entry, CompletableFuture<ByteBuffer>> consensus,
            Executor executor) {
        queueBytesMax = options.queueBytesMax();
        entryBytesTarget = options.entryBytesTarget();
        entriesInFlightMax = options.entriesInFlightMax();
        this.stampNs = stampNs;
        this.consensus = consensus;
        this.executor = executor;
    }

    /** Any thread. The request's body belongs to the committer until the reply is there. */
    CompletableFuture<Reply> submit(Request request) {
        if (request.body().remaining() > REQUEST_BYTES_MAX) {
            return refused(
                    ErrorCode.TOO_LARGE,
                    "request has " + request.body().remaining() + " bytes; the limit is " + REQUEST_BYTES_MAX);
        }
        int bytes = RequestCodec.encodedBytes(request);
        long waiting = queuedBytes.addAndGet(bytes);
        // A single request is always let in, whatever its size.
        if (waiting > queueBytesMax && waiting != bytes) {
            queuedBytes.addAndGet(-bytes);
            return refused(ErrorCode.OVERLOADED, "the shard has " + (waiting - bytes) + " bytes of requests waiting");
        }
        Waiting entry = new Waiting(request, bytes, new CompletableFuture<>());
        queue.add(entry);
        if (halted == null) {
            wakeUp();
        } else {
            refuseWaiting();
        }
        return entry.reply;
    }

    private static CompletableFuture<Reply> refused(ErrorCode code, String message) {
        return CompletableFuture.completedFuture(new Reply.Refused(code, message));
    }

    /**
     * Refuses everything from now on, also what waits. What is in flight is answered with an unknown outcome, whatever the
     * consensus may still say: a halted shard acknowledges nothing.
     */
    void halt(Throwable cause) {
        halted = cause;
        abandonFlying(cause);
        refuseWaiting();
    }

    /** Does not leave that to the loop, which may have ended with an error. */
    private void refuseWaiting() {
        for (Waiting next = queue.poll(); next != null; next = queue.poll()) {
            settle(List.of(next), next.bytes, haltedReply());
        }
    }

    /** Lets requests wait from now on; completes when no entry is in flight any more. */
    CompletableFuture<Void> hold() {
        CompletableFuture<Void> rest = new CompletableFuture<>();
        held = rest;
        wakeUp();
        return rest;
    }

    /** Proposes what waits, and goes on. */
    void goOn() {
        held = null;
        wakeUp();
    }

    private static Reply haltedReply() {
        return new Reply.Refused(ErrorCode.UNAVAILABLE, ShardReplica.HALTED);
    }

    private void abandonFlying(Throwable cause) {
        flying.removeIf(entry -> {
            if (entry.first()) {
                unknown(entry, cause);
            }
            return true;
        });
    }

    long entriesProposed() {
        return entriesProposed.get();
    }

    long requestsProposed() {
        return requestsProposed.get();
    }

    /** Whether requests wait to be proposed. */
    boolean isWaiting() {
        return !queue.isEmpty();
    }

    /** Bytes that wait or are in flight. */
    long queuedBytes() {
        return queuedBytes.get();
    }

    /** Has the loop run once more; concurrent calls share one run. */
    private void wakeUp() {
        if (wakeUps.getAndIncrement() == 0) {
            executor.execute(this::run);
        }
    }

    private void run() {
        int seen;
        do {
            seen = wakeUps.get();
            while (held == null && entriesInFlight.get() < entriesInFlightMax && !queue.isEmpty()) {
                fold();
            }
            CompletableFuture<Void> rest = held;
            if (rest != null && entriesInFlight.get() == 0) {
                rest.complete(null);
            }
        } while (!wakeUps.compareAndSet(seen, 0));
    }

    /** Proposes one entry with what waits. */
    private void fold() {
        List<Waiting> folded = new ArrayList<>();
        int bytes = 0;
        for (Waiting next = queue.peek();
                next != null && (folded.isEmpty() || bytes + next.bytes <= entryBytesTarget);
                next = queue.peek()) {
            Waiting taken = queue.poll();
            if (taken == null) {
                break; // a halt took it
            }
            folded.add(taken);
            bytes += taken.bytes;
        }
        if (folded.isEmpty()) {
            return;
        }
        if (halted != null) {
            settle(folded, bytes, haltedReply());
            return;
        }
        entriesInFlight.incrementAndGet();
        entriesProposed.incrementAndGet();
        requestsProposed.addAndGet(folded.size());
        Flying entry = new Flying(folded, bytes);
        flying.add(entry);
        var _ = propose(encode(folded, bytes)).whenComplete((replies, failure) -> {
            entriesInFlight.decrementAndGet();
            if (!queue.isEmpty() || held != null) {
                wakeUp();
            }
            if (entry.first()) {
                flying.remove(entry);
                if (failure == null) {
                    demultiplex(entry, replies);
                } else {
                    fail(entry, failure);
                }
            }
        });
        Throwable cause = halted;
        if (cause != null) {
            abandonFlying(cause);
        }
    }

    private CompletableFuture<ByteBuffer> propose(Entry entry) {
        try {
            return consensus.apply(entry);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /**
     * One buffer for the whole entry: a copy here is cheaper than many small writes and reads behind. A request alone that
     * brings room for its header is not copied at all.
     */
    private Entry encode(List<Waiting> folded, int bytes) {
        Request first = folded.getFirst().request;
        ByteBuffer body;
        if (folded.size() == 1 && first.room() >= RequestCodec.HEADER_BYTES) {
            int start = first.body().position() - RequestCodec.HEADER_BYTES;
            body = first.body().duplicate().position(start);
            RequestCodec.putHeader(first, body);
            body.position(start);
        } else {
            body = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
            for (Waiting waiting : folded) {
                RequestCodec.putHeader(waiting.request, body);
                body.put(waiting.request.body().duplicate());
            }
            body.flip();
        }
        // Not a read-only view: the JDK copies those piece by piece for every checksum and every write.
        return Entry.of(stampNs.getAsLong(), folded.size(), List.of(body), bytes);
    }

    private void demultiplex(Flying entry, ByteBuffer replies) {
        queuedBytes.addAndGet(-entry.bytes);
        BinaryReader in = new BinaryReader(replies);
        for (Waiting waiting : entry.requests) {
            Reply reply;
            try {
                reply = ReplyCodec.read(in);
            } catch (RuntimeException e) {
                waiting.reply.completeExceptionally(
                        new ThalwegException(ErrorCode.INTERNAL, "the reply of the state machine cannot be read", e));
                continue;
            }
            waiting.reply.complete(reply);
        }
    }

    private void fail(Flying entry, Throwable failure) {
        Optional<ThalwegException> refusal = Consensus.refusal(failure);
        if (refusal.isPresent()) {
            ThalwegException why = refusal.get();
            settle(entry.requests, entry.bytes, new Reply.Refused(why.code(), String.valueOf(why.getMessage())));
            return;
        }
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        unknown(entry, cause);
    }

    private void unknown(Flying entry, Throwable cause) {
        queuedBytes.addAndGet(-entry.bytes);
        for (Waiting waiting : entry.requests) {
            waiting.reply.completeExceptionally(new ThalwegException(
                    ErrorCode.UNAVAILABLE,
                    "it is not known whether the request took effect: " + cause.getMessage(),
                    cause));
        }
    }

    private void settle(List<Waiting> folded, int bytes, Reply reply) {
        queuedBytes.addAndGet(-bytes);
        for (Waiting waiting : folded) {
            waiting.reply.complete(reply);
        }
    }
}
