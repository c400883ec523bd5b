package io.thalweg.cli.local;

import io.thalweg.cli.local.LocalFiles.NodePlace;
import io.thalweg.server.config.HostPort;
import java.io.IOException;
import java.nio.file.Path;
import tools.jackson.databind.node.ObjectNode;

/** A node in a process of its own. */
record NodeChild(NodePlace place, ChildProcess process) implements Child {
    /** Starts it; does not wait. */
    static NodeChild start(Path launcher, NodePlace place) throws IOException {
        return new NodeChild(place, ChildProcess.start(launcher, "node", place.id(), place.config()));
    }

    @Override
    public String http() {
        return place.http();
    }

    /** Where clients of the ledger's protocol find {@code default}. */
    HostPort ledger() {
        return place.options().ledgerPorts().getFirst().address();
    }

    @Override
    public void describe(ObjectNode shown) {
        shown.put("id", place.id())
                .put("pid", process.pid())
                .put("http", http())
                .put("ledger", ledger().host() + ":" + ledger().port());
        place.options()
                .membership()
                .agent()
                .ifPresent(agent -> shown.put("agent", "http://" + agent.host() + ":" + agent.port() + "/"));
    }
}
