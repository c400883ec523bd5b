package io.thalweg.cluster.forward;

import io.thalweg.cluster.forward.OrderCodec.Done;
import io.thalweg.cluster.forward.OrderCodec.Order;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.ports.clock.Clock;
import io.thalweg.ports.disk.Disk;
import io.thalweg.shard.Consensus;
import io.thalweg.shard.Entry;
import io.thalweg.shard.Replica;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The consensus of a group as a shard on any of its nodes sees it: what is proposed here is ordered, whoever leads. An entry that
 * this node may not order itself goes to the leader, which gives it a stamp of its own; a leader that is not known, or not any more, is
 * asked for again for a while. An entry is tried again only as long as it surely is not in the order: everything else is an unknown
 * outcome, and the client's to repeat.
 *
 * <p>Entries keep the order in which they were proposed here ({@link InTurn}). Thread-safe.
 */
public final class Forwarding implements Consensus {
    /** How long an entry looks for a leader: longer than an election takes, shorter than a client's patience. */
    private static final Duration PATIENCE = Duration.ofSeconds(8);

    private final int shard;
    private final String self;
    private final Consensus group;
    private final AppliedHere applied;
    private final PeerWire wire;
    private final Clock clock;
    private final InTurn turns;

    private Forwarding(
            int shard, String self, Consensus group, AppliedHere applied, PeerWire wire, Executor later, Clock clock) {
        this.shard = shard;
        this.self = self;
        this.group = group;
        this.applied = applied;
        this.wire = wire;
        this.clock = clock;
        this.turns = new InTurn(new Ways(), later, clock);
    }

    /**
     * Puts the way to the leader around a group's consensus.
     *
     * @param self id of this node
     * @param inner makes the consensus of the group
     * @param later runs what it is given a little later, so that looking for a leader does not keep a processor busy
     */
    public static Forwarding over(
            int shard,
            String self,
            Replica replica,
            Function<Replica, Consensus> inner,
            PeerWire wire,
            Executor later,
            Clock clock) {
        AppliedHere applied = new AppliedHere();
        Consensus group = inner.apply(new WatchedReplica(replica, applied));
        return new Forwarding(shard, self, group, applied, wire, later, clock);
    }

    @Override
    public CompletableFuture<ByteBuffer> propose(Entry entry) {
        return turns.propose(entry, clock.monotonicNs() + PATIENCE.toNanos());
    }

    /** The two ways of an entry into the order. */
    private final class Ways implements InTurn.Ways {
        @Override
        public Standing standing() {
            return group.standing();
        }

        @Override
        public Optional<String> other(Standing standing) {
            return standing.role() == Role.FOLLOWER || standing.role() == Role.CANDIDATE
                    ? standing.leader().filter(leader -> !leader.equals(self))
                    : Optional.empty();
        }

        @Override
        public ThalwegException stopped() {
            return Forwarding.this.stopped();
        }

        @Override
        public CompletableFuture<ByteBuffer> here(Entry entry) {
            // Stamped anew: it may have waited for a leader since, with the time of a node that could not tell it.
            return group.propose(entry.stamped(group.stampNs(clock)));
        }

        @Override
        public CompletableFuture<Supplier<CompletableFuture<ByteBuffer>>> there(String leader, Entry entry) {
            return wire.order(leader, shard, OrderCodec.order(entry)).thenApply(bytes -> {
                Done done = OrderCodec.done(bytes);
                return () -> applied.reaches(done.applied()).thenApply(_ -> done.replies());
            });
        }
    }

    private ThalwegException stopped() {
        return new ThalwegException(
                ErrorCode.UNAVAILABLE, "the replica of shard " + shard + " on this node has stopped");
    }

    /**
     * Has an entry ordered that another node sent, if this one leads.
     *
     * @param bytes the {@code order}; not trusted
     * @return the {@code done}; fails like {@link Consensus#propose}
     */
    public CompletableFuture<ByteBuffer> order(ByteBuffer bytes) {
        Order order = OrderCodec.order(bytes);
        if (group.standing().role() != Role.LEADER) {
            return CompletableFuture.failedFuture(
                    new ThalwegException(ErrorCode.NOT_LEADER, "node " + self + " does not lead shard " + shard));
        }
        Entry entry = Entry.of(
                group.stampNs(clock),
                order.requests(),
                List.of(order.body()),
                order.body().remaining());
        return group.propose(entry).thenApply(replies -> OrderCodec.done(applied.index(), replies));
    }

    @Override
    public Standing standing() {
        return group.standing();
    }

    @Override
    public CompletableFuture<Void> transfer(String member) {
        return group.transfer(member);
    }

    @Override
    public CompletableFuture<Long> snapshot() {
        return group.snapshot();
    }

    @Override
    public CompletableFuture<Long> forget() {
        return group.forget();
    }

    @Override
    public int fileBytes() {
        return group.fileBytes();
    }

    @Override
    public long stampNs(Clock own) {
        return group.stampNs(own);
    }

    @Override
    public boolean keeps(Path file) {
        return group.keeps(file);
    }

    @Override
    public List<Path> restingFiles() throws IOException {
        return group.restingFiles();
    }

    @Override
    public void requireSound(Path file, Disk through) throws IOException {
        group.requireSound(file, through);
    }

    @Override
    public void housekeep() {
        group.housekeep();
    }

    @Override
    public void halted(Throwable cause) {
        group.halted(cause);
    }

    @Override
    public void close() {
        applied.fail(stopped());
        group.close();
        turns.wakeUp();
    }
}
