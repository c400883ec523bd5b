package io.thalweg.server.peer;

import io.thalweg.cluster.ClusterNode;
import io.thalweg.cluster.ClusterNodes;
import io.thalweg.cluster.forward.PeerWire;
import io.thalweg.directory.Bounds;
import io.thalweg.log.journal.JournalEntry;
import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.MalformedException;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.ViewId;
import io.thalweg.raft.RatisNode;
import io.thalweg.server.form.Json;
import io.thalweg.server.javaviews.ReplicaWire;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What this node asks others, on the port and behind the certificates of Raft; {@link PeerAnswers} is the other end. Thread-safe. */
public final class PeerRoad implements PeerWire {
    /** Longer than a leader needs to be sure that it is none any more. */
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static final Duration STATUS_PATIENCE = Duration.ofSeconds(2);

    /** Longer than a view's partitions may be behind its newest batch. */
    private static final Duration LOAN_PATIENCE = Duration.ofSeconds(8);

    private static final int UUID_BYTES = 16;
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final Supplier<ClusterNodes> nodes;
    private final RatisNode ratis;

    public PeerRoad(Supplier<ClusterNodes> nodes, RatisNode ratis) {
        this.nodes = nodes;
        this.ratis = ratis;
    }

    @Override
    public CompletableFuture<ByteBuffer> order(String node, int shard, ByteBuffer order) {
        Optional<ClusterNode> to = nodes.get().node(node);
        if (to.isEmpty()) {
            return CompletableFuture.failedFuture(
                    new ThalwegException(ErrorCode.NOT_LEADER, "there is no node " + node));
        }
        return ratis.ask(to.get().member(), PeerAnswers.ORDER, shard, order, PATIENCE);
    }

    /** What another node says about itself; fails when it does not answer soon. */
    public CompletableFuture<PeerStatus> status(ClusterNode node) {
        long term = ratis.group(Bounds.DIRECTORY_SHARD)
                .map(group -> group.standing().term())
                .orElse(0L);
        ByteBuffer known = new BinaryWriter(Long.BYTES).i64(term).toByteBuffer();
        return ratis.ask(node.member(), PeerAnswers.STATUS, 0, known, STATUS_PATIENCE)
                .thenApply(answer -> Json.read(bytes(answer), PeerStatus.class));
    }

    /** As {@link PeerErasure.Eraser#erase}, at another node. */
    public CompletableFuture<PeerErasure> erase(ClusterNode node, UUID id, Optional<TenantId> tenant, long version) {
        BinaryWriter wanted = new BinaryWriter(40).uuid(id).i64(version);
        tenant.ifPresent(named -> wanted.uuid(named.value()));
        return ratis.ask(node.member(), PeerAnswers.ERASE, 0, wanted.toByteBuffer(), STATUS_PATIENCE)
                .thenApply(answer -> Json.read(bytes(answer), PeerErasure.class));
    }

    /** Completes when another node's directory is of at least this version; fails when it is not soon. */
    public CompletableFuture<Void> directory(ClusterNode node, long version) {
        ByteBuffer wanted = new BinaryWriter(Long.BYTES).i64(version).toByteBuffer();
        return ratis.ask(node.member(), PeerAnswers.DIRECTORY, 0, wanted, PeerAnswers.LAG_MAX.plusMillis(500))
                .thenApply(_ -> null);
    }

    /** How far a view's index is on another node. */
    CompletableFuture<PeerIndex> index(ClusterNode node, UUID steps) {
        return ratis.ask(node.member(), PeerAnswers.INDEX, 0, steps(steps, null), STATUS_PATIENCE)
                .thenApply(answer -> Json.read(bytes(answer), PeerIndex.class));
    }

    /** How a view of components is on another node. */
    CompletableFuture<PeerView> view(ClusterNode node, ViewId view) {
        ByteBuffer which = new BinaryWriter(UUID_BYTES).uuid(view.value()).toByteBuffer();
        return ratis.ask(node.member(), PeerAnswers.VIEW, 0, which, STATUS_PATIENCE)
                .thenApply(answer -> Json.read(bytes(answer), PeerView.class));
    }

    /** A page of a view's cells on another node, behind a key; the first ones without. */
    CompletableFuture<byte[]> page(ClusterNode node, UUID steps, byte @Nullable [] after) {
        return ratis.ask(node.member(), PeerAnswers.CELLS, 0, steps(steps, after), PATIENCE)
                .thenApply(PeerRoad::bytes);
    }

    private static ByteBuffer steps(UUID steps, byte @Nullable [] after) {
        BinaryWriter out = new BinaryWriter(16 + (after == null ? 0 : after.length)).uuid(steps);
        return (after == null ? out : out.raw(after)).toByteBuffer();
    }

