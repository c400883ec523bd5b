package io.thalweg.raft;

import static org.awaitility.Awaitility.await;

import io.thalweg.shard.Consensus;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One shard on three nodes in this process, each with its own directory and port, for tests. */
final class Trio implements AutoCloseable {
    private final Path directory;
    private final List<Member> members = new ArrayList<>();
    private final @Nullable Node[] nodes = new @Nullable Node[3];

    /** One member that runs. */
    record Node(FileReplica replica, RatisNode server, RatisConsensus consensus) {}

    private Trio(Path directory) throws IOException {
        this.directory = directory;
        List<ServerSocket> taken = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            taken.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
        }
        for (int i = 0; i < 3; i++) {
            members.add(new Member("n" + i, "127.0.0.1", taken.get(i).getLocalPort()));
            taken.get(i).close();
        }
    }

    static Trio open(Path directory) throws IOException {
        Trio trio = new Trio(directory);
        for (int i = 0; i < 3; i++) {
            trio.start(i);
        }
        return trio;
    }

    void start(int i) throws IOException {
        RatisOptions options =
                RatisOptions.listening(members.get(i)).withElection(Duration.ofSeconds(1), Duration.ofSeconds(2));
        FileReplica replica = new FileReplica(directory.resolve(i + "/journal"));
        RatisNode server = RatisNode.open(options);
        try {
            RatisConsensus consensus = server.open(new ShardGroup(0, members, directory.resolve(i + "/raft")), replica);
            nodes[i] = new Node(replica, server, consensus);
        } catch (RuntimeException e) {
            server.close();
            throw e;
        }
    }

    void stop(int i) {
        Node node = node(i);
        nodes[i] = null;
        node.consensus().close();
        node.server().close();
    }

    Node node(int i) {
        return Objects.requireNonNull(nodes[i], "node is stopped");
    }

    /** The number of the node that leads; waits for one. */
    int leader() {
        int[] found = {-1};
        await().atMost(Duration.ofSeconds(60)).until(() -> {
            for (int i = 0; i < 3; i++) {
                Node node = nodes[i];
                if (node != null && node.consensus().role() == Consensus.Role.LEADER) {
                    found[0] = i;
                }
            }
            return found[0] >= 0;
        });
        return found[0];
    }

    FileReplica replica(int i) {
        return node(i).replica();
    }

    RatisConsensus consensus(int i) {
        return node(i).consensus();
    }

    @Override
    public void close() {
        for (int i = 0; i < 3; i++) {
            if (nodes[i] != null) {
                stop(i);
            }
        }
    }
}
