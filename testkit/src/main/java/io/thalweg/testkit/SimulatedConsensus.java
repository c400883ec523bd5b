package io.thalweg.testkit;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.ports.clock.Clock;
import io.thalweg.ports.disk.Disk;
import io.thalweg.shard.Consensus;
import io.thalweg.shard.Entry;
import io.thalweg.shard.GroupClock;
import io.thalweg.shard.Replica;
import io.thalweg.testkit.raft.GroupEntry;
import io.thalweg.testkit.raft.RaftEntry.Members;
import io.thalweg.testkit.raft.RaftMember;
import io.thalweg.testkit.raft.RaftMessage;
import io.thalweg.testkit.raft.RaftMessage.WallClock;
import io.thalweg.testkit.raft.ReplicaApplication;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.ObjIntConsumer;

/**
 * The consensus of a group as one of its members has it: a {@link RaftMember}, which does to its replica what Raft does, on the simulation's
 * lanes and on the simulated disk. After a restart it lets the replica load its snapshot, and applies what came after again. A whole
 * group is {@link GroupSimulation}'s business, which brings time and messages; a member {@link #alone} needs neither, and a lone
 * shard needs none of this: see {@link Witness}.
 */
public final class SimulatedConsensus implements Consensus {
    private static final int SELF = 0;
    private static final long ELECTION_NS = 1;
    private static final long TELL_NS = 1_000_000_000;

    private final Replica replica;
    private final ReplicaApplication application;
    private final RaftMember member;
    private final Executor lane;

    /** How much of the log goes when a snapshot is durable. */
    enum Log {
        /** What it covers. */
        SHORT,
        /** What the snapshot before covers, so that that one can still be used. */
        TAIL
    }

    private final Log keeps;
    private final int self;
    private final Clock own;
    private final ObjIntConsumer<RaftMessage> road;
    private final GroupClock clock;
    private long toldNs;
    private long previousSnapshot;
    private boolean closed;

    /**
     * Opens the log in {@code directory} and the replica, as a member of a group.
     *
     * @param rest brings to its end what the replica does beside applying
     */
    SimulatedConsensus(
            int self,
            Members first,
            Replica replica,
            Disk disk,
            Path directory,
            ReplicaApplication.Watcher watcher,
            ObjIntConsumer<RaftMessage> road,
            Executor lane,
            Runnable rest,
            SplittableRandom random,
            Clock own,
            long electionNs,
            Log keeps) {
        this.replica = replica;
        this.self = self;
        this.own = own;
        this.road = road;
        clock = new GroupClock(own, GroupClock.STEP, _ -> {});
        this.lane = lane;
        this.keeps = keeps;
        // Of its own, so that a life is the same wherever copies break off.
        SplittableRandom breaks = new SplittableRandom(own.monotonicNs() ^ self);
        application = new ReplicaApplication(replica, watcher, rest, breaks);
        try {
            member = new RaftMember(
                    self, disk, directory, first, application, road, random, own.monotonicNs(), electionNs);
            previousSnapshot = member.appliedIndex();
        } catch (IOException e) {
            Throwable damaged = replica.damaged();
            throw new UncheckedIOException(damaged == null ? e : new IOException(damaged.getMessage(), e));
        }
    }

    /**
     * A group of one: leads, and applies what is behind the replica's snapshot.
     *
     * @param keepsTail whether the log keeps what only the newest snapshot covers, so that the one before can still be used
     */
    public static SimulatedConsensus alone(
            Replica replica,
            Disk disk,
            Path directory,
            Quorum quorum,
            Simulation simulation,
            SplittableRandom random,
            boolean keepsTail) {
        SimulatedConsensus alone = new SimulatedConsensus(
                SELF,
                Members.of(SELF),
                replica,
                disk,
                directory,
                quorum::note,
                (_, _) -> {},
                simulation.lane(),
                () -> {},
                random,
                new SimulatedClock(0),
                ELECTION_NS,
                keepsTail ? Log.TAIL : Log.SHORT);
        alone.tick(2 * ELECTION_NS);
        return alone;
    }

