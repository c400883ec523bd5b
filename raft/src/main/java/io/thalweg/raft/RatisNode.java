package io.thalweg.raft;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.raft.peer.GroupMembers;
import io.thalweg.raft.peer.Member;
import io.thalweg.raft.peer.PeerRoads;
import io.thalweg.raft.peer.PeerService;
import io.thalweg.shard.Consensus;
import io.thalweg.shard.CopyIn;
import io.thalweg.shard.Replica;
import io.thalweg.shard.Replica.Position;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftConfigurationProto;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.GroupManagementRequest;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.util.ExitUtils;
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
    private static final Logger LOG = LoggerFactory.getLogger(RatisNode.class);
    private static final Duration CLOSING = Duration.ofSeconds(10);

    /** A question between nodes, for a shard: nothing -> index of the newest applied entry i64. */
    private static final String APPLIED = "applied";

    /** The same: nothing -> what {@link Comparison} compares. */
    private static final String DIGESTS = "digests";

    /** What a member tells the leader whose copy comes from another: index and term, i64 each, of what the copy covers -> nothing. */
    static final String GAVE = "gave";

    private static final Duration APPLIED_PATIENCE = Duration.ofSeconds(1);

    private final RatisOptions options;
    private final HeldElections properties;
    private final Map<RaftGroupId, ReplicaStateMachine> machines = new ConcurrentHashMap<>();
    private final Map<RaftGroupId, RatisConsensus> shards = new ConcurrentHashMap<>();
    private final Probations probations = new Probations(this);
    private final ClientId clientId = ClientId.randomId();
    private final AtomicLong callIds = new AtomicLong();
    private final PeerRoads roads;
    private final EndedLeaders endedLeaders;
    private final Bandwidth bandwidth;
    private final RaftServer server;

    static {
        // Ratis would end the process when a port is taken. We say so, and leave the rest to who asked.
        ExitUtils.disableSystemExit();
    }

    private RatisNode(RatisOptions options, PeerService service) throws IOException {
        this.options = options;
        this.bandwidth = new Bandwidth(options.copyBytesPerSecond(), System::nanoTime);
        this.roads = new PeerRoads(
                options.self(),
                options.tls(),
                options.clock(),
                options.entryBytesMax() + (1 << 20),
                (caller, what, shard, body) -> switch (what) {
                    case APPLIED -> applied(shard);
                    case EndedLeaders.NEWEST -> endedLeaders().newest(body);
                    case DIGESTS -> digests(shard);
                    case GAVE -> gave(shard, body);
                    default -> service.answer(caller, what, shard, body);
                },
                this::connectAgain,
                node -> endedLeaders().ended(server(), node));
        this.endedLeaders = new EndedLeaders(
                RaftPeerId.valueOf(options.self().id()), roads, shards, group -> !probations.has(group));
        this.properties = RatisProperties.of(options);
        this.server = RaftServer.newBuilder()
                .setServerId(RaftPeerId.valueOf(options.self().id()))
                .setProperties(properties)
                .setParameters(parameters())
                .setStateMachineRegistry(machines::get)
                .build();
    }

    private Parameters parameters() {
        Parameters parameters = new Parameters();
        roads.tls().ifPresent(config -> GrpcConfigKeys.TLS.setConf(parameters, config));
        GrpcConfigKeys.Server.setServicesCustomizer(
                parameters,
                (builder, _) -> builder.addService(Copies.service(new ForOthers(), bandwidth, options.snapshotWaits()))
                        .addService(roads.service())
                        .addTransportFilter(roads.departures())
                        .intercept(roads.gate(new Here())));
        return parameters;
    }

    /** This node's members of groups, as who talks to them has to know them. */
    private final class Here implements GroupMembers {
        @Override
        public boolean votes(RaftGroupId group) {
            return !probations.has(group);
        }

        @Override
        public void meets(RaftConfigurationProto membership) {
            meet(Member.allOf(membership).values());
        }

        @Override
        public void hears(RaftGroupId group, long committed) {
            ReplicaStateMachine machine = machines.get(group);
            if (machine != null) {
                machine.heardCommitted(committed);
            }
        }

        @Override
        public void requireWhole(LogEntryProto entry) {
            EntryForm.check(entry);
        }

        @Override
        public void acknowledges(RaftGroupId group) throws IOException {
            ReplicaStateMachine machine = machines.get(group);
            if (machine != null) {
                machine.noteForced();
            }
        }
    }

    /** How far this node has applied a shard's entries. */
    private CompletableFuture<ByteBuffer> applied(int shard) {
        return ofReplica(
                shard,
                machine -> new BinaryWriter(Long.BYTES)
                        .i64(machine.getLastAppliedTermIndex().getIndex())
                        .toByteBuffer());
    }

    /** What this node's replica of a shard has come to. */
    private CompletableFuture<ByteBuffer> digests(int shard) {
        return ofReplica(shard, machine -> Comparison.encode(machine.replica().digests()));
    }

    static ByteBuffer encode(Position covers) {
        return new BinaryWriter(2 * Long.BYTES)
                .i64(covers.index())
                .i64(covers.term())
                .toByteBuffer();
    }

    /** Another member gets a copy that goes on behind a position. */
    private CompletableFuture<ByteBuffer> gave(int shard, ByteBuffer covers) {
        return ofReplica(shard, machine -> {
            BinaryReader in = new BinaryReader(covers);
            machine.gave(new Position(in.i64(), in.i64()));
            return ByteBuffer.allocate(0);
        });
    }

    private CompletableFuture<ByteBuffer> ofReplica(int shard, Function<ReplicaStateMachine, ByteBuffer> answer) {
        ReplicaStateMachine machine = machines.get(ShardGroup.groupId(shard));
        return machine == null || machine.failure() != null
                ? CompletableFuture.failedFuture(
                        new ThalwegException(ErrorCode.NOT_LEADER, "this node has no replica of shard " + shard))
                : CompletableFuture.completedFuture(answer.apply(machine));
    }

    /** Asks another node how far it has applied a shard's entries; fails when it does not say so soon. */
    CompletableFuture<Long> applied(Member node, int shard) {
        return ask(node, APPLIED, shard, ByteBuffer.allocate(0), APPLIED_PATIENCE)
                .thenApply(answer -> new BinaryReader(answer).i64());
    }

    /** Asks another node what its replica of a shard has come to. */
    CompletableFuture<List<Replica.Digest>> digests(Member node, int shard) {
        return ask(node, DIGESTS, shard, ByteBuffer.allocate(0), APPLIED_PATIENCE)
                .thenApply(Comparison::decode);
    }

    /** What this node's shards do for other nodes. */
    private final class ForOthers implements Copies.Shards {
        @Override
        public @Nullable Replica replica(int shard) {
            ReplicaStateMachine machine = machines.get(ShardGroup.groupId(shard));
            return machine == null || machine.failure() != null ? null : machine.replica();
        }

        @Override
        public void gave(int shard, Position covers) {
            ReplicaStateMachine machine = machines.get(ShardGroup.groupId(shard));
            if (machine != null) {
                machine.gave(covers);
            }
        }

        @Override
        public void renew(int shard, String member) {
            group(shard).ifPresent(group -> group.renew(member));
        }
    }

    /** Starts the server, without any group yet, for members that ask nothing else. */
    public static RatisNode open(RatisOptions options) throws IOException {
        return open(options, PeerService.NONE);
    }

    /**
     * Starts the server, without any group yet.
     *
     * @param service what other nodes are answered beside Raft
     */
    public static RatisNode open(RatisOptions options, PeerService service) throws IOException {
        RatisNode node = new RatisNode(options, service);
        node.roads.register();
        try {
            node.server.start();
        } catch (IOException | RuntimeException e) {
            node.roads.close();
            throw e;
        }
        return node;
    }

    /**
     * Asks another node something that its {@link PeerService} answers. Does not block.
     *
     * @return fails with a {@link io.thalweg.model.ThalwegException}: {@code NOT_LEADER} when nobody has done anything, else {@code
     *     UNAVAILABLE}
     */
    public CompletableFuture<ByteBuffer> ask(Member node, String what, int shard, ByteBuffer body, Duration patience) {
        meet(List.of(node));
        return roads.ask(node.id(), what, shard, body, patience);
    }

    /** Bytes that have come of copies which are on their way to this node, what was there before among them. */
    public long comingBytes() {
        return coming(CopyIn::taken);
    }

    /** Bytes of those copies in all, as far as that is known. */
    public long comingBytesTotal() {
        return coming(CopyIn::total);
    }

    private long coming(ToLongFunction<CopyIn> bytes) {
        return machines.values().stream()
                .flatMap(machine -> machine.coming().stream())
                .mapToLong(bytes)
                .sum();
    }

    /** Bytes of copies that this node has sent. */
    public long copiedBytes() {
        return bandwidth.total();
    }

    // ---- where others are

    /** Others may be at these addresses: they are tried there behind those that were said before. Ratis goes by what is known here, too. */
    public void meet(Collection<Member> others) {
        for (Member other : others) {
            if (other.id().equals(options.self().id())) {
                continue;
            }
            if (!roads.knows(other.id())) {
                // Before Ratis does it itself: it keeps the address with which it first hears of a node.
                RaftPeer.Builder at = RaftPeer.newBuilder().setId(other.id()).setAddress(roads.target(other.id()));
                server.getServerRpc().addRaftPeers(List.of(at.build()));
            }
            roads.mayBeAt(other);
        }
    }

    /** Another node has an address that is newer than what was known of it before. */
    public void moved(Member node) {
        meet(List.of(node));
        if (!node.id().equals(options.self().id())) {
            roads.isLikelyAt(node);
        }
    }

    /** Tells another node where this one is, and hears from it where others said that they are. Fails when it does not answer. Does not block. */
    public CompletableFuture<Void> tell(Member node) {
        meet(List.of(node));
        return roads.tell(node.id());
    }

    /** Ratis calls a node anew, and not when gRPC has waited long enough since it last failed. */
    private void connectAgain(String node) {
        server.getServerRpc()
                .handleException(RaftPeerId.valueOf(node), new IOException("node " + node + " has moved"), true);
    }

    /** The ways to other nodes. */
    PeerRoads roads() {
        return roads;
    }

    RatisOptions options() {
        return options;
    }

    EndedLeaders endedLeaders() {
        return endedLeaders;
    }

    RaftServer server() {
        return server;
    }

    /**
     * How a shard gets its consensus: opens the replica it is given, and joins the group.
     *
     * <p>The function throws {@link CorruptionException} and {@link UncheckedIOException} when what is on disk cannot be used; the
     * replica is closed then.
     */
    public Function<Replica, Consensus> shard(ShardGroup group) {
        return replica -> open(group, replica);
    }

    RatisConsensus open(ShardGroup group, Replica replica) {
        if (!group.members().isEmpty()
                && group.members().stream()
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

    /** A group's share of what logs keep: half of it, or less where there are many groups. */
    private long logKeptBytes() {
        return options.logKeptBytes() / Math.max(2, machines.size());
    }

    private void abandon(ShardGroup group, Replica replica, RuntimeException reason) {
        properties.letGo(options.self().id(), group.groupId());
        RatisConsensus half = shards.get(group.groupId());
        try {
            if (half != null) {
                half.close();
            } else {
                ReplicaStateMachine machine = machines.remove(group.groupId());
                if (machine != null) {
                    machine.closeNote();
                }
                replica.close();
            }
        } catch (IOException | RuntimeException e) {
            reason.addSuppressed(e);
        }
    }

    /** One at a time, because Ratis reads a group's directory from the server's properties while it adds it. */
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
        meet(group.members());
        meet(LogAtStart.reconcile(group, replica, covered));
        OptionalLong probation = new Probation(group.directory()).term();
        PendingProposals pending = new PendingProposals();
        CompletableFuture<RatisConsensus> made = new CompletableFuture<>();
        ReplicaStateMachine machine = new ReplicaStateMachine(
                group.shard(),
                "shard " + group.shard() + " on " + options.self().id(),
                replica,
                covered,
                new LogTail(this::logKeptBytes),
                new RaftDirectory(group.current()),
                ForcedNote.open(group.directory()),
                roads,
                term -> {
                    if (term > covered.term()) {
                        LogAtStart.begun(group);
                        if (RatisProperties.standsAtOnce(group)) {
                            RatisProperties.waitUsually(properties, options);
                        }
                    }
                    if (probation.isPresent() && term > probation.getAsLong()) {
                        Thread.ofVirtual().start(() -> probations.end(group));
                    }
                },
                cause -> {
                    var _ = made.thenAccept(consensus -> consensus.leaveHalted(cause));
                });
        machines.put(group.groupId(), machine);
        if (probation.isPresent()) {
            probations.begin(group);
            properties.hold(options.self().id(), group.groupId());
        }
        RatisProperties.prepare(properties, options, group);
        List<RaftPeer> peers = group.members().stream().map(Member::peer).toList();
        send(GroupManagementRequest.newAdd(
                clientId, server.getId(), callIds.incrementAndGet(), RaftGroup.valueOf(group.groupId(), peers), false));
        RatisConsensus consensus =
                new RatisConsensus(this, group, replica, machine, server.getDivision(group.groupId()), pending);
        shards.put(group.groupId(), consensus);
        roads.clocks().ask(group.members());
        made.complete(consensus);
        if (probation.isPresent()) {
            probations.opened(group, consensus);
            properties.letGo(options.self().id(), group.groupId());
        }
        return consensus;
    }

    /** Whether this node's member of a group has no vote, and stands for none. */
    boolean isOnProbation(ShardGroup group) {
        return probations.has(group.groupId());
    }

    /** The group of a shard that is open on this node. */
    public Optional<RatisConsensus> group(int shard) {
        return Optional.ofNullable(shards.get(ShardGroup.groupId(shard)));
    }

    /** Ends a group on this node; its files stay. */
    void remove(ShardGroup group) {
        shards.remove(group.groupId());
        try {
            send(GroupManagementRequest.newRemove(
                    clientId, server.getId(), callIds.incrementAndGet(), group.groupId(), false, false));
        } catch (IOException e) {
            LOG.warn("closing the group of shard {} failed", group.shard(), e);
        }
        ReplicaStateMachine machine = machines.remove(group.groupId());
        if (machine != null) {
            machine.closeNote();
        }
        probations.closed(group);
        properties.letGo(options.self().id(), group.groupId());
    }

    /** Who has a later term brought about for a member on probation. */
    Optional<Thread> seeker(ShardGroup group) {
        return probations.seeker(group);
    }

    private void send(GroupManagementRequest request) throws IOException {
        RaftClientReply reply = server.groupManagement(request);
        if (!reply.isSuccess()) {
            throw new IOException("Ratis refused " + request, reply.getException());
        }
    }

    /**
     * Closes what shards have not closed yet, then the server. Blocks, for some seconds at most: gRPC's server waits for a connection that came
     * while it closed, which it told to go as little as its peer did, and so for ever.
     */
    @Override
    public void close() {
        for (RatisConsensus shard : List.copyOf(shards.values())) {
            shard.close();
        }
        roads.close();
        Thread closing = Thread.ofPlatform()
                .daemon()
                .name(options.self().id() + "-close")
                .start(this::closeServer);
        try {
            if (!closing.join(CLOSING)) {
                LOG.warn(
                        "the Ratis server of {} keeps a connection open: it is left to that",
                        options.self().id());
                closing.interrupt();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void closeServer() {
        try {
            server.close();
        } catch (IOException e) {
            LOG.warn("closing the Ratis server failed", e);
        }
    }
}
