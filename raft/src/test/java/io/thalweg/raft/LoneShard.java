package io.thalweg.raft;

import io.thalweg.shard.Replica;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** A shard with one member below a directory, for tests. */
final class LoneShard implements AutoCloseable {
    final Path directory;
    final FileReplica replica;
    final RatisNode node;
    final RatisConsensus consensus;

    private LoneShard(Path directory, Consumer<FileReplica> prepare) throws IOException {
        this.directory = directory;
        this.replica = new FileReplica(directory.resolve("journal"));
        prepare.accept(replica);
        this.node = RatisNode.open(RatisOptions.alone("n1"));
        try {
            this.consensus = node.open(group(directory), replica);
        } catch (RuntimeException e) {
            node.close();
            throw e;
        }
    }

    static LoneShard open(Path directory) throws IOException {
        return new LoneShard(directory, _ -> {});
    }

    static ShardGroup group(Path directory) {
        return new ShardGroup(0, List.of(Member.alone("n1")), directory.resolve("raft"));
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