    /** Time has come this far. */
    void tick(long nowNs) {
        act(() -> member.tick(nowNs));
        if (isOpen() && nowNs - toldNs >= TELL_NS) {
            toldNs = nowNs;
            for (int other : member.members().all()) {
                if (other != self) {
                    road.accept(new WallClock(member.term(), own.wallNs()), other);
                }
            }
        }
    }

    /** {@inheritDoc} The replica alone in its group is nobody's business but its shard's. */
    @Override
    public long stampNs(Clock shards) {
        return others().isEmpty() ? shards.wallNs() : clock.stampNs(others());
    }

    private List<String> others() {
        return member.members().voters().stream()
                .filter(id -> id != self)
                .map(String::valueOf)
                .toList();
    }

    void receive(RaftMessage message, int from) {
        if (message instanceof WallClock told) {
            clock.heard(String.valueOf(from), told.wallNs());
            return;
        }
        act(() -> member.receive(message, from));
    }

    /** Whether it still takes part. */
    boolean isOpen() {
        return !closed && !application.failed();
    }

    /** Changes the membership by one, if this member leads and the change before is done. */
    void change(Members wanted) {
        act(() -> {
            if (member.change(wanted) >= 0) {
                lane.execute(() -> act(member::force));
            }
        });
    }

    RaftMember member() {
        return member;
    }

    private interface Work {
        void run() throws IOException;
    }

    private void act(Work work) {
        if (closed || application.failed()) {
            return;
        }
        try {
            work.run();
            if (member.role() != RaftMember.Role.LEADER) {
                application.abandon();
            }
        } catch (IOException | RuntimeException e) {
            application.fail(e);
        }
    }

    @Override
    public CompletableFuture<ByteBuffer> propose(Entry entry) {
        if (standing().role() != Role.LEADER) {
            return CompletableFuture.failedFuture(
                    new ThalwegException(ErrorCode.NOT_LEADER, "the simulated consensus does not lead"));
        }
        try {
            long index = member.propose(GroupEntry.encode(entry));
            CompletableFuture<ByteBuffer> replies = application.await(index, member.term());
            lane.execute(() -> act(member::force));
            return replies;
        } catch (IOException e) {
            application.fail(e);
            return CompletableFuture.failedFuture(e);
        }
    }

    /** {@inheritDoc} Clocks are told with {@link #tick}, and the small Raft keeps no note. */
    @Override
    public void housekeep() {}

    private Role role(boolean leads) {
        if (closed || application.failed()) {
            return Role.STOPPED;
        }
        // A leader that cannot tell the time takes nothing yet.
        return !leads ? Role.FOLLOWER : clock.isKnown(others()) ? Role.LEADER : Role.CANDIDATE;
    }

    @Override
    public Standing standing() {
        boolean leads = member.role() == RaftMember.Role.LEADER;
        return new Standing(
                role(leads),
                member.leader() < 0 ? Optional.empty() : Optional.of("n" + member.leader()),
                member.term(),
                member.committedIndex());
    }

    @Override
    public CompletableFuture<Void> transfer(String other) {
        return member.transfer(Integer.parseInt(other.substring(1)))
                ? CompletableFuture.completedFuture(null)
                : CompletableFuture.failedFuture(
                        new ThalwegException(ErrorCode.UNAVAILABLE, other + " cannot take over now"));
    }

    @Override
    public CompletableFuture<Long> snapshot() {
        CompletableFuture<Long> done = new CompletableFuture<>();
        lane.execute(() -> {
            act(() -> {
                long covered = replica.snapshot().index();
                if (covered > previousSnapshot) {
                    switch (keeps) {
                        case SHORT -> member.compact(covered);
                        case TAIL -> member.compact(previousSnapshot);
                    }
                    previousSnapshot = covered;
                }
                done.complete(covered);
            });
            if (!done.isDone()) {
                done.completeExceptionally(new ThalwegException(ErrorCode.UNAVAILABLE, "stopped"));
            }
        });
        return done;
    }

    @Override
    public void close() {
        closed = true;
        application.abandon();
        try {
            member.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
