package io.thalweg.raft;

import io.thalweg.shard.Replica;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** A shard whose group has one member so far, below a directory, for tests. */
final class OneMember implements AutoCloseable {
    final Path directory;
    final FileReplica replica;
    final RatisNode node;
    final RatisConsensus consensus;

    private OneMember(Path directory, Consumer<FileReplica> prepare) throws IOException {
        this.directory = directory;
        this.replica = new FileReplica(directory.resolve("journal"));
        prepare.accept(replica);
        this.node = node();
        try {
            this.consensus = lead(node, group(directory), replica);
        } catch (RuntimeException e) {
            node.close();
            throw e;
        }
    }

    static OneMember open(Path directory) throws IOException {
        return new OneMember(directory, _ -> {});
    }

    /** A node on a port of its own that elects itself soon. */
    static RatisNode node() throws IOException {
        Member self = new Member("n1", "127.0.0.1", freePort());
        return RatisNode.open(RatisOptions.listening(self).withElection(Duration.ofMillis(50), Duration.ofMillis(100)));
    }

    static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    /** Opens a group and waits until this node leads it. */
    static RatisConsensus lead(RatisNode node, ShardGroup group, Replica replica) {
        RatisConsensus consensus = node.open(group, replica);
        try {
            consensus.leading().get(60, TimeUnit.SECONDS);
            return consensus;
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            consensus.close();
            throw new AssertionError("no leader", e);
        }
    }

    static Member member(String id) {
        return new Member(id, "127.0.0.1", 1);
    }

    static ShardGroup group(Path directory) {
        return new ShardGroup(0, List.of(member("n1")), directory.resolve("raft"));
    }

    static Path raftLog(Path directory) {
        return group(directory).current();
    }

    CompletableFuture<ByteBuffer> propose(long value) {
        return consensus.propose(FileReplica.entry(value, 64));
    }

    /** Proposes values from..to-1 and waits for all. */
    void proposeAll(long from, long to) {
        CompletableFuture<?>[] all = new CompletableFuture<?>[(int) (to - from)];
        for (long value = from; value < to; value++) {
            all[(int) (value - from)] = propose(value);
        }
        CompletableFuture.allOf(all).join();
    }

    Replica replica() {
        return replica;
    }

    @Override
    public void close() {
        consensus.close();
        node.close();
    }
}
