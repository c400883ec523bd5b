package io.thalweg.cli.local;

import io.thalweg.cli.terminal.Failure;
import io.thalweg.cluster.certificate.PeerAuthority;
import io.thalweg.cluster.certificate.PeerAuthority.Issued;
import io.thalweg.server.auth.NodeSecrets;
import io.thalweg.server.auth.SecretFiles;
import io.thalweg.server.config.NodeFile;
import io.thalweg.server.config.NodeOptions;
import io.thalweg.server.data.ShardFolders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * The files of a local cluster: {@code DIR/secrets}, which its nodes share, and for each node {@code DIR/ID/node.conf} with all ports
 * fixed in it, beside which the node keeps its data. Each node has a certificate of an authority whose key is thrown away. Written once; the
 * same cluster comes back from them.
 */
public final class LocalFiles {
    private static final String HOST = FreePorts.HOST;

    /** A node's ports: HTTP, ledger, agent, peer. */
    private static final int PORTS = 4;

    private LocalFiles() {}

    /**
     * What is asked for.
     *
     * @param shards for data
     * @param replicas of each of them
     */
    public record Shape(int nodes, int shards, int replicas) {}

    /** One node's place. */
    public record NodePlace(String id, Path config, NodeOptions options) {
        String http() {
            return "http://" + options.httpHost() + ":" + options.httpPort();
        }
    }

    /** The nodes that are in a directory, in order; none in a fresh one. */
    static List<NodePlace> read(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> folders = Files.list(directory)) {
            return folders.map(folder -> folder.resolve("node.conf"))
                    .filter(Files::isRegularFile)
                    .map(config -> {
                        NodeOptions options = NodeFile.read(config);
                        return new NodePlace(options.id(), config, options);
                    })
                    .sorted(Comparator.comparingInt(place -> place.options()
                            .membership()
                            .cluster()
                            .orElseThrow(() -> new Failure(place.config() + " is no node of a cluster"))
                            .index(place.id())))
                    .toList();
        }
    }

    /** Lays out a new cluster. */
    public static List<NodePlace> make(Path directory, Shape shape) throws IOException {
        SecretFiles.createDirectory(directory);
        Path shared = directory.resolve("secrets");
        NodeSecrets.makeShared(shared);
        PeerAuthority authority = PeerAuthority.create("thalweg local", Instant.now());
        // Kept for whoever brings another node: each shows a certificate of its own.
        SecretFiles.write(shared.resolve("ca.pem"), authority.issued().certificate());
        SecretFiles.write(shared.resolve("ca-key.pem"), authority.issued().key());
        List<int[]> ports = FreePorts.take(shape.nodes(), PORTS);
        StringBuilder members = new StringBuilder("cluster.id = ")
                .append(UUID.randomUUID())
                .append("\ncluster.replicas = ")
                .append(shape.replicas())
                .append('\n');
        for (int i = 0; i < shape.nodes(); i++) {
            int[] own = ports.get(i);
            members.append("cluster.member.%s = %s:%d http://%s:%d http://%s:%d/%n"
                    .formatted(id(i), HOST, own[3], HOST, own[0], HOST, own[2]));
        }
        for (int i = 0; i < shape.nodes(); i++) {
            Path folder = directory.resolve(id(i));
            SecretFiles.createDirectory(folder);
            SecretFiles.createDirectory(folder.resolve("secrets"));
            for (String secret : NodeSecrets.SHARED) {
                SecretFiles.write(folder.resolve("secrets").resolve(secret), SecretFiles.read(shared.resolve(secret)));
            }
            ShardFolders.find(folder).noteNew();
            Issued issued = authority.issue(id(i), List.of(HOST), Instant.now());
            SecretFiles.write(
                    folder.resolve("secrets").resolve("ca.pem"),
                    authority.issued().certificate());
            SecretFiles.write(folder.resolve("secrets").resolve("peer.pem"), issued.certificate());
            SecretFiles.write(folder.resolve("secrets").resolve("peer-key.pem"), issued.key());
            int[] own = ports.get(i);
            SecretFiles.write(folder.resolve("node.conf"), """
                # A node of a local cluster. Start it alone with: thalweg node --config %s
                data = .
                id = %s
                http = %s:%d
                agent = %s:%d
                peer = %s:%d
                slab.domain = global/%s
                slab.beat = 1
                peer.certificate = secrets/peer.pem
                peer.key = secrets/peer-key.pem
                peer.ca = secrets/ca.pem
                shards = %d
                ledger.default = %s:%d %s %s 0
                %s\
                """.formatted(
                            folder.resolve("node.conf"),
                            id(i),
                            HOST,
                            own[0],
                            HOST,
                            own[2],
                            HOST,
                            own[3],
                            id(i),
                            shape.shards(),
                            HOST,
                            own[1],
                            LocalTenant.TENANT,
                            LocalTenant.LEDGER,
                            members));
        }
        return read(directory);
    }

    private static String id(int index) {
        return "n" + (index + 1);
    }
}
