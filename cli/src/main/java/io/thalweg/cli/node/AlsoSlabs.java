package io.thalweg.cli.node;

import io.thalweg.server.SlabNode;
import io.thalweg.server.config.NodeFile;
import io.thalweg.server.config.NodeOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * More slabs in the process of a node, as {@code slab.also} names their files: one for each disk, say, or one with another class and quota. One
 * that names nobody to join joins whoever has it.
 */
final class AlsoSlabs implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AlsoSlabs.class);

    private final List<SlabNode> slabs = new ArrayList<>();

    private AlsoSlabs() {}

    /** @param host where the node or slab takes slabs */
    static AlsoSlabs start(Path config, String host) throws IOException {
        AlsoSlabs also = new AlsoSlabs();
        try {
            for (Path file : NodeFile.also(config)) {
                NodeOptions options = NodeFile.readSlab(file);
                if (options.slab().join().isEmpty()) {
                    options = options.withSlab(options.slab().joining(List.of(host)));
                }
                also.slabs.add(SlabNode.start(options));
            }
            return also;
        } catch (IOException | RuntimeException | Error e) {
            also.close();
            throw e;
        }
    }

    /** Says in the log where each is reached. */
    void sayWhere() {
        slabs.forEach(slab -> LOG.info("another slab of this process: {}", slab.readyLine()));
    }

    @Override
    public void close() {
        slabs.forEach(SlabNode::close);
    }
}
