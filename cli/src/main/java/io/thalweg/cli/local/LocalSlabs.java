package io.thalweg.cli.local;

import io.thalweg.server.auth.SecretFiles;
import io.thalweg.server.config.NodeFile;
import io.thalweg.server.config.NodeOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The slabs without shards of a local cluster: for each {@code DIR/sN/slab.conf}, beside which it keeps its memos. Each joins all nodes and
 * stands in a failure domain of its own, {@code global/sN}.
 */
final class LocalSlabs {
    /** As many as a machine for development bears. */
    static final int SLABS_MAX = 64;

    private LocalSlabs() {}

    /** One slab's place. */
    record SlabPlace(String id, Path config, NodeOptions options) {
        String http() {
            return "http://" + options.httpHost() + ":" + options.httpPort();
        }
    }

    /** The slabs that are in a directory, in order; none in a fresh one. */
    static List<SlabPlace> read(Path directory) {
        List<SlabPlace> there = new ArrayList<>();
        while (Files.isRegularFile(config(directory, there.size()))) {
            there.add(place(directory, there.size()));
        }
        return there;
    }

    /** Makes more of them, until there are so many. */
    static List<SlabPlace> make(Path directory, int slabs, List<String> nodes) throws IOException {
        List<SlabPlace> all = read(directory);
        List<int[]> ports = FreePorts.take(Math.max(0, slabs - all.size()), 1);
        for (int[] own : ports) {
            String id = id(all.size());
            Path config = config(directory, all.size());
            SecretFiles.createDirectory(directory.resolve(id));
            SecretFiles.write(config, """
                # A slab of a local cluster. Start it alone with: thalweg slab --config %s
                data = .
                id = %s
                slab.http = %s:%d
                slab.domain = global/%s
                slab.beat = 1
                slab.join = %s
                """.formatted(config, id, FreePorts.HOST, own[0], id, String.join(",", nodes)));
            all.add(place(directory, all.size()));
        }
        return all;
    }

    private static SlabPlace place(Path directory, int index) {
        Path config = config(directory, index);
        return new SlabPlace(id(index), config, NodeFile.readSlab(config));
    }

    private static Path config(Path directory, int index) {
        return directory.resolve(id(index)).resolve("slab.conf");
    }

    private static String id(int index) {
        return "s" + (index + 1);
    }
}
