package io.thalweg.raft.peer;

import io.thalweg.ports.clock.Clock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.apache.ratis.grpc.GrpcTlsConfig;
import org.apache.ratis.thirdparty.io.grpc.ManagedChannel;
import org.apache.ratis.thirdparty.io.grpc.ServerInterceptor;
import org.apache.ratis.thirdparty.io.grpc.ServerServiceDefinition;
import org.apache.ratis.thirdparty.io.grpc.ServerTransportFilter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ways between this node and the others: where they are, who they are, and what they are asked. Whoever serves the port puts the {@link #gate} before it and
 * the {@link #service} behind that. Thread-safe.
 */
public final class PeerRoads implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PeerRoads.class);
    private static final Duration TELL_PATIENCE = Duration.ofSeconds(1);

    private final Member self;
    private final PeerAddresses addresses = new PeerAddresses();
    private final PeerIdentity identity;
    private final PeerWords words;
    private final Optional<GrpcTlsConfig> tls;
    private final PeerChannels channels;
    private final PeerCalls calls;
    private final PeerClocks clocks;
    private final Consumer<String> moved;
    private final Departures departures;

    /**
     * No way is open before {@link #register}.
     *
     * @param files in the clear without
     * @param clock this node's, which others ask for
     * @param messageBytesMax of a question or an answer
     * @param service what other nodes are answered beside where others are and what clocks show
     * @param moved told of each node, by id, that is looked for elsewhere than before
     * @param ended told of each node, by id, whose process has ended, in a thread of its own; very seldom of one whose process has not
     * @throws IOException when the files of the certificates cannot be used
     */
    public PeerRoads(
            Member self,
            Optional<MutualTls> files,
            Clock clock,
            int messageBytesMax,
            PeerService service,
            Consumer<String> moved,
            Consumer<String> ended)
            throws IOException {
        this.self = self;
        this.moved = moved;
        departures = new Departures(addresses, ended);
        identity = PeerIdentity.of(self.id(), files);
        words = new PeerWords(self, addresses, this::callAgain);
        tls = files.isEmpty()
                ? Optional.empty()
                : Optional.of(files.get().config(NodeTrust.of(files.get().authority(), identity, addresses)));
        channels = new PeerChannels(self.id(), addresses, tls);
        calls = new PeerCalls(channels, this::isElsewhere, messageBytesMax);
        clocks = new PeerClocks(
                self.id(),
                clock,
                calls,
                (caller, what, shard, body) -> what.equals(PeerWords.HERE)
                        ? words.answer(caller, body)
                        : service.answer(caller, what, shard, body));
    }

    /** Before the first connection is made. */
    public void register() {
        addresses.register();
    }

    /** What Ratis shows to others, and whom it believes. */
    public Optional<GrpcTlsConfig> tls() {
        return tls;
    }

    /** What answers other nodes. */
    public ServerServiceDefinition service() {
        return calls.service(clocks);
    }

    /** What stands before all that this node serves to others. */
    public ServerInterceptor gate(GroupMembers members) {
        return new PeerGate(self.id(), identity, members, departures);
    }

    /** What looks at the connections that come in, to be set beside the gate. */
    public ServerTransportFilter departures() {
        return departures;
    }

    /** What other nodes' clocks show. */
    public PeerClocks clocks() {
        return clocks;
    }

    // ---- where others are

    /** Whether anybody has said where a node is. */
    public boolean knows(String id) {
        return addresses.knows(id);
    }

    /** What a connection to a node is made to, wherever it is then. */
    public String target(String id) {
        return addresses.target(id);
    }

    /** Somebody knows a node at this address, today or in former times: it is tried there behind those that were said before. */
    public void mayBeAt(Member node) {
        addresses.mayBeAt(node);
    }

    /** A node has an address that is newer than what was known of it before. */
    public void isLikelyAt(Member node) {
        if (addresses.isLikelyAt(node)) {
            callAgain(node.id());
        }
    }

    /** Where a node was looked for, another is. */
    private void isElsewhere(String node) {
        if (addresses.isElsewhere(node)) {
            LOG.debug("node {} is looked for elsewhere", node);
            callAgain(node);
        }
    }

    /** Anew, and not when gRPC has waited long enough since it last failed. */
    private void callAgain(String node) {
        calls.again(node);
        moved.accept(node);
    }

    // ---- calls

    /**
     * Asks a node something that its {@link PeerService} answers. Does not block.
     *
     * @param node its id
     * @return fails with a {@link io.thalweg.model.ThalwegException}: {@code NOT_LEADER} when nobody has done anything, else {@code
     *     UNAVAILABLE}
     */
    public CompletableFuture<ByteBuffer> ask(String node, String what, int shard, ByteBuffer body, Duration patience) {
        return calls.ask(node, what, shard, body, patience);
    }

    /** Tells a node where this one is, and hears from it where others said that they are. Fails when it does not answer. Does not block. */
    public CompletableFuture<Void> tell(String node) {
        return ask(node, PeerWords.HERE, 0, words.here(), TELL_PATIENCE).thenAccept(words::heard);
    }

    /**
     * A connection that is made with its first call; whoever opens it ends it.
     *
     * @param messageBytesMax of what comes back
     */
    public ManagedChannel open(String node, int messageBytesMax) {
        return channels.open(node, messageBytesMax);
    }

    /** Ends a connection, and what is called over it. Blocks for some seconds at most. */
    public static void end(ManagedChannel channel) {
        PeerChannels.close(channel);
    }

    @Override
    public void close() {
        calls.close();
        addresses.close();
    }
}
