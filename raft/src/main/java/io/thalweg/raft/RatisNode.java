package io.thalweg.raft;

import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.shard.Consensus;
import io.thalweg.shard.Replica;
import io.thalweg.shard.Replica.Position;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.GroupManagementRequest;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This node's Ratis server, which hosts the groups of all its shards. Thread-safe.
 *
 * <p>Ratis writes to the SLF4J loggers below {@code org.apache.ratis}, much and at {@code INFO}: set that to {@code WARN}. Its
 * gRPC writes to the {@code java.util.logging} loggers below {@code org.apache.ratis.thirdparty}.
 */
public final class RatisNode implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(RatisNode.class);

    private final RatisOptions options;
    private final RaftProperties properties;
    private final Map<RaftGroupId, ReplicaStateMachine> machines = new ConcurrentHashMap<>();
    private final Map<RaftGroupId, RatisConsensus> shards = new ConcurrentHashMap<>();
    private final ClientId clientId = ClientId.randomId();
    private final AtomicLong callIds = new AtomicLong();
    private final RaftServer server;

    private RatisNode(RatisOptions options) throws IOException {
        this.options = options;
        this.properties = RatisProperties.of(options);
        this.server = RaftServer.newBuilder()
                .setServerId(RaftPeerId.valueOf(options.self().id()))
                .setProperties(properties)
                .setStateMachineRegistry(machines::get)
                .build();
    }

    /** Starts the server, without any group yet. */
    public static RatisNode open(RatisOptions options) throws IOException {
        RatisNode node = new RatisNode(options);
        node.server.start();
        return node;
    }

    RatisOptions options() {
        return options;
    }

    RaftServer server() {
        return server;
    }

    /**
     * How a shard gets its consensus: opens the replica it is given, checks the Raft log against it and joins the group.
     *
     * <p>The function throws {@link CorruptionException} when the Raft log is damaged or does not fit the replica, and
     * {@link UncheckedIOException}; the replica is closed then.
     */
    public Function<Replica, Consensus> shard(ShardGroup group) {
        return replica -> open(group, replica);
    }

    RatisConsensus open(ShardGroup group, Replica replica) {
        if (group.members().stream()
                .noneMatch(member -> member.id().equals(options.self().id()))) {
            throw new IllegalArgumentException(
                    "node " + options.self().id() + " is not in the group of shard " + group.shard());
        }
        try {
            return join(group, replica);
        } catch (IOException e) {
            UncheckedIOException failure =
                    new UncheckedIOException("starting shard " + group.shard() + " failed: " + e.getMessage(), e);
            abandon(group, replica, failure);
            throw failure;
        } catch (RuntimeException e) {
            abandon(group, replica, e);
            throw e;
        }
    }

    private void abandon(ShardGroup group, Replica replica, RuntimeException reason) {
        RatisConsensus half = shards.get(group.groupId());
        try {
            if (half != null) {
                half.close();
            } else {
                machines.remove(group.groupId());
                replica.close();
            }
        } catch (IOException | RuntimeException e) {
            reason.addSuppressed(e);
        }
    }

    /** One at a time, because Ratis reads a group's directory and timeouts from the server's properties while it adds it. */
    private synchronized RatisConsensus join(ShardGroup group, Replica replica) throws IOException {
        if (machines.containsKey(group.groupId())) {
            throw new IllegalStateException("shard " + group.shard() + " is open already");
        }
        Files.createDirectories(group.directory());
        Path above = group.directory().toAbsolutePath().getParent();
        if (above != null) {
            RaftDirectory.force(above);
        }
        Position covered = replica.open();
        long lastIndex = reconcile(group, replica, covered);

        PendingProposals pending = new PendingProposals();
        ReplicaStateMachine machine = new ReplicaStateMachine(
                "shard " + group.shard() + " on " + options.self().id(),
                replica,
                covered,
                lastIndex,
                new RaftDirectory(group.current()),
                new RecentEntries(RatisProperties.RECENT_BYTES_MAX),
                pending::failAll);
        machines.put(group.groupId(), machine);
        RatisProperties.prepare(properties, options, group);
        List<RaftPeer> peers = new ArrayList<>();
        for (Member member : group.members()) {
            peers.add(RaftPeer.newBuilder()
                    .setId(member.id())
                    .setAddress(member.address())
                    .build());
        }
        send(GroupManagementRequest.newAdd(
                clientId, server.getId(), callIds.incrementAndGet(), RaftGroup.valueOf(group.groupId(), peers), false));
        RatisConsensus consensus =
                new RatisConsensus(this, group, replica, machine, server.getDivision(group.groupId()), pending);
        shards.put(group.groupId(), consensus);
        return consensus;
    }

    /**
     * Makes Raft log and replica fit each other, or refuses. A reference reaches the Raft log's file only after its body was
     * forced, so the replica must never have less than the log. It may have more, which was never acknowledged and is dropped.
     *
     * @return the newest index in the Raft log, at least what the snapshot covers
     */
    static long reconcile(ShardGroup group, Replica replica, Position covered) throws IOException {
        Path current = group.current();
        long stored = replica.storedIndex();
        RaftLogInspector.Tail tail = RaftLogInspector.repair(current, covered.index());
        RaftLogInspector.Summary summary = tail.summary();
        if (summary.tornBytes() > 0) {
            log.warn(
                    "{}: cut {} bytes of a torn entry behind entry {}",
                    current,
                    summary.tornBytes(),
                    summary.lastIndex());
        }
        if (!tail.formatted() && (covered.index() >= 0 || stored >= 0)) {
            throw new CorruptionException(
                    current,
                    0,
                    "the raft log is missing, but the shard has entries up to " + Math.max(covered.index(), stored)
                            + "; restore this directory");
        }
        if (summary.lastIndex() < covered.index()) {
            if (stored > covered.index()) {
                throw new CorruptionException(
                        current,
                        0,
                        "the raft log ends at entry " + summary.lastIndex()
                                + ", but the snapshot covers " + covered.index() + " and the journal has " + stored
                                + "; what was between is lost here");
            }
            if (summary.lastIndex() >= 0) {
                log.warn(
                        "{}: the log ends at entry {}, the snapshot covers {}: going on behind the snapshot",
                        current,
                        summary.lastIndex(),
                        covered.index());
                RaftLogInspector.clear(current);
            }
            return covered.index();
        }
        if (summary.firstIndex() > covered.index() + 1) {
            throw new CorruptionException(
                    current,
                    0,
                    "the raft log starts at entry " + summary.firstIndex() + ", but the newest whole snapshot covers "
                            + covered.index() + " only");
        }
        checkBody(current, replica, stored, tail.lastWithBody(), covered.index());
        if (stored > summary.lastIndex()) {
            log.info(
                    "{}: dropping entries {} to {} of the journal, which were never acknowledged",
                    current,
                    summary.lastIndex() + 1,
                    stored);
            replica.truncate(summary.lastIndex()).join();
        }
        return summary.lastIndex();
    }

    /** Refuses when the journal does not have what {@code last}, the newest reference behind the snapshot, refers to. */
    static void checkBody(Path current, Replica replica, long stored, @Nullable LogEntryProto last, long coveredIndex) {
        if (last == null || last.getIndex() <= coveredIndex) {
            return;
        }
        try {
            if (stored < last.getIndex()) {
                throw new IOException("the journal ends at entry " + stored);
            }
            replica.read(last.getIndex(), last.getTerm(), EntryForm.reference(last));
        } catch (IOException e) {
            throw new CorruptionException(
                    current,
                    0,
                    "the raft log refers to entry " + last.getIndex() + " of term " + last.getTerm()
                            + ", whose body the journal has lost: " + e.getMessage());
        }
    }

    /** Ends a group on this node; its files stay. */
    void remove(ShardGroup group) {
        shards.remove(group.groupId());
        try {
            send(GroupManagementRequest.newRemove(
                    clientId, server.getId(), callIds.incrementAndGet(), group.groupId(), false, false));
        } catch (IOException e) {
            log.warn("closing the group of shard {} failed", group.shard(), e);
        }
        machines.remove(group.groupId());
    }

    private void send(GroupManagementRequest request) throws IOException {
        RaftClientReply reply = server.groupManagement(request);
        if (!reply.isSuccess()) {
            throw new IOException("Ratis refused " + request, reply.getException());
        }
    }

    /** Closes what shards have not closed yet, then the server. Blocks. */
    @Override
    public void close() {
        for (RatisConsensus shard : List.copyOf(shards.values())) {
            shard.close();
        }
        try {
            server.close();
        } catch (IOException e) {
            log.warn("closing the Ratis server failed", e);
        }
    }
}
