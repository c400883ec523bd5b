package io.thalweg.cluster.forward;

import io.thalweg.cluster.forward.OrderCodec.Done;
import io.thalweg.model.BinaryReader;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.request.Reply;
import io.thalweg.model.request.Request;
import io.thalweg.model.request.RequestCodec;
import io.thalweg.ports.clock.Clock;
import io.thalweg.shard.Consensus;
import io.thalweg.shard.Entry;
import io.thalweg.shard.ReplyCodec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.IntFunction;

/**
 * Has single requests ordered in shards of which this node has no replica: what the directory decided and the shards have to do, what a
 * view's event leaves elsewhere. Asks one node after another that may lead, and again for a while; a request is tried again only as long
 * as it surely is not in the order. Not for much: each is an entry of its own. Thread-safe.
 */
public final class RemoteOrder {
    private static final Duration PATIENCE = Duration.ofSeconds(8);

    private final PeerWire wire;
    private final IntFunction<List<String>> mayLead;
    private final Executor later;
    private final Clock clock;

    /**
     * @param mayLead ids of the nodes that have a shard, the likeliest leader first
     * @param later runs what it is given a little later
     */
    public RemoteOrder(PeerWire wire, IntFunction<List<String>> mayLead, Executor later, Clock clock) {
        this.wire = wire;
        this.mayLead = mayLead;
        this.later = later;
        this.clock = clock;
    }

    /** As a shard's own {@code submit}: the reply, or an exception when the outcome is not known. */
    public CompletableFuture<Reply> submit(int shard, Request request) {
        ByteBuffer body =
                ByteBuffer.allocate(RequestCodec.encodedBytes(request)).order(ByteOrder.LITTLE_ENDIAN);
        RequestCodec.putHeader(request, body);
        body.put(request.body().duplicate()).flip();
        ByteBuffer order = OrderCodec.order(Entry.of(clock.wallNs(), 1, List.of(body), body.remaining()));
        return order(shard, order, mayLead.apply(shard), clock.monotonicNs() + PATIENCE.toNanos());
    }

    private CompletableFuture<Reply> order(int shard, ByteBuffer order, List<String> nodes, long untilNs) {
        if (nodes.isEmpty()) {
            if (clock.monotonicNs() >= untilNs) {
                return CompletableFuture.completedFuture(new Reply.Refused(
                        ErrorCode.NOT_LEADER, "no node that has shard " + shard + " says that it leads it"));
            }
            return CompletableFuture.runAsync(() -> {}, later)
                    .thenCompose(_ -> order(shard, order, mayLead.apply(shard), untilNs));
        }
        return wire.order(nodes.getFirst(), shard, order.duplicate())
                .thenApply(RemoteOrder::reply)
                .exceptionallyCompose(failure -> {
                    Optional<ThalwegException> refusal = Consensus.refusal(failure);
                    if (refusal.isPresent() && refusal.get().code() == ErrorCode.NOT_LEADER) {
                        return order(shard, order, nodes.subList(1, nodes.size()), untilNs);
                    } else if (refusal.isPresent()) {
                        return CompletableFuture.completedFuture(new Reply.Refused(
                                refusal.get().code(),
                                String.valueOf(refusal.get().getMessage())));
                    }
                    return CompletableFuture.failedFuture(new ThalwegException(
                            ErrorCode.UNAVAILABLE,
                            "it is not known whether the request took effect in shard " + shard,
                            failure));
                });
    }

    private static Reply reply(ByteBuffer bytes) {
        Done done = OrderCodec.done(bytes);
        return ReplyCodec.read(new BinaryReader(done.replies()));
    }
}
