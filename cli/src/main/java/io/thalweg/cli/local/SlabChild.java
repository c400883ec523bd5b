package io.thalweg.cli.local;

import io.thalweg.cli.local.LocalSlabs.SlabPlace;
import java.io.IOException;
import java.nio.file.Path;
import tools.jackson.databind.node.ObjectNode;

/** A slab without shards in a process of its own. */
record SlabChild(SlabPlace place, ChildProcess process) implements Child {
    /** Starts it; does not wait. */
    static SlabChild start(Path launcher, SlabPlace place) throws IOException {
        return new SlabChild(place, ChildProcess.start(launcher, "slab", place.id(), place.config()));
    }

    @Override
    public String http() {
        return place.http();
    }

    @Override
    public void describe(ObjectNode shown) {
        shown.put("id", place.id()).put("pid", process.pid()).put("http", http());
    }
}