    /** Borrows the newest moment of a view from another node. */
    CompletableFuture<ReplicaWire.Loan> borrow(ClusterNode node, TenantId tenant, ViewId view) {
        ByteBuffer wanted = new BinaryWriter(2 * UUID_BYTES)
                .uuid(tenant.value())
                .uuid(view.value())
                .toByteBuffer();
        return ratis.ask(node.member(), PeerAnswers.BORROW, 0, wanted, LOAN_PATIENCE)
                .thenApply(answer -> {
                    BinaryReader its = new BinaryReader(answer);
                    return new ReplicaWire.Loan(node.id(), its.i64(), its.uuid(), its.i32());
                });
    }

    /** A page of what another node lends. */
    CompletableFuture<byte[]> lent(ClusterNode node, long id, byte[] from, byte[] to, boolean reverse, int bytesMax) {
        ByteBuffer wanted = new BinaryWriter(Long.BYTES + 3 * Integer.BYTES + from.length + to.length)
                .i64(id)
                .i32(reverse ? 1 : 0)
                .i32(bytesMax)
                .i32(from.length)
                .raw(from)
                .raw(to)
                .toByteBuffer();
        return ratis.ask(node.member(), PeerAnswers.LENT, 0, wanted, LOAN_PATIENCE)
                .thenApply(PeerRoad::bytes);
    }

    /** Gives back what another node lends. */
    CompletableFuture<Void> back(ClusterNode node, long id) {
        ByteBuffer which = new BinaryWriter(Long.BYTES).i64(id).toByteBuffer();
        return ratis.ask(node.member(), PeerAnswers.BACK, 0, which, LOAN_PATIENCE)
                .thenApply(_ -> null);
    }

    private static byte[] bytes(ByteBuffer answer) {
        byte[] bytes = new byte[answer.remaining()];
        answer.get(bytes);
        return bytes;
    }

    /** Who is in a shard's group, from the node that leads it; fails when that does not lead, or not any more. */
    public CompletableFuture<List<String>> members(ClusterNode leader, int shard) {
        return ratis.ask(leader.member(), PeerAnswers.MEMBERS, shard, NOTHING, PATIENCE)
                .thenApply(answer -> {
                    List<String> ids = List.of(new String(bytes(answer), StandardCharsets.UTF_8).split(",", -1));
                    if (!ids.contains(leader.id())) {
                        throw new MalformedException("who leads shard " + shard + " is not in its group: " + ids);
                    }
                    return ids;
                });
    }

    /** Who is in a shard's group by its leader's word, which any node asks for that knows who leads. */
    public CompletableFuture<List<String>> membersByLeader(ClusterNode any, int shard) {
        return ratis.ask(any.member(), PeerAnswers.MEMBERS, shard, PeerAnswers.LOST.duplicate(), PATIENCE)
                .thenApply(answer -> List.of(new String(bytes(answer), StandardCharsets.UTF_8).split(",", -1)));
    }

    /**
     * The newest term that a node's member of a shard's group has been in, for a member that has lost what it knew; negative when that one has, too. Fails when it has
     * none.
     */
    public CompletableFuture<Long> term(ClusterNode member, int shard) {
        return term(member, shard, PeerAnswers.LOST.duplicate());
    }

    /** The same of the directory's shard, and 0 of a node that has not begun, which hears that this one has not either. */
    public CompletableFuture<Long> term(ClusterNode node, String self) {
        return term(node, Bounds.DIRECTORY_SHARD, ByteBuffer.wrap(self.getBytes(StandardCharsets.UTF_8)));
    }

    private CompletableFuture<Long> term(ClusterNode node, int shard, ByteBuffer body) {
        return ratis.ask(node.member(), PeerAnswers.TERM, shard, body, STATUS_PATIENCE)
                .thenApply(answer -> new BinaryReader(answer).i64());
    }

    /** The first entry that a node's journal of a shard has at or behind an index; its checksum is still to be compared. */
    public CompletableFuture<Optional<JournalEntry>> entry(ClusterNode node, int shard, long index) {
        ByteBuffer wanted = new BinaryWriter(Long.BYTES).i64(index).toByteBuffer();
        return ratis.ask(node.member(), PeerAnswers.ENTRY, shard, wanted, PATIENCE)
                .thenApply(PeerEntry::decode);
    }

    /** Has a node that leads a shard give the lead to another. */
    public CompletableFuture<Void> transfer(ClusterNode leader, int shard, String to) {
        ByteBuffer name = ByteBuffer.wrap(to.getBytes(StandardCharsets.UTF_8));
        return ratis.ask(leader.member(), PeerAnswers.TRANSFER, shard, name, PATIENCE)
                .thenApply(_ -> null);
    }
}
