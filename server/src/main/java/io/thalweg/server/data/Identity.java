package io.thalweg.server.data;

import io.thalweg.cluster.ClusterNodes;
import io.thalweg.ports.disk.AtomicFile;
import io.thalweg.ports.disk.FileDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Whose data a directory holds: which node's of which cluster. Written when the node starts for the first time and never changed, so
 * that a directory is not opened as another node's by a mistake in the configuration. The file {@code DIR/identity}:
 *
 * <pre>
 * thalweg identity 1
 * cluster CLUSTER-UUID
 * node NODE-ID
 * </pre>
 */
public record Identity(UUID cluster, String node) {
    private static final String HEAD = "thalweg identity 1";

    /**
     * Reads who a directory belongs to, or makes it this node's.
     *
     * @param cluster from the configuration; a node alone chooses an id of its own
     * @throws IOException when the directory is another node's, or the file is damaged
     */
    public static Identity of(Path data, Optional<UUID> cluster, String node) throws IOException {
        Optional<Identity> known = check(data, cluster, node);
        if (known.isPresent()) {
            return known.get();
        }
        Identity made = new Identity(cluster.orElseGet(UUID::randomUUID), node);
        AtomicFile.write(
                new FileDisk(),
                file(data).toAbsolutePath(),
                ByteBuffer.wrap(made.text().getBytes(StandardCharsets.UTF_8)));
        return made;
    }

    /**
     * The same for a directory that has an owner, and changes nothing: before anything of the node speaks to others in its name.
     *
     * @return empty when the directory belongs to nobody yet
     */
    public static Optional<Identity> check(Path data, Optional<UUID> cluster, String node) throws IOException {
        if (!Files.exists(file(data))) {
            return Optional.empty();
        }
        Identity known = read(file(data));
        if (!known.node.equals(node)) {
            throw new IOException(
                    data + " is the data of node " + known.node + ", and the configuration says id = " + node);
        }
        if (cluster.isPresent() && !cluster.get().equals(known.cluster)) {
            throw new IOException(data + " is the data of a node of cluster " + known.cluster
                    + ", and the configuration says cluster.id = " + cluster.get());
        }
        return Optional.of(known);
    }

    /** Who a directory belongs to; refused when it belongs to nobody. */
    public static Identity check(Path data) throws IOException {
        if (!Files.exists(file(data))) {
            throw new IOException(data + " is no node's data directory: it has no file identity");
        }
        return read(file(data));
    }

    /**
     * A cluster under its name, which for a node alone to which others may come is that of its data, or one that is chosen now; as {@link #check}.
     *
     * @param cluster as it is configured
     */
    public static Optional<ClusterNodes> named(Path data, Optional<ClusterNodes> cluster, String node)
            throws IOException {
        Optional<UUID> given = cluster.map(ClusterNodes::clusterId).filter(id -> !id.equals(ClusterNodes.NAMELESS));
        Optional<Identity> known = check(data, given, node);
        return cluster.map(nodes ->
                nodes.named(given.or(() -> known.map(Identity::cluster)).orElseGet(UUID::randomUUID)));
    }

    private static Path file(Path data) {
        return data.resolve("identity");
    }

    private String text() {
        return HEAD + "\ncluster " + cluster + "\nnode " + node + "\n";
    }

    private static Identity read(Path file) throws IOException {
        List<String> lines = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1)
                .lines()
                .toList();
        try {
            if (lines.size() == 3
                    && lines.get(0).equals(HEAD)
                    && lines.get(1).startsWith("cluster ")
                    && lines.get(2).startsWith("node ")) {
                return new Identity(
                        UUID.fromString(lines.get(1).substring("cluster ".length())),
                        lines.get(2).substring("node ".length()));
            }
        } catch (IllegalArgumentException e) {
            throw damaged(file, e);
        }
        throw damaged(file, null);
    }

    private static IOException damaged(Path file, @Nullable Exception cause) {
        return new IOException(
                file + " does not say whose data this is: restore it, with the lines '" + HEAD
                        + "', 'cluster UUID' and 'node ID'",
                cause);
    }
}
